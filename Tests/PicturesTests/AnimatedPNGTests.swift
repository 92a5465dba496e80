import Foundation
import Pictures
import Testing

@Suite struct AnimatedPNGTests {
  private func number(_ bytes: some Sequence<UInt8>) -> Int { Chunk.number(bytes) }

  /// The chunks of a file, with correct lengths and checksums.
  private func chunks(_ data: Data) throws -> [Chunk] {
    let chunks = Chunk.all(in: data)
    #expect(Data(Chunk.signature + chunks.flatMap(\.bytes)) == data)
    return chunks
  }

  private func frame(_ shade: Int, side: Int = 8) -> Picture {
    Picture(
      width: side, height: side,
      pixels: (0..<(side * side * 3)).map { UInt8(truncatingIfNeeded: $0 * shade + shade) })
  }

  @Test func theStillPictureIsNoFrame() throws {
    let text = [
      TextChunk(keyword: "parameters", text: "a red apple"), .init(keyword: "k", text: "り"),
    ]
    let data = try AnimatedPNG.encode(
      [frame(1), frame(2), frame(3)], milliseconds: [0, 250, 100_000], loops: 4, text: text,
      still: frame(9))
    let chunks = try chunks(data)
    let order = chunks.map(\.type).filter { !["sRGB", "gAMA", "cHRM"].contains($0) }
    #expect(
      order == [
        "IHDR", "acTL", "tEXt", "iTXt", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "fcTL", "fdAT",
        "IEND",
      ])
    let controls = chunks.filter { $0.type == "fcTL" }.map(\.data)
    #expect(controls.allSatisfy { $0.count == 26 && number($0[4..<8]) == 8 })
    #expect(controls.map { number($0[20..<22]) } == [10, 250, 65535])
    #expect(controls.allSatisfy { number($0[22..<24]) == 1000 })
    let animation = try #require(chunks.first { $0.type == "acTL" }).data
    #expect(animation == [0, 0, 0, 3, 0, 0, 0, 4])
    let read = try PNG.decode(data, name: "x.png")
    #expect(read.picture == frame(9))
    #expect(Set(read.text) == Set(text))
  }

  @Test func withoutAStillPictureTheFirstFrameIsIt() throws {
    let data = try AnimatedPNG.encode([frame(1), frame(2)], milliseconds: [40, 40])
    let order = try chunks(data).map(\.type).filter { $0 != "sRGB" && $0 != "gAMA" && $0 != "cHRM" }
    #expect(order == ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "IEND"])
    #expect(try PNG.decode(data, name: "x.png").picture == frame(1))
  }

  /// Every `fcTL` and `fdAT` counts one further, and a frame's parts make a picture when taken alone.
  @Test func framesOfManyChunksAreCountedThrough() throws {
    var state: UInt32 = 3
    let frames = (0..<3).map { _ in
      Picture(
        width: 90, height: 90,
        pixels: (0..<(90 * 90 * 3)).map { _ in
          state = state &* 1_664_525 &+ 1_013_904_223
          return UInt8(state >> 24)
        })
    }
    for still in [nil, frames[2]] {
      let data = try AnimatedPNG.encode(frames, milliseconds: [50, 50, 50], still: still)
      let chunks = try chunks(data)
      let counted = chunks.filter { $0.type == "fcTL" || $0.type == "fdAT" }
      #expect(counted.map { number($0.data[0..<4]) } == Array(0..<counted.count))
      #expect(chunks.filter { $0.type == "fdAT" }.count > 4)
      let own = try self.chunks(PNG.encode(frames[2])).filter { $0.type == "IDAT" }
      let last = try #require(chunks.lastIndex { $0.type == "fcTL" })
      let parts = chunks[(last + 1)...].filter { $0.type == "fdAT" }
      #expect(parts.flatMap { $0.data.dropFirst(4) } == own.flatMap(\.data))
    }
  }

  @Test func whatIsNoAnimationIsRefused() {
    let cases: [([Picture], [Int], Picture?, String)] = [
      ([], [], nil, "no frames"), ([frame(1)], [], nil, "durations for 0"),
      ([frame(1), frame(1, side: 9)], [1, 1], nil, "frame 2 is 9x9, but the first is 8x8"),
      ([frame(1)], [1], frame(1, side: 9), "the still picture is 9x9"),
    ]
    for (frames, times, still, reason) in cases {
      #expect {
        try AnimatedPNG.encode(frames, milliseconds: times, still: still)
      } throws: {
        "\($0)".contains(reason) && "\($0)".contains("the animation cannot be written")
      }
    }
  }
}
