import Foundation
import Pictures
import Testing

/// Exif in all three kinds of files.
@Suite struct ExifTests {
  private static let settings = "a windmill, 風車 🌾\nSteps: 32, Sampler: Euler a, Seed: 5"

  /// A TIFF structure with an orientation and a comment.
  private static func tiff(
    _ comment: [UInt8], orientation: Int = 1, bigEndian: Bool, length: Int? = nil
  ) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      return bigEndian ? bytes.reversed() : bytes
    }
    let short = number(orientation, 2) + [0, 0]
    let first = number(2, 2) + number(0x0112, 2) + number(3, 2) + number(1, 4) + short
    let link = number(0x8769, 2) + number(4, 2) + number(1, 4) + number(38, 4) + number(0, 4)
    let second = number(1, 2) + number(0x9286, 2) + number(7, 2)
    return (bigEndian ? [0x4d, 0x4d] : [0x49, 0x49]) + number(42, 2) + number(8, 4) + first + link
      + second + number(length ?? comment.count, 4) + number(56, 4) + number(0, 4) + comment
  }

  private static func fixture(_ name: String) throws -> Data { try PictureFileTests.fixture(name) }

  private static func jpeg(_ tiff: [UInt8]) throws -> Data {
    let body = Array("Exif\0\0".utf8) + tiff
    let length = body.count + 2
    let segment = [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 255)] + body
    let plain = try fixture("colours.jpg")
    return plain.prefix(2) + Data(segment) + plain.dropFirst(2)
  }

  private static func png(_ tiff: [UInt8]) throws -> Data {
    Chunk.insert([Chunk(type: "eXIf", data: tiff)], into: try fixture("rgba.png"))
  }

  /// The extended form of a file without alpha, with its Exif data after the pixels.
  private static func webp(_ tiff: [UInt8], named: Bool = false) throws -> Data {
    func part(_ name: String, _ data: [UInt8]) -> [UInt8] {
      let size = (0..<4).map { UInt8(truncatingIfNeeded: data.count >> ($0 * 8)) }
      return Array(name.utf8) + size + data + (data.count.isMultiple(of: 2) ? [] : [0])
    }
    let pixels = [UInt8](try fixture("opaque.webp").dropFirst(12))
    let exif = part("EXIF", (named ? Array("Exif\0\0".utf8) : []) + tiff)
    let body = Array("WEBP".utf8) + part("VP8X", [8, 0, 0, 0, 23, 0, 0, 15, 0, 0]) + pixels + exif
    return Data(Array(part("RIFF", body)))
  }

  private static func files(_ tiff: [UInt8]) throws -> [Data] {
    [try jpeg(tiff), try png(tiff), try webp(tiff), try webp(tiff, named: true)]
  }

  private static func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let bytes = [UInt8(unit >> 8), UInt8(unit & 255)]
      return bigEndian ? bytes : bytes.reversed()
    }
  }

  @Test(arguments: [false, true], [false, true])
  func commentsAreReadInEveryOrder(_ bigEndian: Bool, _ textIsBig: Bool) throws {
    let text = Self.utf16(Self.settings, bigEndian: textIsBig)
    let mark = Self.utf16("\u{feff}", bigEndian: textIsBig)
    let comments: [[UInt8]] = [
      Array("UNICODE\0".utf8) + text, Array("UNICODE\0".utf8) + mark + text + [0, 0],
      Array("ASCII\0\0\0".utf8) + Array(Self.settings.utf8) + [0],
      [UInt8](repeating: 0, count: 8) + Array(Self.settings.utf8), Array(Self.settings.utf8),
    ]
    for (index, comment) in comments.enumerated() {
      for file in try Self.files(Self.tiff(comment, bigEndian: bigEndian)) {
        let texts = try PictureTexts.read(file, name: "x")
        let comment = texts.first { $0.keyword == "UserComment" }?.text
        #expect(comment == Self.settings, "comment \(index)")
      }
    }
  }

  @Test func lengthsThatLieAreNotFollowed() throws {
    let comment = Array("ASCII\0\0\0".utf8) + Array(Self.settings.utf8)
    for bigEndian in [false, true] {
      for length in [0, 1, 4, 7, comment.count + 1, 0x7fff_ffff, 0xffff_ffff] {
        let tiff = Self.tiff(comment, bigEndian: bigEndian, length: length)
        for file in try Self.files(tiff) {
          let texts = try PictureTexts.read(file, name: "x")
          #expect(!texts.contains { $0.text.contains("Steps") })
        }
      }
      let whole = Self.tiff(comment, bigEndian: bigEndian)
      for count in 0..<whole.count {
        for file in try Self.files(Array(whole.prefix(count))) {
          _ = try PictureTexts.read(file, name: "x")
          _ = try PictureFile.decode(file, name: "x")
        }
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8]) func everyKindStandsUpright(_ orientation: Int) throws
  {
    for bigEndian in [false, true] {
      let tiff = Self.tiff([], orientation: orientation, bigEndian: bigEndian)
      for (file, plain) in [
        (try Self.png(tiff), "rgba.png"), (try Self.webp(tiff), "opaque.webp"),
        (try Self.jpeg(tiff), "colours.jpg"),
      ] {
        let stored = try PictureFile.decode(Self.fixture(plain), name: plain)
        let turned = try PictureFile.decode(file, name: plain)
        #expect((turned.width == 16) == (orientation >= 5), "\(plain)")
        // The new position of the picture's first pixel.
        let right = [2, 3, 6, 7].contains(orientation)
        let down = [3, 4, 7, 8].contains(orientation)
        let place =
          ((down ? turned.height - 1 : 0) * turned.width + (right ? turned.width - 1 : 0)) * 4
        #expect(
          turned.pixels[place..<(place + 4)] == stored.pixels[..<4], "\(plain) \(orientation)")
      }
    }
  }

  @Test func textsAreReadAsUTF8BeforeLatin1() throws {
    let latin = Array("k\0ein L".utf8) + [0xf6] + Array("we".utf8)
    let chunks = [
      Chunk(type: "tEXt", data: Array("u\0crème 静物".utf8)), Chunk(type: "tEXt", data: latin),
    ]
    let texts = try PNG.decode(Chunk.insert(chunks, into: Self.fixture("rgba.png")), name: "x").text
    #expect(texts.contains(TextChunk(keyword: "u", text: "crème 静物")))
    #expect(texts.contains(TextChunk(keyword: "k", text: "ein Löwe")))
  }

  /// Latin-1 whose bytes are also valid UTF-8 is written so that it can be read back.
  @Test func textsThatCouldBeMistakenComeBack() throws {
    let text = TextChunk(keyword: "parameters", text: "Ã©, café, Â©")
    let picture = Picture(width: 1, height: 1, pixels: [1, 2, 3])
    let odd = TextChunk(keyword: "other", text: "Ã©")
    let data = try PNG.encode(picture, text: [text, odd])
    #expect(Set(try PNG.decode(data, name: "x").text) == [text, odd])
  }
}
