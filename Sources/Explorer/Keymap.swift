/// Everything that can be done with a key or from the palette.
enum Action: Sendable, Hashable {
  case run, cancel, pause, step, branch
  case scrub(Int), leap(Int), first, last, tenth(Int)
  case play(Int), pace(Int)
  case turnView, turnGlyphs, turnTheme, compare
  case nextRun(Int), adopt, runs, models, loras, history, palette, help
  case randomSeed, turnSeedMode
  case lens(String), lenses, tour
  case save, saveRun, saveText, open, beginWith
  case nextPane(Int), edit(Explorer.Focus), adjust(Int), back, toggleMouse, suspend, quit
}

/// A row of the table that keys are looked up in and that the help, the palette and the hints are made from.
struct Binding: Sendable, Hashable {
  /// What a configuration file calls it.
  let id: String
  var keys: [ExplorerKey]
  /// A word or two for the status line; empty where it is not shown there.
  let hint: String
  /// A sentence without its full stop, for the help and the palette.
  let help: String
  let action: Action
  /// How its keys are written; longer than one key for those of tenths.
  var label: String

  init(_ id: String, _ keys: [ExplorerKey], _ action: Action, hint: String = "", _ help: String) {
    self.id = id
    self.keys = keys
    self.hint = hint
    self.help = help
    self.action = action
    label = Binding.label(of: keys)
  }

  /// The first two keys: enough to know, and short.
  static func label(of keys: [ExplorerKey]) -> String {
    keys.prefix(2).map(\.name).joined(separator: " ")
  }
}

/// The keys outside text fields, as built in or as a configuration file has them.
public struct Keymap: Sendable, Hashable {
  /// Every binding, those that newcomers need first at the head.
  private(set) var bindings = Keymap.builtIn

  /// The built-in keys.
  public init() {}

  /// The names that a configuration file may give keys to.
  public static var ids: [String] { builtIn.map(\.id) }

  /// Gives other keys to an action. Keys that it takes are taken from others.
  public mutating func bind(_ id: String, to keys: [ExplorerKey]) {
    for index in bindings.indices {
      if bindings[index].id == id {
        bindings[index].keys = keys
      } else {
        bindings[index].keys.removeAll { keys.contains($0) }
      }
      if bindings[index].id != "tenth" || bindings[index].keys.count != 10 {
        bindings[index].label = Binding.label(of: bindings[index].keys)
      }
    }
  }

  func action(for key: ExplorerKey) -> Action? {
    guard let binding = bindings.first(where: { $0.keys.contains(key) }) else { return nil }
    guard case .tenth = binding.action else { return binding.action }
    return .tenth(binding.keys.firstIndex(of: key) ?? 0)
  }

  /// The row of an action.
  func binding(of action: Action) -> Binding? { bindings.first { $0.action == action } }

  /// How the key of an action is written; `nil` if it has none.
  func label(of action: Action) -> String? {
    bindings.first { $0.action == action && !$0.keys.isEmpty }?.keys.first?.name
  }

  /// What to press for an action, as a sentence says it: its key, or its name among all actions where it has none.
  func way(to action: Action) -> String {
    if let label = label(of: action) { return label }
    let name = binding(of: action)?.id ?? ""
    return "“\(name)” (\(label(of: .palette) ?? "alt-x"))"
  }

  /// Hints for those of some actions that have a key.
  func hints(_ actions: [(action: Action, word: String)]) -> [(key: String, word: String)] {
    actions.compactMap { action, word in label(of: action).map { ($0, word) } }
  }

  /// A sentence whose braces, which hold what a configuration file calls an action, become the ways to them.
  func filled(_ sentence: String) -> String {
    bindings.reduce(sentence) { sentence, binding in
      sentence.replacing("{\(binding.id)}", with: way(to: binding.action))
    }
  }

