import Recipes

/// A list over the explorer that is filtered while the user types.
struct Picker: Sendable, Hashable {
  /// The kind of list.
  enum Kind: Sendable, Hashable {
    case help, palette, history, runs, views, lessons
    /// Prompts that the model is known to paint.
    case ideas([Idea])
    /// Runs marked as favourites, in this session or earlier ones.
    case favourites([Recipe])
    case models([ModelListing])
    /// LoRA files.
    case loras([String])
    case files([String])
    /// Pictures for the noise view.
    case material([String])
    /// Starting pictures for runs.
    case starts([String])

    var title: String {
      switch self {
      case .help: "help"
      case .palette: "actions"
      case .history: "earlier prompts"
      case .runs: "runs of this session"
      case .views: "explain"
      case .lessons: "lessons of the tour"
      case .ideas: "what it can paint"
      case .favourites: "favourites"
      case .models: "models"
      case .loras: "LoRAs: NAME or NAME:WEIGHT"
      case .files: "saved pictures"
      case .material: "a picture for the noise view"
      case .starts: "starting picture"
      }
    }

    /// Whether Enter uses the typed text if no row matches.
    var takesTypedText: Bool {
      switch self {
      case .ideas, .models, .loras, .files, .material, .starts: true
      case .help, .palette, .history, .runs, .views, .lessons, .favourites: false
      }
    }

    /// The message for an empty list.
    var empty: String {
      switch self {
      case .help, .palette: "no matching action"
      case .history: "no earlier prompt like that"
      case .runs: "no run like that"
      case .views: "no view with that name"
      case .lessons: "no lesson with that name"
      case .ideas: "no idea like that; enter uses it as the prompt"
      case .favourites(let recipes):
        recipes.isEmpty ? "no favourites yet: mark a run first" : "no favourite like that"
      case .models: "no model like that; enter uses it as a path or as a name in the cache"
      case .loras(let paths):
        paths.isEmpty
          ? "no LoRAs found: type or paste the path of a file and press enter to add it"
          : "no LoRA like that; enter uses it as a path"
      case .files:
        "no PNG like that in this folder; enter opens it as a path"
      case .material, .starts:
        "no picture like that in this folder; enter opens it as a path"
      }
    }
  }

  /// The effect of choosing a row.
  enum Choice: Sendable, Hashable {
    case action(Action)
    case prompt(String)
    case lesson(Int)
    /// A prompt to run immediately.
    case idea(String)
    /// A run to repeat.
    case recipe(Recipe)
    case run(Int)
    case model(path: String?)
    case lora(path: String, weight: Float?)
    case file(String)
    case material(String)
    case start(StartChoice)
  }

  /// A starting picture for runs.
  enum StartChoice: Sendable, Hashable {
    case noise, shown
    case file(String)
  }

  /// A row.
  struct Item: Sendable, Hashable {
    /// The maximum number of characters of a text that are shown and compared.
    static let longest = 500

    /// The narrow column on the left, such as a key or a number.
    var mark: String
    /// The text; if it is longer, its first ``longest`` characters.
    let text: String
    /// The dim column on the right.
    let detail: String
    var choice: Choice
    /// Other words by which it is found.
    let words: [String]
    /// The matched characters of the text.
    var places: [Int] = []

    init(mark: String, text: String, detail: String, words: [String] = [], choice: Choice) {
      (self.mark, self.words, self.choice) = (mark, words, choice)
      (self.text, self.detail) = (Item.beginning(of: text), Item.beginning(of: detail))
    }

    private static func beginning(of text: String) -> String {
      guard text.utf8.count > longest else { return text }
      // A character may consist of any number of scalars.
      let scalars = text.unicodeScalars.prefix(4 * longest)
      let start = String(String.UnicodeScalarView(scalars)).prefix(longest)
      return start.utf8.count < text.utf8.count ? String(start) + "…" : text
    }
  }

  private(set) var kind: Kind
  private(set) var query = TextField()
  private(set) var selected = 0
  /// The letters that opened the list from the picture; they may be the start of a sentence.
  var opener = ""
  /// Whether the list's contents are still being looked for.
  private(set) var isLooking: Bool
  /// The idea whose picture was requested last.
  private var illustrated: String?
  /// The picture beside the list of ideas.
  private(set) var illustration: IdeaPicture?

  init(_ kind: Kind, isLooking: Bool = false) { (self.kind, self.isLooking) = (kind, isLooking) }

  /// Adopts the found rows if they are of the requested kind.
  mutating func take(_ found: (Kind) -> Kind?) {
    guard isLooking, let kind = found(kind) else { return }
    (self.kind, isLooking) = (kind, false)
  }

  /// The query, if it is likely to be a sentence and not a search, a name or a path. A sentence may have begun on the
  /// picture: its first letters acted as commands, and the last of these opened this list.
  var sentence: String? {
    guard !opener.isEmpty || !kind.takesTypedText else { return nil }
    // If the list of runs was opened with v and “a frog” typed in it, the sentence is not “va frog”.
    let first = query.text.prefix { !$0.isWhitespace }.lowercased()
    let text = (first == "a" || first == "the" ? "" : opener) + query.text
    let isPath = text.contains("/") || text.contains(":") || text.dropLast().contains(".")
    return text.contains(" ") && !isPath && Sentence.isLikely(text) ? text : nil
  }

  // MARK: Pictures of ideas

  /// Records the idea whose picture belongs beside the list; `nil` for none.
  ///
  /// - Returns: Whether its picture must be found. Until then, the last one stays, so nothing flickers.
  mutating func illustrate(_ idea: String?) -> Bool {
    guard idea != illustrated else { return false }
    illustrated = idea
    if idea == nil { illustration = nil }
    return idea != nil
  }

  /// Adopts the picture of an idea, if it is still the selected one.
  mutating func take(_ picture: IdeaPicture?, of idea: String) {
    if idea == illustrated { illustration = picture }
  }

  // MARK: Keys

  /// The effect of a key while the list is open.
  enum Answer: Sendable, Hashable {
    /// The list handled it.
    case stays
    case closes
    case chooses
    /// It has no meaning here.
    case none
  }

  /// Inserts pasted text.
  mutating func insert(_ text: String) {
    query.insert(text)
    selected = 0
  }

  /// Handles a key while the list is open.
  ///
  /// - Parameters:
  ///   - count: The number of rows that match the query.
  ///   - page: The number of visible rows.
  mutating func press(
    _ key: ExplorerKey, count: @autoclosure () -> Int, page: Int
  ) -> Answer {
    var place = selected
    switch key {
    case .escape: return .closes
    case .enter: return .chooses
    case .down, .control("n"), .tab: place += 1
    case .up, .control("p"), .backTab: place -= 1
    case .pageDown: place += page
    case .pageUp: place -= page
    // The key that opened a list also closes it.
    case .character("?") where kind == .help && query.text.isEmpty,
      .control("k") where kind == .palette && query.text.isEmpty:
      return .closes
    case .control("r") where kind == .history: place += 1
    default:
      let before = query.text
      guard query.edit(key) else { return .none }
      if query.text != before { selected = 0 }
      return .stays
    }
    select(place, of: count())
    return .stays
  }

  /// Selects a row, or the nearest one.
  mutating func select(_ place: Int, of count: Int) { selected = max(0, min(place, count - 1)) }
}
