/// What a key does outside a text field.
enum Action: Sendable, Hashable {
  case nextPane, previousPane, run, back, pause, step, turnView, save, randomSeed, help, quit
  case scrub(Int), first, last, tenth(Int), adjust(Int)
}

/// A row of the table that keys are looked up in and that the help is made from.
struct Binding: Sendable {
  let keys: [ExplorerKey]
  /// How the keys are written.
  let label: String
  /// A word for the status line; empty where it is not shown there.
  let hint: String
  /// A sentence for the help.
  let help: String
  let action: Action
}

enum Keymap {
  /// Every key outside a text field, those that newcomers need first at the head.
  static let bindings: [Binding] =
    [
      Binding(
        keys: [.left, .character("h")], label: "←", hint: "", help: "one step back, towards noise",
        action: .scrub(-1)),
      Binding(
        keys: [.right, .character("l")], label: "→", hint: "",
        help: "one step on, towards the picture",
        action: .scrub(1)),
      Binding(
        keys: [.character(" ")], label: "space", hint: "pause", help: "pause the run, or go on",
        action: .pause),
      Binding(
        keys: [.character("x")], label: "x", hint: "view",
        help: "turn through what it looks at, what it thinks it sees, and the noise",
        action: .turnView),
      Binding(
        keys: [.character("s")], label: "s", hint: "save", help: "save the picture shown as a PNG",
        action: .save),
      Binding(
        keys: [.character("r")], label: "r", hint: "other noise",
        help: "draw another seed and run: other noise, other picture", action: .randomSeed),
      Binding(
        keys: [.tab], label: "tab", hint: "edit", help: "go to the next field", action: .nextPane),
      Binding(
        keys: [.backTab], label: "shift-tab", hint: "", help: "go to the field before",
        action: .previousPane),
      Binding(
        keys: [.enter], label: "enter", hint: "run", help: "run with the settings shown",
        action: .run),
      Binding(
        keys: [.character("+"), .character("="), .up, .character("k")], label: "+ ↑", hint: "",
        help: "raise the value of the field", action: .adjust(1)),
      Binding(
        keys: [.character("-"), .down, .character("j")], label: "- ↓", hint: "",
        help: "lower the value of the field", action: .adjust(-1)),
      Binding(
        keys: [.home], label: "home", hint: "", help: "the first step: nothing but noise",
        action: .first),
      Binding(
        keys: [.end], label: "end", hint: "", help: "the last step there is, and follow the run",
        action: .last),
      Binding(
        keys: [.character(".")], label: ".", hint: "",
        help: "pause, and compute one step at a time",
        action: .step),
      Binding(
        keys: [.escape], label: "esc", hint: "", help: "back to the picture", action: .back),
      Binding(
        keys: [.character("q")], label: "q", hint: "quit",
        help: "quit (ctrl-c cancels a run first)",
        action: .quit),
      Binding(keys: [.character("?")], label: "?", hint: "help", help: "this help", action: .help),
    ]
    + (0...9).map { digit in
      Binding(
        keys: [.character(Character("\(digit)"))], label: "\(digit)", hint: "",
        help: "to \(digit) tenths of the run", action: .tenth(digit))
    }

  static func action(for key: ExplorerKey) -> Action? {
    bindings.first { $0.keys.contains(key) }?.action
  }
}
