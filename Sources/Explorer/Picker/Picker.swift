import Recipes

/// A list over the explorer that is filtered as one types.
struct Picker: Sendable, Hashable {
  /// What is listed.
  enum Kind: Sendable, Hashable {
    case help, palette, history, runs, views, lessons
    /// Prompts that the model is known to paint.
    case ideas([Idea])
    /// Runs that were marked, in this session or before.
    case favourites([Recipe])
    case models([ModelListing])
    /// Files to add to the model.
    case loras([String])
    case files([String])
    /// Pictures for the noise view.
    case material([String])
    /// Pictures for runs to begin with.
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

    /// What is said where nothing is listed.
    var empty: String {
      switch self {
      case .help, .palette: "no matching action"
      case .history: "no earlier prompt like that"
      case .runs: "no run like that"
      case .views: "no view with that name"
      case .lessons: "no lesson with that name"
      case .ideas: "no idea like that; enter uses it as the prompt"
      case .favourites(let recipes):
        recipes.isEmpty ? "no favourites yet: mark a run as one first" : "no favourite like that"
      case .models: "no model like that; enter uses it as a path or as a name in the cache"
      case .loras(let paths):
        paths.isEmpty
          ? "no LoRAs found: type or paste a file's path, and enter adds it"
          : "no LoRA like that; enter uses it as a path"
      case .files:
        "no PNG like that in this folder; enter opens it as a path"
      case .material, .starts:
        "no picture like that in this folder; enter opens it as a path"
      }
    }
  }

  /// What choosing a row does.
  enum Choice: Sendable, Hashable {
    case action(Action)
    case prompt(String)
    case lesson(Int)
    /// A prompt that is run at once.
    case idea(String)
    /// A run that is made again.
    case recipe(Recipe)
    case run(Int)
    case model(path: String?)
    case lora(path: String, weight: Float?)
    case file(String)
    case material(String)
    case start(StartChoice)
  }

  /// What runs may begin with.
  enum StartChoice: Sendable, Hashable {
    case noise, shown
    case file(String)
  }

  /// A row.
  struct Item: Sendable, Hashable {
    /// Characters of a text that are shown and compared.
    static let longest = 500

    /// On the left, narrow: a key, a number.
    var mark: String
    /// Of a longer text the first ``longest`` characters.
    let text: String
    /// On the right, dim.
    let detail: String
    var choice: Choice
    /// Other words that it is found by.
    let words: [String]
    /// The characters of the text that were typed.
    var places: [Int] = []

    init(mark: String, text: String, detail: String, words: [String] = [], choice: Choice) {
      (self.mark, self.words, self.choice) = (mark, words, choice)
      (self.text, self.detail) = (Item.beginning(of: text), Item.beginning(of: detail))
    }

    private static func beginning(of text: String) -> String {
      guard text.utf8.count > longest else { return text }
      // A character may be made of scalars without end.
      let scalars = text.unicodeScalars.prefix(4 * longest)
      let start = String(String.UnicodeScalarView(scalars)).prefix(longest)
      return start.utf8.count < text.utf8.count ? String(start) + "…" : text
    }
  }

  private(set) var kind: Kind
  private(set) var query = TextField()
  private(set) var selected = 0
  /// The letters that opened it from the picture: they may be the beginning of a sentence.
  var opener = ""
  /// Whether what is listed is still being looked for.
  private(set) var isLooking: Bool

  init(_ kind: Kind, isLooking: Bool = false) { (self.kind, self.isLooking) = (kind, isLooking) }

  /// Takes what was found, where it is of the kind that is looked for.
  mutating func take(_ found: (Kind) -> Kind?) {
    guard isLooking, let kind = found(kind) else { return }
    (self.kind, isLooking) = (kind, false)
  }

  /// The sentence that was typed where the picture had the focus, its first letters taken for commands of which the last
  /// opened this list; `nil` where it may as well be a name or a path.
  var sentence: String? {
    guard kind != .help, kind != .palette, !opener.isEmpty else { return nil }
    let text = opener + query.text
    let isPath = text.contains("/") || text.contains(":") || text.dropLast().contains(".")
    return text.contains(" ") && !isPath && Sentence.isLikely(text) ? text : nil
  }

  // MARK: Keys

  /// What a key comes to while the list is open.
  enum Answer: Sendable, Hashable {
    /// The list has taken it.
    case stays
    case closes
    case chooses
    /// It means nothing here.
    case none
  }

  /// Puts in text that was pasted.
  mutating func insert(_ text: String) {
    query.insert(text)
    selected = 0
  }

  /// A key while the list is open.
  ///
  /// - Parameters:
  ///   - count: The rows that match the query.
  ///   - page: The rows that are seen at once.
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
    // What opened a list closes it.
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

  /// Selects a row, or the one nearest to it.
  mutating func select(_ place: Int, of count: Int) { selected = max(0, min(place, count - 1)) }
}
