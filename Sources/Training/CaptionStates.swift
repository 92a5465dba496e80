import Checkpoints
import Models
import Tensors

/// What the text encoder makes of captions, computed when a caption is first drawn and kept.
///
/// Captions of one length are encoded together, those that are wanted along with others that wait: all of a large set
/// are through before it has been seen twice.
@Compute
package final class CaptionStates {
  /// Texts that are encoded at once.
  private static let together = 32

  package let limit: Int
  package let width: Int
  private let tokenizer: WordPieceTokenizer
  private let encoder: BERTEncoder
  /// The most bytes of states that are kept; beyond that all are dropped and begun anew.
  private let largest: Int

  private var numbers: [String: Int] = [:]
  private var tokens: [[Int32]] = []
  /// Where the states of each caption begin in `states`; `nil` while they are not known.
  private var places: [Int?] = []
  /// Captions without states, by their length.
  private var waiting: [Int: [Int]] = [:]
  /// The upper halves of float32.
  private var states: [UInt16] = []

  /// The text encoder of a model's folder.
  ///
  /// - Throws: `CheckpointError` when it is missing or unsound.
  package init(_ folder: ModelFolder, largest: Int = 3 << 30) throws {
    tokenizer = try WordPieceTokenizer(vocabulary: folder.vocabulary)
    encoder = try BERTEncoder(folder: folder, type: try Precision.auto.resolved())
    (limit, width, self.largest) = (folder.tokenLimit, encoder.width, largest)
  }

  /// The number of a caption.
  package func number(of caption: String) -> Int {
    if let known = numbers[caption] { return known }
    let encoding = tokenizer.encode(caption, limit: limit)
    let own = zip(encoding.ids, encoding.mask).filter(\.1).map(\.0)
    let number = tokens.count
    numbers[caption] = number
    tokens.append(own)
    places.append(nil)
    waiting[own.count, default: []].append(number)
    return number
  }

  /// What a network is told of these captions, one for each picture.
  ///
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  package func context(of captions: [Int], withVectors: Bool) throws -> UNet.Context {
    if states.count * 2 > largest { forget() }
    for caption in captions where places[caption] == nil { try encode(caption) }
    var all = [Float](repeating: 0, count: captions.count * limit * width)
    var mask = [Float](repeating: 0, count: captions.count * limit)
    var vectors: [Float] = []
    for (row, caption) in captions.enumerated() {
      let count = tokens[caption].count
      let (from, to) = (places[caption] ?? 0, row * limit * width)
      for i in 0..<(count * width) {
        all[to + i] = Float(bitPattern: UInt32(states[from + i]) << 16)
      }
      for token in 0..<count { mask[row * limit + token] = 1 }
      if withVectors {
        let own = Array(all[to..<(to + count * width)])
        vectors += PromptEmbedding.pool(own, mask: Array(repeating: 1, count: count))
      }
    }
    return UNet.Context(
      states: all, tokens: limit, mask: mask, vectors: withVectors ? vectors : nil)
  }

  /// Encodes a caption, and others of its length that wait.
  private func encode(_ caption: Int) throws {
    let count = tokens[caption].count
    var group = [caption]
    var others = waiting[count] ?? []
    others.removeAll { $0 == caption }
    while group.count < Self.together, let next = others.popLast() { group.append(next) }
    waiting[count] = others
    // One shape for each length: a short group is filled up with its last.
    let filled =
      group + Array(repeating: group[group.count - 1], count: Self.together - group.count)
    let found = try encoder.states(of: filled.map { tokens[$0] })
    for (row, number) in group.enumerated() {
      places[number] = states.count
      for value in found[(row * count * width)..<((row + 1) * count * width)] {
        states.append(UInt16(truncatingIfNeeded: (value.bitPattern &+ 0x8000) >> 16))
      }
    }
  }

  private func forget() {
    states = []
    waiting = [:]
    for number in places.indices {
      places[number] = nil
      waiting[tokens[number].count, default: []].append(number)
    }
  }
}
