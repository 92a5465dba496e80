import Pictures

/// A list over the explorer that is filtered as one types.
struct Picker: Sendable, Hashable {
  /// What is listed.
  enum Kind: Sendable, Hashable {
    case help, palette, history, runs, lenses
    case models([ModelListing])
    /// Files to add to the model.
    case loras([String])
    case files([String])
    /// Pictures for the noise bench.
    case material([String])
    /// Pictures for runs to begin with.
    case starts([String])

    var title: String {
      switch self {
      case .help: "help"
      case .palette: "actions"
      case .history: "earlier prompts"
      case .runs: "runs of this session"
      case .lenses: "explain"
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
      case .history: "no prompt like that was run before"
      case .runs: "no run like that"
      case .lenses: "no view is called that"
      case .models: "no model like that; enter takes it for a path, or a name in the cache"
      case .loras(let paths):
        paths.isEmpty
          ? "no LoRAs found: type or paste a file's path, and enter adds it"
          : "no LoRA like that; enter takes it for a path"
      case .files:
        "no PNG like that in this folder; enter opens what was typed as a path"
      case .material, .starts:
        "no picture like that in this folder; enter opens what was typed as a path"
      }
    }
  }

  /// What choosing a row does.
  enum Choice: Sendable, Hashable {
    case action(Action)
    case prompt(String)
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

  var kind: Kind
  var query = TextField()
  var selected = 0
  /// The letters that opened it from the picture: they may be the beginning of a sentence.
  var opener = ""
  /// Whether what is listed is still being looked for.
  var isLooking: Bool

  init(_ kind: Kind, isLooking: Bool = false) { (self.kind, self.isLooking) = (kind, isLooking) }

  /// What the rows are to answer to.
  var filter: String {
    if case .loras = kind { LoRAQuery(query.text).text } else { query.text }
  }

  /// Whether what stands at the right of a row is another name of it.
  var looksIntoDetails: Bool {
    if case .loras = kind { false } else { true }
  }
}

extension Explorer {
  /// Opens a list at once, and asks for what belongs into it.
  mutating func look(for kind: Picker.Kind, _ effect: Effect) -> [Effect] {
    picker = Picker(kind, isLooking: true)
    return [effect]
  }

  /// Puts into the list that is open what was found for it; where another is open by now, or none, nobody waits for it.
  mutating func list(_ found: (Picker.Kind) -> Picker.Kind?) {
    guard var picker, picker.isLooking, let kind = found(picker.kind) else { return }
    (picker.kind, picker.isLooking) = (kind, false)
    self.picker = picker
  }

  /// The rows of a picker that answer to what was typed, the best first.
  func items(of picker: Picker) -> [Picker.Item] {
    let all = allItems(of: picker)
    let query = FuzzyQuery(picker.filter)
    guard !query.isEmpty else { return all }
    let found = all.enumerated().compactMap { order, item -> (Int, Int, Picker.Item)? in
      var item = item
      // Who types a key wants to know what it does.
      if item.mark.split(separator: " ").contains(Substring(query.typed)) {
        return (.max, order, item)
      }
      // Who types a name whole means it.
      let name = FuzzyQuery.name(of: item.detail)
      let isNamed =
        picker.looksIntoDetails && !query.name.isEmpty && name.hasPrefix(query.name)
      let whole = isNamed && name == query.name ? 1000 : score(of: query, in: item.words)
      // A key or an action's short name finds its row as well, or raises it among those whose text fits.
      let other =
        query.match(item.mark) ?? (picker.looksIntoDetails ? query.match(item.detail) : nil)
      guard let match = query.match(item.text) else {
        guard whole > 0 || other != nil else { return nil }
        return ((other?.score ?? 8) - 8 + whole, order, item)
      }
      item.places = match.places
      // An action's short name that begins so is most likely meant, the shortest first.
      let named = isNamed ? max(0, 24 - item.detail.count) : 0
      // Names are short; nobody types the whole of a long text.
      let text = item.text.utf8.count <= 200 ? FuzzyQuery.name(of: item.text) : ""
      let isWhole = !text.isEmpty && (text == query.name || text.hasPrefix(query.name + "."))
      let extra = named + max(whole, isWhole ? 1000 : 0)
      return (match.score + max(0, other?.score ?? 0) / 2 + extra, order, item)
    }
    return found.sorted { ($1.0, $0.1) < ($0.0, $1.1) }.map(\.2)
  }

  /// What it counts that a query is one of the words that a row is found by, or the beginning of one.
  private func score(of query: FuzzyQuery, in words: [String]) -> Int {
    if words.contains(query.name) { return 900 }
    return query.name.count >= 3 && words.contains { $0.hasPrefix(query.name) } ? 30 : 0
  }

