import Checkpoints
import Models
import Tensors

/// The text encoder's states for captions, computed when a caption is first drawn and then cached.
///
/// Captions of the same length are encoded together, including announced ones that will be needed soon.
@Compute
package final class CaptionStates {
  /// The number of texts encoded at once.
  private static let together = 32

  /// A quarter of the free memory, because a growing array briefly exists twice; more than 3 GB brings no benefit.
  package nonisolated static var room: Int { min(3 << 30, (FreeMemory.bytes ?? .max) / 4) }

  package let limit: Int
  package let width: Int
  private let tokenizer: WordPieceTokenizer
  private let encoder: BERTEncoder
  /// The maximum size of the cached states in bytes; beyond it, all are dropped and caching starts again.
  private let largest: Int

  private var known: [String: Caption] = [:]
  /// Captions without states, by length.
  private var waiting: [Int: Set<String>] = [:]
  /// The upper halves of float32 values.
  private var states: [UInt16] = []

  private struct Caption {
    let tokens: [Int32]
    /// Where its states begin; `nil` while they are unknown.
    var place: Int?
  }

  /// The text encoder of a model's folder.
  ///
  /// - Throws: `CheckpointError` when it is missing or invalid.
  package init(_ folder: ModelFolder, largest: Int = CaptionStates.room) throws {
    tokenizer = try WordPieceTokenizer(vocabulary: folder.vocabulary)
    encoder = try BERTEncoder(folder: folder, type: try Precision.auto.resolved())
    (limit, width, self.largest) = (folder.tokenLimit, encoder.width, largest)
  }

  /// Drops all states and the known captions if too many are cached.
  ///
  /// - Returns: Whether that happened; if so, announced captions are no longer expected.
  package func makeRoom() -> Bool {
    guard states.count * 2 > largest else { return false }
    (known, waiting, states) = ([:], [:], [])
    return true
  }

  /// Announces that a caption will be needed soon, so that it is encoded together with others of its length.
  package func expect(_ caption: String) {
    guard known[caption] == nil else { return }
    let encoding = tokenizer.encode(caption, limit: limit)
    let tokens = zip(encoding.ids, encoding.mask).filter(\.1).map(\.0)
    known[caption] = Caption(tokens: tokens)
    waiting[tokens.count, default: []].insert(caption)
  }

  /// The network's text input for these captions, one for each picture.
  ///
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  package func context(of captions: [String], withVectors: Bool) throws -> UNet.Context {
    _ = makeRoom()
    for caption in captions { expect(caption) }
    var all = [Float](repeating: 0, count: captions.count * limit * width)
    var mask = [Float](repeating: 0, count: captions.count * limit)
    var vectors: [Float] = []
    for (row, caption) in captions.enumerated() {
      let (from, count) = try place(of: caption)
      let to = row * limit * width
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

  /// Where the states of a known caption begin, and its number of tokens.
  private func place(of caption: String) throws -> (start: Int, tokens: Int) {
    guard let entry = known[caption] else {
      preconditionFailure("captions are known at this point")
    }
    if let place = entry.place { return (place, entry.tokens.count) }
    let place = states.count
    try encode(caption, entry.tokens)
    return (place, entry.tokens.count)
  }

  /// Encodes a caption, whose states come first, and other waiting ones of its length.
  private func encode(_ caption: String, _ tokens: [Int32]) throws {
    let count = tokens.count
    waiting[count]?.remove(caption)
    var group = [(caption, tokens)]
    while group.count < Self.together, let next = waiting[count]?.popFirst() {
      if let entry = known[next] { group.append((next, entry.tokens)) }
    }
    // There is one shape for each length: a short group is filled with copies of its first caption.
    let filled = group.map(\.1) + Array(repeating: tokens, count: Self.together - group.count)
    let found = try encoder.states(of: filled)
    for (row, (text, _)) in group.enumerated() {
      known[text]?.place = states.count
      for value in found[(row * count * width)..<((row + 1) * count * width)] {
        states.append(UInt16(truncatingIfNeeded: (value.bitPattern &+ 0x8000) >> 16))
      }
    }
  }
}
