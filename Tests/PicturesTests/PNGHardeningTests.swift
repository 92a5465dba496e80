import Foundation
import Pictures
import Testing

/// Files made to do harm give a picture or an error, and take no more memory than a picture may.
@Suite struct PNGHardeningTests {
  private let texts = [
    TextChunk(keyword: "parameters", text: "a red apple"), TextChunk(keyword: "k", text: "りんご"),
  ]

  private func small() throws -> Data {
    try PNG.encode(PNGTests.gradient(3, 2), text: texts)
  }

  /// Whether the bytes are a picture; otherwise they are refused with a reason.
  private func isPicture(_ bytes: [UInt8]) throws -> Bool {
    do {
      let picture = try PNG.decode(Data(bytes), name: "x.png").picture
      #expect(picture.pixels.count == picture.width * picture.height * 3)
      return true
    } catch let error as PNGError {
      #expect(!error.reason.isEmpty && error.file == "x.png")
      return false
    }
  }

  @Test func everyCutIsRefused() throws {
    let good = [UInt8](try small())
    #expect(try isPicture(good))
    for length in 0..<good.count { #expect(try !isPicture(Array(good[..<length])), "\(length)") }
  }

  @Test func everyByteCanBeWrong() throws {
    let good = [UInt8](try small())
    for place in good.indices {
      for mask: UInt8 in [1, 0x20, 0x80, 0xff] {
        var bytes = good
        bytes[place] ^= mask
        _ = try isPicture(bytes)
      }
    }
  }

  /// With right checksums the wrong bytes get further than the first look.
  @Test func everyByteCanBeWrongWhereChecksumsAreRight() throws {
    let good = Chunk.all(in: try small())
    for index in good.indices {
      for place in good[index].data.indices {
        for mask: UInt8 in [1, 4, 0x20, 0x80, 0xff] {
          var chunks = good
          chunks[index].data[place] ^= mask
          _ = try isPicture(Chunk.signature + chunks.flatMap(\.bytes))
        }
      }
      for change in 0..<3 {
        var chunks = good
        if change == 0 { chunks.remove(at: index) }
        if change == 1 { chunks.insert(chunks[index], at: index) }
        if change == 2 { chunks[index].data = [] }
        _ = try isPicture(Chunk.signature + chunks.flatMap(\.bytes))
      }
    }
    #expect(try !isPicture(Chunk.signature))
    #expect(try !isPicture(Chunk.signature + good[0].bytes + Chunk(type: "IEND", data: []).bytes))
  }

  @Test func hugePicturesAreRefused() throws {
    for (width, height) in [(16385, 1), (1, 16385), (16384, 16384), (0x7fff_ffff, 0x7fff_ffff)] {
      var chunks = Chunk.all(in: try small())
      chunks[0].data.replaceSubrange(
        0..<8, with: Chunk.bytes(UInt32(width)) + Chunk.bytes(UInt32(height)))
      #expect(try !isPicture(Chunk.signature + chunks.flatMap(\.bytes)))
    }
  }

  @Test func textsThatUnpackToTooMuchAreLeftOut() throws {
    let zlib = Chunk.zlib(97, times: 100_000_000)
    #expect(zlib.count < 700_000)
    let bombs = [
      Chunk(type: "zTXt", data: Array("bomb".utf8) + [0, 0] + zlib),
      Chunk(type: "iTXt", data: Array("bomb".utf8) + [0, 1, 0, 0, 0] + zlib),
    ]
    let read = try PNG.decode(Chunk.insert(bombs, into: small()), name: "x.png")
    #expect(Set(read.text) == Set(texts))
  }

  @Test func manyTextsUnpackToNoMoreThanAll() throws {
    let zlib = Chunk.zlib(97, times: 1_000_000)
    for (count, most) in [(3, 3), (100, 8)] {
      let bombs = (0..<count).map {
        Chunk(type: "zTXt", data: Array("bomb \($0)".utf8) + [0, 0] + zlib)
      }
      let read = try PNG.decode(Chunk.insert(bombs, into: small()), name: "x.png")
      let kept = read.text.filter { $0.keyword.hasPrefix("bomb") }
      #expect(kept.count == most)
      #expect(kept.allSatisfy { $0.text.utf8.count == 1_000_000 })
      #expect(Set(read.text).isSuperset(of: texts))
    }
    let words = (0..<5000).map { Chunk(type: "tEXt", data: Array("k\($0)".utf8) + [0, 97]) }
    let read = try PNG.decode(Chunk.insert(words, into: small()), name: "x.png")
    #expect(read.text.count == 128)
  }

  @Test func textsBehindThePixelsAreReadToo() throws {
    var chunks = Chunk.all(in: try small())
    chunks.insert(Chunk(type: "tEXt", data: Array("late".utf8) + [0, 97]), at: chunks.count - 1)
    let read = try PNG.decode(Data(Chunk.signature + chunks.flatMap(\.bytes)), name: "x.png")
    #expect(Set(read.text) == Set(texts + [TextChunk(keyword: "late", text: "a")]))
  }
}
