import Foundation
import Pictures
import Testing

/// Animations in all formats: their frames, durations, and the text in the file.
@Suite struct AnimationTests {
  private let settings = "a red apple, 風車\nSteps: 3, Sampler: Euler a, Seed: 5"

  private func noise(_ seed: UInt32, width: Int = 40, height: Int = 30) -> Picture {
    var state = seed
    return Picture(
      width: width, height: height,
      pixels: (0..<(width * height * 3)).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      })
  }

  /// 200 colours.
  private func plain(_ shift: Int) -> Picture {
    Picture(
      width: 40, height: 30,
      pixels: (0..<1200).flatMap { index -> [UInt8] in
        let color = index % 200 + shift
        return [UInt8(color), UInt8(255 - color), UInt8(color / 3)]
      })
  }

  private func first(_ data: Data) throws -> Picture {
    try PictureFile.decode(data, name: "x").over(SIMD3(0, 0, 0))
  }

  private func encode(
    _ format: AnimationFormat, _ frames: [Picture], _ times: [Int]
  ) throws -> Data {
    try format.encode(
      frames, milliseconds: times, text: [TextChunk(keyword: "parameters", text: settings)])
  }

  @Test func endingsStandForFormats() {
    let names = ["png", "APNG", "gif", "WebP", "mp4", ""]
    let formats: [AnimationFormat?] = [.png, .png, .gif, .webp, nil, nil]
    #expect(names.map(AnimationFormat.init(pathExtension:)) == formats)
  }

  @Test(arguments: AnimationFormat.allCases)
  func theTextIsReadAgain(_ format: AnimationFormat) throws {
    let data = try encode(format, [plain(0), plain(9)], [80, 2000])
    #expect(try PictureTexts.read(data, name: "x").map(\.text).contains(settings))
    let shown = format == .png ? plain(9) : plain(0)
    #expect(try first(data) == shown, "programs without animation show the end of a PNG")
  }

  /// The times of a GIF's frames and its palettes, from the blocks of the file.
  private func blocks(_ data: Data) -> (times: [Int], palettes: [Int], loops: [Int]) {
    let bytes = [UInt8](data)
    var (times, palettes, loops): ([Int], [Int], [Int]) = ([], [], [])
    var place = 13 + (bytes[10] & 0x80 == 0 ? 0 : 3 << (Int(bytes[10] & 7) + 1))
    func skipBlocks() {
      while place < bytes.count, bytes[place] != 0 { place += 1 + Int(bytes[place]) }
      place += 1
    }
    while place < bytes.count, bytes[place] != 0x3b {
      if bytes[place] == 0x21 {
        if bytes[place + 1] == 0xf9 {
          times.append(Int(bytes[place + 4]) | Int(bytes[place + 5]) << 8)
        }
        if bytes[place + 1] == 0xff { loops.append(Int(bytes[place + 16])) }
        place += 2
      } else {
        let colors = 2 << Int(bytes[place + 9] & 7)
        palettes.append(bytes[place + 9] & 0x80 == 0 ? 0 : colors)
        place += 11 + colors * 3
      }
      skipBlocks()
    }
    return (times, palettes, loops)
  }

  @Test func gifFramesHaveTheirTimesAndPalettes() throws {
    let two = Picture(
      width: 40, height: 30, pixels: (0..<3600).map { $0 / 3 % 2 == 0 ? 0 : 255 })
    let data = try encode(.gif, [noise(1), plain(0), two], [80, 1, 2000])
    let found = blocks(data)
    #expect(found.times == [8, 2, 200])
    #expect(found.palettes == [256, 256, 2])
    #expect(found.loops == [0], "without end")
    #expect(data.last == 0x3b)
  }

  @Test func gifsKeepFewColours() throws {
    for picture in [plain(0), plain(50), Picture(width: 1, height: 1, pixels: [1, 2, 3])] {
      #expect(try first(encode(.gif, [picture], [80])) == picture)
    }
  }

  /// Noise has more colours than a frame can: the mean error stays small, and a plain area keeps its colour.
  @Test func gifsReduceManyColours() throws {
    var picture = noise(7, width: 64, height: 64)
    let red: [UInt8] = [220, 30, 40]
    for pixel in 0..<(64 * 32) {
      picture.pixels.replaceSubrange(pixel * 3..<pixel * 3 + 3, with: red)
    }
    let shown = try first(encode(.gif, [picture], [80]))
    let errors = zip(picture.pixels, shown.pixels).map { abs(Int($0) - Int($1)) }
    #expect(errors[..<(64 * 32 * 3)].max() ?? 255 <= 4)
    let mean = Double(errors[(64 * 32 * 3)...].reduce(0, +)) / Double(64 * 32 * 3)
    #expect(mean < 16, "\(mean)")
    let colors = Set(
      stride(from: 0, to: shown.pixels.count, by: 3).map { Array(shown.pixels[$0..<($0 + 3)]) })
    #expect(colors.count <= 256 && colors.count > 200, "\(colors.count)")
  }

  @Test func webPFramesAreWithoutLoss() throws {
    let data = try encode(.webp, [noise(3), plain(0), noise(4)], [80, 90, 2000])
    #expect(try first(data) == noise(3))
    let bytes = [UInt8](data)
    let frames = bytes.indices.filter { bytes[$0...].starts(with: Array("ANMF".utf8)) }
    let times = frames.map { Int(bytes[$0 + 20]) | Int(bytes[$0 + 21]) << 8 }
    #expect(times == [80, 90, 2000])
  }

  @Test(arguments: AnimationFormat.allCases)
  func whatIsNoAnimationIsRefused(_ format: AnimationFormat) {
    let cases: [([Picture], [Int], String)] = [
      ([], [], "no frames"), ([plain(0)], [], "durations for 0"),
      ([plain(0), noise(1, width: 8)], [1, 1], "frame 2 is 8x30, but the first is 40x30"),
    ]
    for (frames, times, reason) in cases {
      #expect {
        try encode(format, frames, times)
      } throws: {
        "\($0)".hasPrefix("the animation cannot be written") && "\($0)".contains(reason)
      }
    }
  }

  /// Larger than the format can be, though it is one row only.
  @Test func framesThatAreTooLargeAreRefused() {
    let wide = Picture(width: 16384, height: 1, pixels: Array(repeating: 0, count: 16384 * 3))
    #expect {
      try encode(.webp, [wide], [1])
    } throws: {
      "\($0)".contains("16384x1 pixels; the format allows 1 to 16383 a side")
    }
  }
}
