import Foundation
import Pictures
import Testing

/// Bitmaps that Pillow does not write.
@Suite struct BMPTests {
  private func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  /// A file with BITMAPINFOHEADER; `fields` is between the headers and the pixels.
  private func file(
    _ width: Int, _ height: Int, bits: Int, compression: Int = 0, colors: Int = 0,
    fields: [UInt8] = [], offset: Int? = nil, pixels: [UInt8]
  ) -> Data {
    let header =
      number(40, 4) + number(width, 4) + number(height, 4) + number(1, 2) + number(bits, 2)
      + number(compression, 4) + number(0, 12) + number(colors, 4) + number(0, 4)
    let start = offset ?? 14 + header.count + fields.count
    return Data(Array("BM".utf8) + number(0, 8) + number(start, 4) + header + fields + pixels)
  }

  private func read(_ data: Data) throws -> [[UInt8]] {
    let picture = try PictureFile.decode(data, name: "x.bmp")
    return stride(from: 0, to: picture.pixels.count, by: 4).map {
      Array(picture.pixels[$0..<($0 + 4)])
    }
  }

  @Test func rowsAreFilledUpToFourBytes() throws {
    let row: (UInt8) -> [UInt8] = { [3, 2, $0, 6, 5, $0, 9, 8, $0, 99, 99, 99] }
    #expect(
      try read(file(3, 2, bits: 24, pixels: row(20) + row(10))) == [
        [10, 2, 3, 255], [10, 5, 6, 255], [10, 8, 9, 255], [20, 2, 3, 255], [20, 5, 6, 255],
        [20, 8, 9, 255],
      ])
  }

  @Test func sixteenBitsAreSpreadOverEight() throws {
    let pixels = number(0x7fff, 2) + number(0x7c00, 2) + number(0x0200, 2) + number(1, 2)
    #expect(
      try read(file(4, 1, bits: 16, pixels: pixels)) == [
        [255, 255, 255, 255], [255, 0, 0, 255], [0, 132, 0, 255], [0, 0, 8, 255],
      ])
    let masks = number(0xf800, 4) + number(0x07e0, 4) + number(0x001f, 4)
    let wide = number(0xf81f, 2) + number(0x07e0, 2)
    #expect(
      try read(file(2, 1, bits: 16, compression: 3, fields: masks, pixels: wide)) == [
        [255, 0, 255, 255], [0, 255, 0, 255],
      ])
  }

  /// A header may have room for alpha that no pixel has: they are seen all the same.
  @Test func alphaThatIsNowhereIsNone() throws {
    let masks = number(0xff0000, 4) + number(0xff00, 4) + number(0xff, 4) + number(0xff00_0000, 4)
    let plain = file(
      2, 1, bits: 32, compression: 6, fields: masks, pixels: [3, 2, 1, 0, 6, 5, 4, 0])
    #expect(try read(plain) == [[1, 2, 3, 255], [4, 5, 6, 255]])
    let mixed = file(
      2, 1, bits: 32, compression: 6, fields: masks, pixels: [3, 2, 1, 0, 6, 5, 4, 9])
    #expect(try read(mixed) == [[1, 2, 3, 0], [4, 5, 6, 9]])
  }

  @Test func theOldestHeaderIsRead() throws {
    let header = number(12, 4) + number(3, 2) + number(1, 2) + number(1, 2) + number(4, 2)
    let palette: [UInt8] = (0..<16).flatMap { [UInt8($0), UInt8($0 * 2), UInt8($0 * 3)] }
    let start = 14 + header.count + palette.count
    let data = Data(
      Array("BM".utf8) + number(0, 8) + number(start, 4) + header + palette + [0x1f, 0x70, 0, 0])
    #expect(try read(data) == [[3, 2, 1, 255], [45, 30, 15, 255], [21, 14, 7, 255]])
  }

  @Test func coloursThatThePaletteLacksAreBlack() throws {
    let palette: [UInt8] = [9, 8, 7, 0, 6, 5, 4, 0]
    let data = file(3, 1, bits: 8, colors: 2, fields: palette, pixels: [1, 0, 200, 0])
    #expect(try read(data) == [[4, 5, 6, 255], [7, 8, 9, 255], [0, 0, 0, 255]])
  }

  @Test func headersThatMakeNoSenseAreRefused() {
    let four: [UInt8] = [0, 0, 0, 0]
    let gaps = number(0xf0f000, 4) + number(0xff00, 4) + number(0xff, 4)
    let cases: [(Data, String)] = [
      (file(1, 1, bits: 8, compression: 1, fields: four, pixels: four), "compressed (kind 1)"),
      (file(1, 1, bits: 24, compression: 3, pixels: four), "compressed (kind 3)"),
      (file(-1, 1, bits: 24, pixels: four), "-1x1"), (file(1, 0, bits: 24, pixels: four), "1x0"),
      (file(1, 1, bits: 12, pixels: four), "12 bits"),
      (file(1, 1, bits: 8, colors: 257, pixels: four), "257 colours for 8 bits"),
      (file(1, 1, bits: 8, pixels: four), "ends too early"),
      (file(1, 2, bits: 24, pixels: four), "ends too early"),
      (file(1, 1, bits: 24, offset: 0xffff_fff0, pixels: four), "ends too early"),
      (file(1, 1, bits: 32, compression: 3, fields: gaps, pixels: four), "mask with gaps"),
      (file(1, -0x8000_0000, bits: 24, pixels: four), "found 1x2147483648"),
      (file(0x7fff_ffff, 0x7fff_ffff, bits: 32, pixels: four), "found 2147483647x2147483647"),
    ]
    for (data, reason) in cases {
      #expect {
        try PictureFile.decode(data, name: "x.bmp")
      } throws: {
        "\($0)".contains(reason)
      }
    }
  }
}
