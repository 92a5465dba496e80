import Foundation

/// A prompt with AUTOMATIC1111's weight syntax removed: the weight of each part, and where new chunks begin.
///
/// `(x)` has weight 1.1, `(x:1.2)` 1.2, `[x]` 1/1.1, and nested marks multiply; `\(`, `\)`, `\[`, `\]` and `\\` are the
/// literal characters; the word `BREAK` begins a new chunk. A mark that is never closed extends to the end; a closing
/// mark without an opening one is text.
public struct WeightedPrompt: Sendable, Hashable {
  /// A part of a prompt.
  public enum Part: Sendable, Hashable {
    /// Text without marks, and its weight.
    case text(String, weight: Float)
    /// A new chunk begins.
    case newChunk
  }

  /// The parts in order; adjacent parts with the same weight are joined.
  public var parts: [Part] {
    placed.map { part in
      switch part {
      case .newChunk: return .newChunk
      case .text(let text, let weight):
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.scalars)
        return .text(String(scalars), weight: Float(weight))
      }
    }
  }

  /// A part whose characters keep their places in the prompt.
  enum PlacedPart: Sendable, Hashable {
    case text(PlacedText, weight: Double)
    case newChunk
  }

  let placed: [PlacedPart]

  /// Parses a prompt; every text is valid.
  public init(_ prompt: String) {
    var reader = WeightReader(PlacedText(prompt))
    placed = reader.read()
  }
}

/// One pass over one prompt.
private struct WeightReader {
  /// The factor of a mark without a number.
  private static let step = 1.1
  /// Without these bounds, nested marks could reach infinity, which would ruin the picture.
  private static let bounds = -1000.0...1000.0

  private let prompt: PlacedText
  private var position = 0
  /// The parts so far, `nil` for a new chunk.
  private var parts: [PlacedText?] = []
  /// The weights of these parts, stored separately, because nested marks multiply them often.
  private var weights: [Double] = []
  private var text = PlacedText()
  /// The number of parts before each open mark.
  private var round: [Int] = []
  private var square: [Int] = []

  init(_ prompt: PlacedText) { self.prompt = prompt }

  private var scalars: [Unicode.Scalar] { prompt.scalars }

  mutating func read() -> [WeightedPrompt.PlacedPart] {
    while position < scalars.count {
      switch scalars[position] {
      case "\\": readEscape()
      case "(": open(\.round)
      case "[": open(\.square)
      case ")" where !round.isEmpty: close(\.round, Self.step, length: 1)
      case "]" where !square.isEmpty: close(\.square, 1 / Self.step, length: 1)
      case ":" where !round.isEmpty:
        if let (weight, length) = weight() {
          close(\.round, weight, length: length)
        } else {
          take()
        }
      case "B" where isBreak: readBreak()
      default: take()
      }
    }
    finishText()
    for start in round { multiply(from: start, by: Self.step) }
    for start in square { multiply(from: start, by: 1 / Self.step) }
    return joined
  }

  // MARK: Text

  private mutating func take() {
    text.append(scalars[position], prompt.places[position])
    position += 1
  }

  private mutating func finishText() {
    guard !text.scalars.isEmpty else { return }
    add(text)
    text = PlacedText()
  }

  private mutating func add(_ part: PlacedText?) {
    parts.append(part)
    weights.append(1)
  }

  /// A backslash before a mark turns the mark into plain text; before any other character, the backslash is removed.
  private mutating func readEscape() {
    position += 1
    if position < scalars.count, ["(", ")", "[", "]", "\\"].contains(scalars[position]) { take() }
  }

  // MARK: New chunks

  private static let word = Array("BREAK".unicodeScalars)

  /// Whether the word `BREAK` stands alone here.
  private var isBreak: Bool {
    let end = position + Self.word.count
    return scalars[position...].starts(with: Self.word)
      && (position == 0 || !CLIPCharacters.isOfWord(scalars[position - 1]))
      && (end == scalars.count || !CLIPCharacters.isOfWord(scalars[end]))
  }

