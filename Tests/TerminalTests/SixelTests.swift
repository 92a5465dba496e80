import Cells
import Pictures
import Testing

@testable import Terminal

extension Sixel {
  /// An image of one picture.
  static func encode(
    _ picture: Picture, width: Int, height: Int, left: Int = 0, top: Int = 0, colors: Int = 256
  ) -> [UInt8] {
    let tile = Tile(picture, x: left, y: top, width: width, height: height)
    return encode(tile.map { [$0] } ?? [], colors: colors)
  }
}

/// Sixel pictures, read back by a decoder of their own.
@Suite struct SixelTests {
  /// A sixel picture as a terminal shows it: colours in percent, `nil` where nothing is painted.
  struct Decoded {
    var width = 0
    var height = 0
    var pixels: [[SIMD3<Int>?]] = []
    var colors = 0
    /// The lowest row that anything was painted in.
    var lowest = -1

    init?(_ bytes: [UInt8]) {
      let text = String(decoding: bytes, as: UTF8.self)
      guard text.hasPrefix("\u{1b}P7;1q\"1;1;"), text.hasSuffix("\u{1b}\\") else { return nil }
      var rest = Array(text.dropFirst("\u{1b}P7;1q".count).dropLast(2).utf8)[...]
      func numbers() -> [Int] {
        var numbers = [0]
        while let byte = rest.first, byte == UInt8(ascii: ";") || (0x30...0x39).contains(byte) {
          if byte == UInt8(ascii: ";") {
            numbers.append(0)
          } else {
            numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte) - 0x30
          }
          rest.removeFirst()
        }
        return numbers
      }
      var registers: [Int: SIMD3<Int>] = [:]
      var (color, x, y, count) = (0, 0, 0, 1)
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "\""):
          let parts = numbers()
          guard parts.count == 4 else { return nil }
          (width, height) = (parts[2], parts[3])
          pixels = Array(repeating: Array(repeating: nil, count: width), count: height)
        case UInt8(ascii: "#"):
          let parts = numbers()
          color = parts[0]
          if parts.count == 5 {
            guard parts[1] == 2 else { return nil }
            registers[color] = SIMD3(parts[2], parts[3], parts[4])
          }
        case UInt8(ascii: "!"): count = numbers()[0]
        case UInt8(ascii: "$"): x = 0
        case UInt8(ascii: "-"): (x, y) = (0, y + 6)
        case 63...126:
          for column in x..<(x + count) {
            for bit in 0..<6 where (byte - 63) >> bit & 1 == 1 {
              // Outside, or painted twice: a waste, if nothing worse.
              guard y + bit < height, column < width, pixels[y + bit][column] == nil,
                let painted = registers[color]
              else { return nil }
              pixels[y + bit][column] = painted
              lowest = max(lowest, y + bit)
            }
          }
          (x, count) = (x + count, 1)
        default: return nil
        }
      }
      colors = registers.count
    }
  }

  private static func percent(_ picture: Picture, x: Int, y: Int) -> SIMD3<Int> {
    let place = 3 * (y * picture.width + x)
    func part(_ offset: Int) -> Int { (Int(picture.pixels[place + offset]) * 100 + 127) / 255 }
    return SIMD3(part(0), part(1), part(2))
  }

  /// A picture with no more colours than there are registers.
  private static func drawing(width: Int, height: Int) -> Picture {
    Picture(
      width: width, height: height,
      pixels: (0..<(width * height)).flatMap { place -> [UInt8] in
        let color = (place * place + 3 * place) % 200
        return [UInt8(color), UInt8(255 - color), UInt8(color * 7 % 256)]
      })
  }

  @Test(arguments: [(5, 7, 5, 7), (8, 8, 72, 76), (16, 9, 33, 20), (1, 1, 1, 1), (7, 3, 700, 5)])
  func everyPixelIsWhereItBelongs(width: Int, height: Int, shownWidth: Int, shownHeight: Int) throws
  {
    let picture = Self.drawing(width: width, height: height)
    let bytes = Sixel.encode(picture, width: shownWidth, height: shownHeight, left: 3, top: 4)
    let decoded = try #require(Decoded(bytes))
    #expect(decoded.width == shownWidth + 3 && decoded.height == shownHeight + 4)
    for y in 0..<decoded.height {
      for x in 0..<decoded.width {
        let isInside = x >= 3 && y >= 4
        let expected =
          isInside
          ? Self.percent(
            picture, x: (x - 3) * width / shownWidth, y: (y - 4) * height / shownHeight) : nil
        guard decoded.pixels[y][x] == expected else {
          Issue.record("\(x), \(y): \(String(describing: decoded.pixels[y][x]))")
          return
        }
      }
    }
  }

  /// Pictures side by side, whose pixels do not begin in the same columns and rows.
  @Test func severalPicturesAreOneImage() throws {
    let pictures = [Self.drawing(width: 5, height: 4), Self.drawing(width: 8, height: 8)]
    let places = [(x: 2, y: 3, width: 24, height: 21), (x: 30, y: 0, width: 37, height: 40)]
    let tiles = zip(pictures, places).compactMap { picture, place in
      Sixel.Tile(picture, x: place.x, y: place.y, width: place.width, height: place.height)
    }
    let decoded = try #require(Decoded(Sixel.encode(tiles)))
    #expect(decoded.width == 67 && decoded.height == 40)
    for y in 0..<decoded.height {
      for x in 0..<decoded.width {
        var expected: SIMD3<Int>?
        for (picture, place) in zip(pictures, places) {
          let (column, row) = (x - place.x, y - place.y)
          guard (0..<place.width).contains(column), (0..<place.height).contains(row) else {
            continue
          }
          expected = Self.percent(
            picture, x: column * picture.width / place.width,
            y: row * picture.height / place.height)
        }
        guard decoded.pixels[y][x] == expected else {
          Issue.record("\(x), \(y): \(String(describing: decoded.pixels[y][x]))")
          return
        }
      }
    }
  }

  @Test func aLargePictureIsReduced() throws {
    let picture = KittyTests.picture(100)
    let decoded = try #require(Decoded(Sixel.encode(picture, width: 30, height: 30)))
    #expect(decoded.width == 30 && decoded.height == 30 && decoded.lowest == 29)
    #expect(decoded.pixels.allSatisfy { $0.allSatisfy { $0 != nil } })
  }

  @Test(arguments: [2, 16, 64, 256])
  func thePaletteIsBoundedAndNear(most: Int) throws {
    // 4096 colours: a plane of red and green.
    let picture = Picture(
      width: 64, height: 64,
      pixels: (0..<4096).flatMap { (place: Int) -> [UInt8] in
        [UInt8(place % 64 * 4), UInt8(place / 64 * 4), 128]
      })
    let palette = ColorPalette(picture.pixels, most: most)
    #expect(palette.colors.count <= most && palette.colors.count > most / 2)
    var error = 0.0
    for (place, index) in palette.pixels.enumerated() {
      let color = palette.colors[Int(index)]
      let (red, green) = (Int(picture.pixels[3 * place]), Int(picture.pixels[3 * place + 1]))
      let (ofRed, ofGreen) = (Int(color.red) - red, Int(color.green) - green)
      error += Double(ofRed * ofRed + ofGreen * ofGreen)
      #expect(color.blue == 128)
    }
    // Cells of a plane of 256 by 256 among so many colours: the error of a square is a sixth of its area.
    #expect(error / 4096 < 1.5 * 65536 / Double(most) / 6 + 16)
    let decoded = try #require(Decoded(Sixel.encode(picture, width: 64, height: 64, colors: most)))
    #expect(decoded.colors <= most)
  }

  @Test func fewColoursAreExactAndTheMostFrequentComesFirst() {
    var pixels = Array(repeating: UInt8(7), count: 300)
    pixels.replaceSubrange(0..<3, with: [1, 2, 3])
    let palette = ColorPalette(pixels, most: 256)
    #expect(palette.colors == [Color(7, 7, 7), Color(1, 2, 3)])
    #expect(palette.pixels[0] == 1 && palette.pixels[1...].allSatisfy { $0 == 0 })
  }

  @Test func emptyPicturesHaveNoBytes() {
    let none = Picture(width: 0, height: 0, pixels: [])
    #expect(Sixel.encode(none, width: 5, height: 5).isEmpty)
    #expect(Sixel.encode(KittyTests.picture(4), width: 0, height: 5).isEmpty)
    #expect(ColorPalette([], most: 9).colors.isEmpty)
  }

  @Test(arguments: [(10, 20), (9, 19), (7, 13), (16, 16)])
  func picturesKeepTheirProportions(width: Int, height: Int) throws {
    let cell = try #require(PixelSize(width: width, height: height))
    for (pictureWidth, pictureHeight) in [(64, 64), (64, 32), (30, 100)] {
      let picture = Picture(
        width: pictureWidth, height: pictureHeight,
        pixels: Array(repeating: 0, count: 3 * pictureWidth * pictureHeight))
      let place = CellArt().place(of: picture, in: Rect(x: 0, y: 0, width: 80, height: 40))
      let fit = PixelFit(picture, in: place, cell: cell)
      let (room, rows) = (place.width * width, place.height * height)
      #expect(fit.width == room || fit.height == rows)
      #expect(fit.width <= room && fit.height <= rows)
      let difference = abs(fit.width * pictureHeight - fit.height * pictureWidth)
      #expect(difference <= max(pictureWidth, pictureHeight))
      #expect(2 * fit.x + fit.width <= room && 2 * fit.y + fit.height <= rows)
      let small = PixelFit(
        picture, in: place, cell: cell, largest: PixelSize(width: 100, height: 100))
      #expect(max(small.width, small.height) == 100)
    }
  }
}
