import Foundation

/// The replacements of SentencePiece's normalisation, such as `nmt_nfkc` of T5, from a `precompiled_charsmap` (Kudo and
/// Richardson 2018).
///
/// The bytes contain the length of a double-array trie, the trie's 32-bit units as darts-clone writes them, and the
/// replacements, each followed by a zero. A leaf's value is the offset of its replacement. Numbers are little-endian.
struct PrecompiledCharacters: Sendable, Hashable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Reads the bytes; `nil` if they have another layout.
  init?(_ bytes: [UInt8]) {
    func number(_ place: Int) -> UInt32 {
      bytes[place..<(place + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard bytes.count >= 8 else { return nil }
    let size = Int(number(0))
    guard size > 0, size.isMultiple(of: 4), size <= bytes.count - 4 else { return nil }
    units = (1...(size / 4)).map { number(4 * $0) }
    replacements = Array(bytes[(4 + size)...])
  }

  /// Reads the bytes from Base64 (RFC 4648).
  init?(base64: [UInt8]) {
    guard let data = Data(base64Encoded: Data(base64)) else { return nil }
    self.init([UInt8](data))
  }

  /// The replacement of the shortest prefix of a text that has one; `nil` if no prefix has one.
  private func replacement(_ text: some Sequence<UInt8>) -> [Unicode.Scalar]? {
    var node = Self.offset(units[0])
    for byte in text where byte != 0 {
      guard let next = next(node, byte) else { return nil }
      if let start = next.replacement { return replacement(at: start) }
      node = next.node
    }
    return nil
  }

  /// The replacement of the longest range that starts at a place of a text and has a replacement, and the number of
  /// characters in the range; `nil` if none has.
  func longest(in text: [Unicode.Scalar], at place: Int) -> (new: [Unicode.Scalar], count: Int)? {
    var best: (start: Int, count: Int)?
    var node = Self.offset(units[0])
    search: for end in place..<text.count {
      var start: Int?
      for byte in String(text[end]).utf8 {
        guard byte != 0, let next = next(node, byte) else { break search }
        (node, start) = next
      }
      if let start { best = (start, end + 1 - place) }
    }
    guard let best, let new = replacement(at: best.start) else { return nil }
    return (new, best.count)
  }

  /// The child of a node for a byte, and the offset of the replacement of the text that leads there, if it has one.
  private func next(_ node: Int, _ byte: UInt8) -> (node: Int, replacement: Int?)? {
    let place = node ^ Int(byte)
    guard place < units.count else { return nil }
    let unit = units[place]
    guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
    let child = place ^ Self.offset(unit)
    guard unit >> 8 & 1 == 1 else { return (child, nil) }
    guard child < units.count else { return nil }
    return (child, Int(units[child] & 0x7FFF_FFFF))
  }

  private func replacement(at start: Int) -> [Unicode.Scalar]? {
    guard start < replacements.count else { return nil }
    let content = replacements[start...].prefix { $0 != 0 }
    return Array(String(decoding: content, as: UTF8.self).unicodeScalars)
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int((unit >> 10) << ((unit & 0x200) >> 6))
  }

  /// The text with its replacements: a short cluster (Unicode Annex 29) is replaced as a whole if it can be, otherwise
  /// character by character.
  func apply(_ text: PlacedText) -> PlacedText {
    var all = String.UnicodeScalarView()
    all.append(contentsOf: text.scalars)
    var result = PlacedText()
    var start = 0
    for cluster in String(all) {
      let end = start + cluster.unicodeScalars.count
      let utf8 = Array(String(cluster).utf8)
      if utf8.count < 6, let new = replacement(utf8) {
        for scalar in new { result.append(scalar, text.place(of: start..<end)) }
      } else {
        for index in start..<end {
          let scalar = text.scalars[index]
          for new in replacement(String(scalar).utf8) ?? [scalar] {
            result.append(new, text.places[index])
          }
        }
      }
      start = end
    }
    return result
  }
}
