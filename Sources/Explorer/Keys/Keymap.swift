/// The keys outside text fields, as built in or as a configuration file has them.
public struct Keymap: Sendable, Hashable {
  /// An action and its keys.
  struct Binding: Sendable, Hashable {
    let action: Action
    fileprivate(set) var keys: [ExplorerKey]

    /// How its keys are written: the first two are enough to know.
    var label: String {
      if action == .tenth, keys == action.keys { return "0 … 9" }
      return keys.prefix(2).map(\.name).joined(separator: " ")
    }
  }

  /// Every action with its keys, in the order of ``Action/all``.
  private(set) var bindings = Action.all.map { Binding(action: $0, keys: $0.keys) }

  /// The built-in keys.
  public init() {}

  /// The names that a configuration file may give keys to.
  public static var ids: [String] { Action.all.map(\.id) }

  /// Gives other keys to an action. Keys that it takes are taken from others.
  public mutating func bind(_ id: String, to keys: [ExplorerKey]) {
    for index in bindings.indices {
      if bindings[index].action.id == id {
        bindings[index].keys = keys
      } else {
        bindings[index].keys.removeAll { keys.contains($0) }
      }
    }
  }

  /// What a key does, and its number among the keys of that action.
  func action(for key: ExplorerKey) -> (action: Action, number: Int)? {
    for binding in bindings {
      if let number = binding.keys.firstIndex(of: key) { return (binding.action, number) }
    }
    return nil
  }

  /// The keys of an action.
  private func keys(of action: Action) -> [ExplorerKey] {
    bindings.first { $0.action == action }?.keys ?? []
  }

  /// How the key of an action is written; `nil` if it has none.
  func label(of action: Action) -> String? { keys(of: action).first?.name }

  /// How to press an action's key; where one types, a key that is no character, or esc before one.
  func key(for action: Action, whileTyping: Bool) -> String? {
    let keys = keys(of: action)
    guard whileTyping, let first = keys.first else { return keys.first?.name }
    let other = keys.first { if case .character = $0 { false } else { true } }
    return other?.name ?? "esc \(first.name)"
  }

  /// What to press for an action, as a sentence says it: its key, or its name among all actions where it has none.
  func way(to action: Action) -> String {
    label(of: action) ?? "“\(action.id)” (\(label(of: .palette) ?? "alt-x"))"
  }

  /// Hints for those of some actions that have a key.
  func hints(_ actions: [(action: Action, word: String)]) -> [(key: String, word: String)] {
    actions.compactMap { action, word in label(of: action).map { ($0, word) } }
  }

  /// A sentence whose braces, which hold what a configuration file calls an action, become the ways to them.
  func filled(_ sentence: String) -> String {
    bindings.reduce(sentence) { sentence, binding in
      sentence.replacing("{\(binding.action.id)}", with: way(to: binding.action))
    }
  }
}
