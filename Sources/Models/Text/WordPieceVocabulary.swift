import Checkpoints
import Files
import Foundation

/// The words of a `vocab.txt`, one on each line; a word's id is the number of its line, from 0. The words of a
/// `tokenizer.json` are kept in the same way.
///
/// Words are compared by their bytes: as `String`s, `é` in one scalar and in two would be the same word. The table is
/// open-addressed and refers to the file's bytes, so reading 30,000 lines needs only two allocations and takes about a
/// millisecond.
struct WordPieceVocabulary: Sendable {
  private let bytes: [UInt8]
  /// Where each line begins and ends.
  private var lines: [Range<Int>] = []
  /// The id of the word in each slot, -1 for none.
  private var slots: [Int32] = []

  /// Reads a vocabulary.
  ///
  /// - Throws: ``CheckpointError`` when the file is missing or cannot be read.
  init(contentsOf url: URL) throws {
    guard let data = try? SafeFile.read(url, limit: 64 << 20) else {
      throw CheckpointError(
        .missing, file: url.path, expected: "a list of words, one per line",
        found: "no readable file",
        advice: "Check the model folder's name, or copy the missing file into it")
    }
    self.init(bytes: [UInt8](data))
  }

  /// The words in these bytes, one on each line.
  init(bytes: [UInt8]) {
    self.bytes = bytes
    var start = 0
    for (position, byte) in bytes.enumerated() where byte == 10 {
      lines.append(start..<position)
      start = position + 1
    }
    if start < bytes.count { lines.append(start..<bytes.count) }
    fillSlots()
  }

  /// These words and their numbers; numbers without a word have an empty one.
  init(ids: [[UInt8]: Int32]) {
    var words = Array(repeating: [UInt8](), count: Int(ids.values.max() ?? -1) + 1)
    for (word, id) in ids where id >= 0 { words[Int(id)] = word }
    bytes = words.flatMap(\.self)
    var start = 0
    for word in words {
      lines.append(start..<(start + word.count))
      start += word.count
    }
    fillSlots()
  }

  private mutating func fillSlots() {
    // The number of slots is two to four times the number of words, and a power of two.
    var size = 64
    while size < lines.count * 2 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    for (id, line) in lines.enumerated() { insert(Int32(id), line) }
  }

  /// The number of lines.
  var count: Int { lines.count }

  /// The id of a word.
  func id(of word: String) -> Int32? {
    let utf8 = [UInt8](word.utf8)
    return id(of: utf8[...], hash: Self.hash(utf8))
  }

  /// The id of a word given by its bytes and their ``hash(_:from:)``.
  func id(of word: ArraySlice<UInt8>, hash: UInt64, continuing: Bool = false) -> Int32? {
    let prefix = continuing ? 2 : 0
    var slot = self.slot(of: hash)
    while slots[slot] >= 0 {
      let line = lines[Int(slots[slot])]
      if line.count == word.count + prefix,
        !continuing || (bytes[line.lowerBound] == 0x23 && bytes[line.lowerBound + 1] == 0x23),
        bytes[line.dropFirst(prefix)].elementsEqual(word)
      {
        return slots[slot]
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// FNV-1a of bytes, continued from an earlier value, so that a longer word costs one round for each additional byte.
  static func hash<Bytes: Sequence<UInt8>>(_ bytes: Bytes, from start: UInt64 = hashOfNothing)
    -> UInt64
  {
    bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  static let hashOfNothing: UInt64 = 0xCBF2_9CE4_8422_2325
  /// The hash of `##`, the prefix of pieces inside a word.
  static let hashOfContinuation = hash([0x23, 0x23])

  private func slot(of hash: UInt64) -> Int {
    // FNV's low bits are its weaker ones.
    Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
  }

  /// Of equal words, the last counts.
  private mutating func insert(_ id: Int32, _ line: Range<Int>) {
    var slot = self.slot(of: Self.hash(bytes[line]))
    while slots[slot] >= 0 {
      if bytes[lines[Int(slots[slot])]].elementsEqual(bytes[line]) { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = id
  }
}
