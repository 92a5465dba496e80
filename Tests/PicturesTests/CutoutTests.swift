import Pictures
import Testing

@Suite struct CutoutTests {
  private func cutout(_ width: Int, _ height: Int, _ pixel: (Int, Int) -> [UInt8]) -> Cutout {
    Cutout(
      width: width, height: height,
      pixels: (0..<(width * height)).flatMap { pixel($0 % width, $0 / width) })
  }

  @Test func theMiddleSquareIsKept() {
    let wide = cutout(9, 4) { x, y in [UInt8(x), UInt8(y), 0, 255] }
    #expect(
      wide.centerSquare(side: 4) == cutout(4, 4) { x, y in [UInt8(x + 2), UInt8(y), 0, 255] })
    let tall = cutout(2, 7) { x, y in [UInt8(x), UInt8(y), 0, 255] }
    #expect(
      tall.centerSquare(side: 2) == cutout(2, 2) { x, y in [UInt8(x), UInt8(y + 2), 0, 255] })
  }

  /// Half the light is 188 as sRGB writes it.
  @Test func shrinkingAveragesLight() {
    let stripes = cutout(8, 8) { x, _ in [UInt8](repeating: x % 2 == 0 ? 0 : 255, count: 3) + [255]
    }
    let small = stripes.resized(width: 4, height: 4)
    #expect(small.isOpaque)
    for place in stride(from: 0, to: small.pixels.count, by: 4) {
      #expect(abs(Int(small.pixels[place]) - 188) <= 1)
    }
  }

  /// Invisible pixels must not contribute colour: no dark or green edges around a cut-out.
  @Test func hiddenColoursDoNotBleed() {
    let edge = cutout(4, 4) { x, _ in x % 2 == 0 ? [200, 40, 90, 255] : [0, 255, 0, 0] }
    let small = edge.resized(width: 2, height: 2)
    for place in stride(from: 0, to: small.pixels.count, by: 4) {
      let pixel = small.pixels[place..<(place + 4)].map(Int.init)
      for (found, wanted) in zip(pixel, [200, 40, 90, 128]) { #expect(abs(found - wanted) <= 1) }
    }
    let nothing = cutout(4, 4) { _, _ in [9, 9, 9, 0] }.resized(width: 3, height: 3)
    #expect(nothing == cutout(3, 3) { _, _ in [0, 0, 0, 0] })
  }

  @Test func plainStaysPlainAtAnySize() {
    let plain = cutout(7, 5) { _, _ in [120, 30, 250, 77] }
    for (width, height) in [(1, 1), (64, 64), (3, 11), (7, 5), (100, 2)] {
      let other = plain.resized(width: width, height: height)
      #expect((other.width, other.height) == (width, height))
      for place in stride(from: 0, to: other.pixels.count, by: 4) {
        let pixel = other.pixels[place..<(place + 4)].map(Int.init)
        for (found, wanted) in zip(pixel, [120, 30, 250, 77]) { #expect(abs(found - wanted) <= 1) }
      }
    }
    #expect(plain.resized(width: 0, height: 3).pixels.isEmpty)
    #expect(cutout(0, 0) { _, _ in [] }.centerSquare(side: 4).pixels.isEmpty)
  }

  /// An opaque cut-out is resized as a picture without alpha is.
  @Test func itAgreesWithPictures() {
    let values = (0..<(30 * 17 * 3)).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    let picture = Picture(width: 30, height: 17, pixels: values).resized(width: 11, height: 8)
    let same = cutout(30, 17) { x, y in
      let place = (y * 30 + x) * 3
      return [values[place], values[place + 1], values[place + 2], 255]
    }.resized(width: 11, height: 8)
    for index in 0..<(11 * 8 * 3) {
      let found = Int(same.pixels[index / 3 * 4 + index % 3])
      #expect(abs(found - Int(picture.pixels[index])) <= 1)
    }
  }
}
