/// A prompt that changes during a run, in AUTOMATIC1111's syntax.
///
/// - `[from:to:when]`: `from` up to a step, then `to`; `[to:when]` adds and `[from::when]` removes. `when` is a step
///   or, if below 1, a fraction of all steps.
/// - `[a|b|c]`: one of them at each step, in turn.
///
/// Brackets may be nested, and a backslash escapes a character. Anything else, such as `[x]` for a smaller weight, is
/// left unchanged.
public struct EditedPrompt: Sendable, Hashable {
  private indirect enum Part: Sendable, Hashable {
    case text(String)
    case scheduled(from: [Part], to: [Part], when: Double)
    case alternating([[Part]])
    /// Brackets with another meaning.
    case bracketed([Part])
  }

  private let parts: [Part]
  /// Whether it changes from step to step.
  public let changes: Bool

  /// Parses a prompt.
  public init(_ prompt: String) {
    guard prompt.contains("[") else {
      (parts, changes) = ([.text(prompt)], false)
      return
    }
    var reader = Reader(prompt)
    parts = reader.all()
    changes = Self.change(parts)
  }

  private static func change(_ parts: [Part]) -> Bool {
    parts.contains { part in
      switch part {
      case .text: false
      case .scheduled, .alternating: true
      case .bracketed(let inner): change(inner)
      }
    }
  }

  /// The prompt of a step, counted from 0, in a run of `steps` steps.
  public func prompt(at step: Int, of steps: Int) -> String {
    Self.text(parts, step: step, steps: steps)
  }

  private static func text(_ parts: [Part], step: Int, steps: Int) -> String {
    parts.map { part in
      switch part {
      case .text(let text): return text
      case .bracketed(let inner): return "[" + text(inner, step: step, steps: steps) + "]"
      case .alternating(let options):
        return text(options[step % options.count], step: step, steps: steps)
      case .scheduled(let from, let to, let when):
        let last = when < 1 ? (when * Double(steps)).rounded(.down) : when.rounded(.down)
        return text(Double(step) < last ? from : to, step: step, steps: steps)
      }
    }.joined()
  }

  // MARK: Reading

  private struct Reader {
    private let characters: [Character]
    /// The closing position of each bracket that is opened and closed.
    private let closers: [Int: Int]
    private var place = 0
    /// The maximum depth of nested brackets; deeper ones are text.
    private static let deepest = 20

    init(_ text: String) {
      characters = Array(text)
      var (open, closers): ([Int], [Int: Int]) = ([], [:])
      var place = 0
      while place < characters.count {
        switch characters[place] {
        case "\\": place += 1
        case "[", "(": open.append(place)
        case "]", ")":
          let opener: Character = characters[place] == "]" ? "[" : "("
          if let last = open.last, characters[last] == opener { closers[open.removeLast()] = place }
        default: break
        }
        place += 1
      }
      self.closers = closers
    }

    /// The whole prompt.
    mutating func all() -> [Part] { parts(upTo: characters.count, marks: [], depth: 0) }

    /// The parts before a position, or before the first of these marks.
    private mutating func parts(upTo end: Int, marks: Set<Character>, depth: Int) -> [Part] {
      var parts: [Part] = []
      var text = ""
      func flush() {
        if !text.isEmpty { parts.append(.text(text)) }
        text = ""
      }
      while place < end, !marks.contains(characters[place]) {
        let character = characters[place]
        if character == "\\", place + 1 < end {
          text += String(characters[place...(place + 1)])
          place += 2
        } else if let closer = closers[place], closer < end, depth < Self.deepest {
          flush()
          parts += character == "[" ? bracket(closer, depth) : parenthesis(closer, depth)
        } else {
          text.append(character)
          place += 1
        }
      }
      flush()
      return parts
    }

    /// The text in parentheses, whose colons belong to weights.
    private mutating func parenthesis(_ closer: Int, _ depth: Int) -> [Part] {
      place += 1
      let inner = parts(upTo: closer, marks: [], depth: depth + 1)
      place = closer + 1
      return [.text("(")] + inner + [.text(")")]
    }

    private mutating func bracket(_ closer: Int, _ depth: Int) -> [Part] {
      place += 1
      var sides = [parts(upTo: closer, marks: [":", "|"], depth: depth + 1)]
      let mark = characters[place]
      while place < closer {
        place += 1
        sides.append(parts(upTo: closer, marks: [mark], depth: depth + 1))
      }
      place = closer + 1
      if mark == "|" { return [.alternating(sides)] }
      if (2...3).contains(sides.count), let when = Self.number(sides[sides.count - 1]) {
        let from = sides.count == 3 ? sides[0] : []
        return [.scheduled(from: from, to: sides[sides.count - 2], when: when)]
      }
      return [.bracketed(Array(sides.joined(separator: [.text(String(mark))])))]
    }

    private static func number(_ parts: [Part]) -> Double? {
      guard parts.count == 1, case .text(let text) = parts[0] else { return nil }
      let number = Double(text.filter { $0 != " " })
      return number.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
  }
}

extension Steering {
  /// Whether a prompt changes from step to step.
  public var changesOnItsWay: Bool {
    EditedPrompt(prompt).changes || EditedPrompt(negativePrompt).changes
  }

  /// The prompts of a step, counted from 0, in a run with that many steps.
  public func prompts(at step: Int, of steps: Int) -> (prompt: String, negativePrompt: String) {
    (
      EditedPrompt(prompt).prompt(at: step, of: steps),
      EditedPrompt(negativePrompt).prompt(at: step, of: steps)
    )
  }
}