  private static let builtIn: [Binding] = {
    var table = [
      Binding("back-one", [.left, .character("h")], .scrub(-1), "one step back, towards noise"),
      Binding(
        "on-one", [.right, .character("l")], .scrub(1), "one step on, towards the picture"),
      Binding("pause", [.character(" ")], .pause, hint: "pause", "pause the run, or go on"),
      Binding(
        "view", [.character("x")], .turnView, hint: "view",
        "turn: what it looks at (x_t), thinks it sees (x0), noise"),
      Binding(
        "take-settings", [.character("y")], .adopt, hint: "its settings",
        "take the settings of the run shown into the fields"),
      Binding(
        "see-why", [.character("z")], .lenses, hint: "see why",
        "see why: choose a view that explains the run"),
      Binding(
        "save", [.character("s")], .save, hint: "save",
        "save the picture shown as a PNG that knows how it was made"),
      Binding(
        "other-noise", [.character("r")], .randomSeed, hint: "other noise",
        "draw another seed and run: other noise, other picture"),
      Binding(
        "edit", [.character("e"), .character("i")], .edit(.prompt), hint: "edit",
        "type another prompt"),
      Binding("run", [.enter], .run, hint: "run", "run with the settings shown"),
      Binding(
        "branch", [.character("b"), .altEnter], .branch, hint: "branch",
        "branch: go on from here as the prompt and guidance are now"),
      Binding(
        "palette", [.control("k"), .alt("x"), .character(":")], .palette, hint: "all actions",
        "look for any action by its name"),
      Binding(
        "tour", [.character("Z")], .tour, hint: "tour",
        "a tour in eight short lessons; once more leaves it"),
      Binding("next-field", [.tab], .nextPane(1), hint: "fields", "go to the next field"),
      Binding("field-before", [.backTab], .nextPane(-1), "go to the field before"),
      Binding(
        "raise", [.up, .character("+"), .character("="), .character("k")], .adjust(1),
        "raise the value of the field"),
      Binding(
        "lower", [.down, .character("-"), .character("j")], .adjust(-1),
        "lower the value of the field"),
      Binding("first", [.home], .first, "the first step: what the run begins with"),
      Binding("last", [.end], .last, "the last step there is, and follow the run"),
      Binding("leap-back", [.shiftLeft, .pageUp], .leap(-1), "a tenth of the run back"),
      Binding("leap-on", [.shiftRight, .pageDown], .leap(1), "a tenth of the run on"),
      Binding(
        "tenth", "0123456789".map { .character($0) }, .tenth(0), "to so many tenths of the run"),
      Binding("play", [.character("p")], .play(1), hint: "play", "play the steps, or stop"),
      Binding("play-back", [.character("P")], .play(-1), "play the steps backwards, or stop"),
      Binding("slower", [.character("<"), .character(",")], .pace(-1), "play more slowly"),
      Binding("faster", [.character(">")], .pace(1), "play faster"),
      Binding(
        "step", [.character(".")], .step, hint: "one step", "pause, and compute one step at a time"),
      Binding("cancel", [.control("c")], .cancel, "cancel what goes on; a second time, quit"),
      Binding("run-before", [.character("[")], .nextRun(-1), "show the run before"),
      Binding("run-after", [.character("]")], .nextRun(1), "show the run after"),
      Binding(
        "runs", [.character("v")], .runs, hint: "runs", "choose among the runs of this session"),
      Binding(
        "compare", [.character("c")], .compare, hint: "compare",
        "show the run looked at before beside this one"),
      Binding(
        "save-run", [.character("S")], .saveRun,
        "save the whole run: an animated PNG and a strip"),
      Binding(
        "save-text", [.character("A")], .saveText, "save the picture shown as text in colours"),
      Binding(
        "open", [.character("o")], .open, "open a saved picture, and get its run back"),
      Binding(
        "begin-with", [.character("I")], .beginWith,
        "begin with a picture, or with noise alone again"),
      Binding(
        "history", [.control("r"), .character("/")], .history, "look for an earlier prompt"),
      Binding("not", [.character("N")], .edit(.negative), "type what to stay away from"),
      Binding(
        "seed-mode", [.character("n")], .turnSeedMode,
        "turn the next run's seed: fixed, counting up, random"),
      Binding("model", [.character("m")], .models, "choose a model"),
      Binding(
        "lora", [.character("a")], .loras, "add a LoRA to the model, or take it off"),
      Binding(
        "glyphs", [.character("g")], .turnGlyphs,
        "turn the glyphs: halves, quadrants, sextants, shades"),
      Binding("theme", [.character("t")], .turnTheme, hint: "theme", "turn through the themes"),
      Binding(
        "mouse", [.character("M")], .toggleMouse,
        "leave the mouse to the terminal, to select text, or back"),
      Binding("back", [.escape], .back, "back to the picture"),
      Binding(
        "suspend", [.control("z")], .suspend, "leave the terminal to the shell; fg comes back"),
      Binding("quit", [.character("q")], .quit, hint: "quit", "quit"),
      Binding("help", [.character("?")], .help, hint: "help", "every key, and where one is"),
    ]
    table += LensTable.entries.map { Binding($0.id, [$0.key], .lens($0.id), $0.help) }
    for index in table.indices where table[index].id == "tenth" { table[index].label = "0 … 9" }
    return table
  }()
}