  private func allItems(of picker: Picker) -> [Picker.Item] {
    switch picker.kind {
    case .help, .palette:
      return keymap.bindings.map {
        Picker.Item(
          mark: $0.label, text: $0.help, detail: $0.id.replacing("-", with: " "), words: $0.words,
          choice: .action($0.action))
      }
    case .history:
      return history.reversed().map {
        Picker.Item(mark: "", text: $0, detail: "", choice: .prompt($0))
      }
    case .runs:
      return runs.runs.reversed().map { run in
        let sampling = run.recipe.sampling
        let origin = run.origin.flatMap { origin in
          runs[origin.run].map { "from \(runs.number(of: $0.id)) at \(origin.step + 1)" }
        }
        let start = run.recipe.start.map { "begins with \($0.file)" }
        let painter = run.recipe.painter == model?.blank.painter ? nil : run.recipe.painter
        let last = run.recipe.steering(at: .max)
        let details = [
          "seed \(sampling.seed)", "\(sampling.steps) steps",
          "guidance \(Explorer.fixed(Double(last.guidance), 1))",
          last.negativePrompt.isEmpty ? nil : "not \(last.negativePrompt)", origin, start, painter,
        ]
        return Picker.Item(
          mark: (run.id == shownID ? "● " : "") + "\(runs.number(of: run.id))",
          text: last.prompt,
          detail: details.compactMap(\.self).joined(separator: " · "),
          choice: .run(run.id))
      }
    case .lenses:
      return LensTable.entries.map {
        let binding = keymap.binding(of: .lens($0.id))
        return Picker.Item(
          mark: binding?.keys.first?.name ?? "", text: $0.help,
          detail: $0.id.replacing("-", with: " "),
          choice: .action(.lens($0.id)))
      }
    case .models(let models):
      return models.map {
        Picker.Item(
          mark: $0.name == model?.name ? "●" : "", text: $0.name, detail: $0.detail,
          choice: .model(path: $0.path))
      }
    case .loras(let paths):
      return loraItems(paths, weight: LoRAQuery(picker.query.text).weight)
    case .files(let names):
      return names.map { Picker.Item(mark: "", text: $0, detail: "", choice: .file($0)) }
    case .material(let names):
      return names.map { Picker.Item(mark: "", text: $0, detail: "", choice: .material($0)) }
    case .starts(let names):
      return starts(names)
    }
  }

  private func starts(_ names: [String]) -> [Picker.Item] {
    let (own, save) = (startingPicture?.file, keymap.way(to: .save))
    func item(_ text: String, _ detail: String, _ choice: Picker.StartChoice) -> Picker.Item {
      Picker.Item(
        mark: choice == own.map { .file($0) } ?? .noise ? "●" : "", text: text, detail: detail,
        choice: .start(choice))
    }
    return [item("noise alone", "as usual", .noise)]
      + (frame == nil ? [] : [item("the picture shown", "saved first, as \(save) does", .shown)])
      + names.map { item($0, "", .file($0)) }
  }

  // MARK: Keys

  /// A key while a list is open.
  mutating func press(_ key: ExplorerKey, in picker: Picker) -> [Effect] {
    var picker = picker
    let page = max(1, layout.picker.height - 6)
    switch key {
    case .escape:
      self.picker = nil
      return []
    case .enter: return choose(in: picker)
    case .down, .control("n"), .tab: picker.selected += 1
    case .up, .control("p"), .backTab: picker.selected -= 1
    case .pageDown: picker.selected += page
    case .pageUp: picker.selected -= page
    // What opened a list closes it.
    case .character("?") where picker.kind == .help && picker.query.text.isEmpty,
      .control("k") where picker.kind == .palette && picker.query.text.isEmpty:
      self.picker = nil
      return []
    case .control("r") where picker.kind == .history: picker.selected += 1
    default:
      let before = picker.query.text
      guard picker.query.edit(key) else { return leave(picker, by: key) }
      if picker.query.text != before { picker.selected = 0 }
      self.picker = picker
      return []
    }
    let count = items(of: picker).count
    picker.selected = max(0, min(picker.selected, count - 1))
    self.picker = picker
    return []
  }

  /// The ways to the prompt and to the tour that are no letters lead there from a list too.
  private mutating func leave(_ picker: Picker, by key: ExplorerKey) -> [Effect] {
    guard case .alt = key, let action = keymap.action(for: key),
      action == .edit(.prompt) || action == .tour
    else { return [] }
    self.picker = nil
    return perform(action)
  }

  /// Chooses the selected row, or what was typed where there is none.
  private mutating func choose(in picker: Picker) -> [Effect] {
    let items = items(of: picker)
    // What was typed may be a name of the list that is still to come.
    if picker.isLooking, !items.indices.contains(picker.selected) { return [] }
    self.picker = nil
    if items.indices.contains(picker.selected) { return choose(items[picker.selected].choice) }
    if let sentence = picker.sentence {
      offer(sentence)
      return []
    }
    let typed = TypedPath(picker.query.text).path
    guard !typed.isEmpty else { return [] }
    switch picker.kind {
    case .files: return choose(.file(typed))
    case .material: return choose(.material(typed))
    case .starts: return choose(.start(.file(typed)))
    case .models: return choose(.model(path: typed))
    case .loras:
      let query = LoRAQuery(path: picker.query.text)
      return [.findLoRA(path: query.text, weight: query.weight)]
    default: return []
    }
  }

  private mutating func choose(_ choice: Picker.Choice) -> [Effect] {
    switch choice {
    case .action(let action): return perform(action)
    case .prompt(let text):
      focus = .prompt
      prompt.replace(with: text)
      return [.measurePrompt(text)]
    case .run(let id):
      show(id)
      return []
    case .model(let path):
      say("loading the model")
      (loading, modelProblem) = ([], nil)
      return [.loadModel(path: path)]
    case .lora(let path, let weight): return use(path, weight: weight)
    case .material(let name):
      guard var bench = open?.lens as? BenchLens else { return [] }
      bench.picture = .file(name)
      open?.lens = bench
      // It may be there now.
      findings.forgetFailures()
      return []
    case .start(let choice): return take(choice)
    case .file(let name):
      say("opening \(name)")
      return [.openPicture(name)]
    }
  }
}