  private mutating func readBreak() {
    finishText()
    add(nil)
    position += Self.word.count
  }

  // MARK: Marks

  private mutating func open(_ stack: WritableKeyPath<WeightReader, [Int]>) {
    finishText()
    self[keyPath: stack].append(parts.count)
    position += 1
  }

  private mutating func close(
    _ stack: WritableKeyPath<WeightReader, [Int]>, _ factor: Double, length: Int
  ) {
    finishText()
    if let start = self[keyPath: stack].popLast() { multiply(from: start, by: factor) }
    position += length
  }

  private mutating func multiply(from start: Int, by factor: Double) {
    for index in weights.indices.dropFirst(start) {
      weights[index] = min(
        max(weights[index] * factor, Self.bounds.lowerBound), Self.bounds.upperBound)
    }
  }

  /// The number between a colon and the closing parenthesis, and where it ends.
  private func weight() -> (weight: Double, length: Int)? {
    var end = position + 1
    func skipSpace() {
      while end < scalars.count, scalars[end].properties.isWhitespace { end += 1 }
    }
    skipSpace()
    let start = end
    while end < scalars.count, "+-.0123456789".unicodeScalars.contains(scalars[end]) { end += 1 }
    var digits = String.UnicodeScalarView()
    digits.append(contentsOf: scalars[start..<end])
    skipSpace()
    guard end < scalars.count, scalars[end] == ")", let weight = Double(String(digits)),
      weight.isFinite
    else { return nil }
    return (weight, end + 1 - position)
  }

  /// The parts, with adjacent parts of the same weight joined.
  private var joined: [WeightedPrompt.PlacedPart] {
    var joined: [WeightedPrompt.PlacedPart] = []
    for (text, weight) in zip(parts, weights) {
      guard let text else {
        joined.append(.newChunk)
        continue
      }
      if case .text(let before, weight)? = joined.last {
        joined[joined.count - 1] = .text(before + text, weight: weight)
      } else {
        joined.append(.text(text, weight: weight))
      }
    }
    return joined
  }
}

extension CLIPTokenizer {
  /// The tokens that the text encoder reads at once: 75 tokens between a start and an end token.
  public struct Chunk: Sendable, Hashable {
    /// The tokens and their ranges in the prompt.
    public let tokens: [Token]
    /// The start token, the tokens, the end token, and padding.
    public let ids: [Int32]
    /// The weight of each of ``ids``: 1 for everything that is not a token of the prompt.
    public let weights: [Float]
  }

  /// Splits a prompt with AUTOMATIC1111's syntax into chunks for the text encoder; there is at least one.
  ///
  /// A chunk ends after `length` tokens, or at the word `BREAK`; see ``WeightedPrompt``.
  public func chunks(of prompt: String, length: Int = 75) -> [Chunk] {
    precondition(length > 0, "a chunk must have room for at least one token")
    var chunks: [[(token: Token, weight: Float)]] = [[]]
    for part in WeightedPrompt(prompt).placed {
      switch part {
      case .newChunk: chunks.append([])
      case .text(let text, let weight):
        for token in tokens(of: text) {
          // The tokens of an added word stay together if a chunk has room for them.
          let word = self.length(ofWordAt: token.id)
          if chunks[chunks.count - 1].count + (word <= length ? word : 1) > length {
            chunks.append([])
          }
          chunks[chunks.count - 1].append((token, Float(weight)))
        }
      }
    }
    return chunks.map { chunk in
      let encoding = encode(chunk.map(\.token.id), count: chunk.count, limit: length + 2)
      let weights = [1] + chunk.map(\.weight)
      return Chunk(
        tokens: chunk.map(\.token), ids: encoding.ids,
        weights: weights + Array(repeating: 1, count: length + 2 - weights.count))
    }
  }
}
