/// The keys that work outside text fields, built in or from a configuration file.
public struct Keymap: Sendable, Hashable {
  /// An action and its keys.
  struct Binding: Sendable, Hashable {
    let action: Action
    fileprivate(set) var keys: [ExplorerKey]

    /// How its keys are displayed; at most two are shown.
    var label: String {
      if action == .tenth, keys == action.keys { return "0 … 9" }
      return keys.prefix(2).map(\.name).joined(separator: " ")
    }
  }

  /// Every action with its keys, in the order of ``Action/all``.
  private(set) var bindings = Action.all.map { Binding(action: $0, keys: $0.keys) }

  /// The built-in keys.
  public init() {}

  /// The names of the actions that a configuration file may bind to keys.
  public static var ids: [String] { Action.all.map(\.id) }

  /// Binds an action to other keys. Other actions lose these keys.
  public mutating func bind(_ id: String, to keys: [ExplorerKey]) {
    for index in bindings.indices {
      if bindings[index].action.id == id {
        bindings[index].keys = keys
      } else {
        bindings[index].keys.removeAll { keys.contains($0) }
      }
    }
  }

  /// The action of a key, and the index of the key among that action's keys.
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

  /// How the first key of an action is displayed; `nil` if it has none.
  func label(of action: Action) -> String? { keys(of: action).first?.name }

  /// The key for an action. While the user types in a text, it is a key that is not a character, or esc followed by the
  /// key.
  func key(for action: Action, whileTyping: Bool) -> String? {
    let keys = keys(of: action)
    guard whileTyping, let first = keys.first else { return keys.first?.name }
    let other = keys.first { if case .character = $0 { false } else { true } }
    return other?.name ?? "esc \(first.name)"
  }

  /// How a message names an action: by its key, or by its name in the palette if it has no key.
  func way(to action: Action) -> String {
    label(of: action) ?? "“\(action.id)” (\(label(of: .palette) ?? "alt-x"))"
  }

  /// Hints for the given actions that have a key.
  func hints(_ actions: [(action: Action, word: String)]) -> [(key: String, word: String)] {
    actions.compactMap { action, word in label(of: action).map { ($0, word) } }
  }

  /// Replaces each configuration name in braces with the key or command that triggers that action.
  func filled(_ sentence: String) -> String {
    bindings.reduce(sentence) { sentence, binding in
      sentence.replacing("{\(binding.action.id)}", with: way(to: binding.action))
    }
  }
}
