import Foundation
import Pictures
import Testing

@Suite struct PNGTests {
  static func gradient(_ width: Int, _ height: Int) -> Picture {
    Picture(
      width: width, height: height,
      pixels: (0..<(width * height)).flatMap { i in
        [UInt8(truncatingIfNeeded: i), UInt8(truncatingIfNeeded: i * 7), UInt8(i % 3 * 100)]
      })
  }

  @Test func picturesAndTextsComeBack() throws {
    let picture = Self.gradient(17, 9)
    let texts = [
      TextChunk(keyword: "parameters", text: "a red apple\nSteps: 20, caf\u{e9}"),
      TextChunk(keyword: "other", text: "りんご 🍎"),
    ]
    let data = try PNG.encode(picture, text: texts)
    let read = try PNG.decode(data, name: "x.png")
    #expect(read.picture == picture)
    #expect(Set(read.text) == Set(texts))
  }

  @Test func whatIsNoPNGIsRefused() throws {
    for data in [Data(), Data("hello".utf8), Data([0x89, 0x50])] {
      #expect(throws: PNGError.self) { try PNG.decode(data, name: "x.png") }
    }
  }

  /// Any bytes at all give a picture or an error.
  @Test func brokenFilesNeverTrap() throws {
    let good = [UInt8](
      try PNG.encode(Self.gradient(20, 20), text: [TextChunk(keyword: "k", text: "words")]))
    var state: UInt64 = 5
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    for length in stride(from: 0, to: good.count, by: 5) {
      _ = try? PNG.decode(Data(good[..<length]), name: "cut")
    }
    for _ in 0..<600 {
      var bytes = good
      for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
      _ = try? PNG.decode(Data(bytes), name: "mutated")
    }
    #expect(throws: PNGError.self) { try PNG.decode(Data(good[..<60]), name: "cut") }
  }

  @Test func enlargingAndShrinking() {
    let picture = Self.gradient(4, 4)
    let large = picture.enlarged(by: 3)
    #expect((large.width, large.height) == (12, 12))
    #expect(large.pixels[(5 * 12 + 7) * 3] == picture.pixels[(1 * 4 + 2) * 3])
    #expect(large.resized(width: 4, height: 4) == picture)
  }

  /// Fine black and white stripes are half the light, which sRGB encodes as 188.
  @Test func shrinkingAveragesLight() {
    let stripes = Picture(
      width: 8, height: 2, pixels: (0..<16).flatMap { [UInt8](repeating: $0 % 2 * 255, count: 3) })
    let small = stripes.resized(width: 4, height: 1)
    #expect(small.pixels.allSatisfy { abs(Int($0) - 188) <= 1 })
  }
}
