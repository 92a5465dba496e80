import Cells
import Pictures
import Testing

@testable import Terminal

/// The bytes of a frame in each protocol, beside half blocks.
@Suite struct PixelBudgetTests {
  private static let rows = 40

  /// The bytes of frames that follow one another.
  private static func halves(_ pictures: [Picture]) -> [Int] {
    var writer = PictureWriter()
    var old: CellBuffer?
    return pictures.map { picture in
      let frame = frame(picture, .halves)
      let touched = Array(repeating: false, count: rows)
      defer { old = frame }
      return writer.sequences(frame, over: old, touched: touched, cursor: (0, 0)).count
    }
  }

  private static func pixels(_ pictures: [Picture], _ used: GraphicsProtocol) -> [Int] {
    var writer = GraphicsWriter(used, PixelFacts())
    return pictures.enumerated().map { index, picture in
      writer.bytes(
        frame(picture, .pixels), isNew: index == 0, touched: Array(repeating: false, count: rows)
      ).count
    }
  }

  private static func frame(_ picture: Picture, _ glyphs: GlyphSet) -> CellBuffer {
    var frame = CellBuffer(width: 80, height: rows)
    CellArt(glyphs).draw(
      picture, in: Rect(x: 0, y: 1, width: 80, height: 34), into: &frame)
    return frame
  }

  /// The steps of a run as far as bytes go: noise that gives way to a smooth picture.
  private static let run: [Picture] = (0...4).map { step in
    let noise = KittyTests.picture(64, seed: UInt64(step + 1))
    return Picture(
      width: 64, height: 64,
      pixels: noise.pixels.enumerated().map { place, value in
        let (x, y) = (place / 3 % 64, place / 192)
        let isDisc = (x - 32) * (x - 32) + (y - 30) * (y - 30) < 400
        let smooth = isDisc ? 60 + 2 * x + 30 * (place % 3) : 200 - y / 2
        return UInt8((Int(value) * (4 - step) + smooth * step) / 4)
      })
  }

  @Test(arguments: [GraphicsProtocol.kitty, .iterm])
  func aPictureCostsAtMostAQuarterOfHalfBlocks(used: GraphicsProtocol) {
    let (pixels, halves) = (Self.pixels(Self.run, used), Self.halves(Self.run))
    for (pixels, halves) in zip(pixels, halves).dropLast() {
      #expect(4 * pixels <= halves, "\(used): \(pixels) of \(halves) bytes")
    }
    // The last is flat in places, where half blocks are short as well.
    #expect(2 * (pixels.last ?? 0) <= halves.last ?? 0)
  }

  @Test func sixelCostsLessThanHalfBlocks() {
    let (pixels, halves) = (Self.pixels(Self.run, .sixel), Self.halves(Self.run))
    #expect(pixels.reduce(0, +) < halves.reduce(0, +), "\(pixels) of \(halves)")
  }

  /// What kitty keeps is not sent again.
  @Test func scrubbingBackCostsNextToNothing() {
    let forth = Self.pixels(Self.run + Self.run.reversed(), .kitty)
    #expect(forth.dropFirst(Self.run.count + 1).allSatisfy { $0 < 2000 })
  }
}
