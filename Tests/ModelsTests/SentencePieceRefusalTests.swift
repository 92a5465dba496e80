import Checkpoints
import Foundation
import Models
import Testing

/// Files of SentencePiece that are damaged or contradict themselves: all are refused with what is wrong, and none traps.
@Suite("Rejected SentencePiece files")
struct SentencePieceRefusalTests {
  // MARK: Messages of Protocol Buffers

  private static func varint(_ number: UInt64) -> [UInt8] {
    var (rest, bytes) = (number, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func message(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(content.count)) + content
  }

  private static func number(_ number: UInt64, _ value: UInt64) -> [UInt8] {
    varint(number << 3) + varint(value)
  }

  private static func float(_ number: UInt64, _ value: Float) -> [UInt8] {
    varint(number << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
  }

  private static func piece(_ text: String, _ score: Float = -1, kind: UInt64? = nil) -> [UInt8] {
    message(
      1,
      message(1, Array(text.utf8)) + float(2, score) + (kind.map { number(3, $0) } ?? []))
  }

  private static let marks =
    piece("<pad>", 0, kind: 3) + piece("</s>", 0, kind: 3) + piece("<unk>", 0, kind: 2)
  private static let sound = marks + piece("\u{2581}a") + piece("b", -2)

  private func ids(_ bytes: [UInt8], _ text: String = "ab a") throws -> [Int32] {
    try T5Tokenizer(pieces: Data(bytes), name: "spiece.model").ids(of: text)
  }

  @Test("the unchanged file is valid, and unneeded entries are ignored")
  func sound() throws {
    #expect(try ids(Self.sound) == [3, 4, 3, 1])
    // Unknown characters that follow each other are one token.
    #expect(try ids(Self.sound, "axy b") == [3, 2, 4, 1])
    let extra = Self.number(7, 1) + Self.float(9, 1) + Self.message(4, [1, 2, 3])
    #expect(try ids(extra + Self.sound + Self.message(2, Self.number(3, 1))) == [3, 4, 3, 1])
    // Without a space before the text.
    #expect(try ids(Self.sound + Self.message(3, Self.number(3, 0)), "bb a") == [4, 4, 3, 1])
  }

  @Test("an invalid or unsupported value is named")
  func named() throws {
    let cases: [(bytes: [UInt8], kind: CheckpointError.Kind, key: String?)] = [
      ([], .malformed, "pieces"),
      (Self.piece("a"), .malformed, "pieces"),
      (Self.sound + Self.piece("b"), .malformed, "pieces"),
      (Self.sound + Self.piece("<other>", kind: 2), .malformed, "pieces"),
      (Self.sound + Self.piece(""), .malformed, "pieces.5"),
      (Self.sound + Self.piece("c", .nan), .malformed, "pieces.5"),
      (Self.sound + Self.piece("c", kind: 7), .malformed, "pieces.5"),
      (Self.sound + Self.piece("c", kind: .max), .malformed, "pieces.5"),
      (Self.sound + Self.message(1, Self.message(1, [0xFF])), .malformed, "pieces.5"),
      (Self.sound + Self.message(1, Self.number(1, 7)), .malformed, "pieces.5"),
      (Self.sound + Self.number(1, 7), .malformed, nil),
      (Self.sound + Self.message(2, Self.number(3, 2)), .unsupported, "trainer_spec.model_type"),
      (
        Self.sound + Self.message(2, Self.number(24, 1)), .unsupported,
        "trainer_spec.treat_whitespace_as_suffix"
      ),
      (Self.sound + Self.message(2, Self.number(35, 1)), .malformed, "pieces"),
      (
        Self.sound + Self.message(3, Self.message(2, [9, 0, 0, 0])), .malformed,
        "normalizer_spec.precompiled_charsmap"
      ),
      (Self.piece("<unk>", 0, kind: 2) + Self.piece("a"), .malformed, nil),
      (Self.sound + [0x0F], .malformed, nil),
      (Self.sound + [0x0B, 0x0C], .malformed, nil),
      (Self.sound + [0x00, 0x00], .malformed, nil),
    ]
    for (number, bad) in cases.enumerated() {
      let error = #expect(throws: CheckpointError.self, "\(number)") { try ids(bad.bytes) }
      #expect(
        error?.kind == bad.kind && error?.key == bad.key,
        "\(number): \(error?.description ?? "")")
      #expect(error?.file == "spiece.model" && error?.advice.isEmpty == false)
    }
  }

  @Test("absurd lengths and numbers are rejected")
  func wild() throws {
    let most = Self.varint(.max)
    for tail in [
      [0x0A] + most, [0x0A, 0x7F], [0x0A] + Self.varint(UInt64(Int.max)), most, most + [0],
      [0x08] + Array(repeating: 0x80, count: 20), [0x08] + Array(repeating: 0xFF, count: 10),
      [0x09, 1, 2], [0x0D, 1], [0x1A, 3, 0x12, 0xFF, 0x01],
      [0x0A, 5, 0x0A] + Self.varint(1 << 31),
    ] {
      let error = #expect(throws: CheckpointError.self, "\(tail)") { try ids(Self.sound + tail) }
      #expect(error?.kind == .malformed)
    }
  }

  @Test("a file cut anywhere or with any byte changed is read or refused")
  func damaged() throws {
    let whole = [UInt8](try Data(contentsOf: Fixtures.url("t5/bytes.model")))
    let small = Self.sound + Self.message(2, Self.number(3, 1)) + Self.message(3, Self.number(4, 0))
    for place in small.indices {
      for byte in [0, 0x0A, 0x7F, 0x80, 0xFF, small[place] ^ 1] as [UInt8?] + [nil] {
        var bytes = small
        if let byte { bytes[place] = byte } else { bytes.removeSubrange(place...) }
        do { _ = try ids(bytes, "ab é a") } catch is CheckpointError {}
      }
    }
    // A model that was trained, at every place of its first bytes, its last ones, and some between.
    for end in Array(0..<300) + Array(stride(from: 300, to: whole.count, by: 97))
      + Array((whole.count - 200)..<whole.count)
    {
      do { _ = try ids(Array(whole[..<end])) } catch is CheckpointError {}
    }
    // The table of characters is cut and changed where it lies.
    let model = [UInt8](try T5Fixture.pieces())
    let place = try T5Fixture.load().charsmap
    for offset in [0, 1, 2, 3, 4, 7, 1000, 100_000, place[1] - 1] {
      for byte in [0, 0x7F, 0xFF] as [UInt8] {
        var bytes = model
        bytes[place[0] + offset] = byte
        do { _ = try ids(bytes, "ﬁ é ① Å") } catch is CheckpointError {}
      }
    }
  }
}
