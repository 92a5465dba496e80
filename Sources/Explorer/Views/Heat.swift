import Pictures

/// Colours for amounts, from dark grey to bright amber.
///
/// They have one hue, and their lightness in OKLCH (Ottosson 2020) rises evenly, so they are distinguishable on light
/// and dark terminals, with few colours, and without colours.
enum Heat {
  /// Amber of hue 65 degrees, with lightness from 0.26 to 0.86.
  private static let ramp: [SIMD3<Float>] = [
    SIMD3(55, 29, 0), SIMD3(79, 46, 6), SIMD3(107, 62, 3), SIMD3(133, 81, 19), SIMD3(164, 99, 17),
    SIMD3(195, 118, 10),
    SIMD3(224, 139, 33), SIMD3(254, 160, 50), SIMD3(255, 196, 138),
  ]

  /// The colour of a value from 0 to 1 over a picture's grey, 0 to 255. The lower the value, the more of the picture
  /// shows through. The picture stays dark, so that nothing in it looks like heat.
  static func color(_ value: Float, over grey: Float) -> SIMD3<UInt8> {
    let value = value.isFinite ? max(0, min(1, value)) : 0
    let place = value * Float(ramp.count - 1)
    let lower = min(ramp.count - 2, Int(place))
    let own = ramp[lower] + (ramp[lower + 1] - ramp[lower]) * (place - Float(lower))
    let dark = SIMD3<Float>(repeating: 0.3 * grey)
    let mixed = (dark + (own - dark) * min(1, 1.5 * value)).clamped(
      lowerBound: .zero, upperBound: SIMD3(repeating: 255))
    return SIMD3(UInt8(mixed.x.rounded()), UInt8(mixed.y.rounded()), UInt8(mixed.z.rounded()))
  }

  /// The colours from low to high, one for each column, two rows high.
  static func scale(steps: Int) -> Picture {
    let row = (0..<steps).flatMap { step -> [UInt8] in
      let color = color(Float(step) / Float(max(1, steps - 1)), over: 96)
      return [color.x, color.y, color.z]
    }
    return Picture(width: steps, height: 2, pixels: row + row)
  }
}

extension Picture {
  /// The picture, shrunk if it is wider than the given number of pixels.
  func reduced(to most: Int) -> Picture {
    width <= most ? self : resized(width: most, height: max(1, height * most / width))
  }

  /// The picture in dark grey with the heat map of a word on top: no heat at the map's minimum, full heat at its
  /// maximum, with the map's values interpolated.
  func heated(by finding: WordsFinding, word: Int) -> Picture {
    let (columns, rows) = (finding.width, finding.height)
    guard finding.maps.indices.contains(word) else { return self }
    let map = finding.maps[word]
    guard columns > 0, rows > 0, map.count == columns * rows, let least = map.min(),
      let most = map.max(), most > least
    else { return self }
    func mixed(_ one: Float, _ other: Float, _ share: Float) -> Float {
      one + (other - one) * share
    }
    var result = self
    for y in 0..<height {
      let (top, bottom, down) = Self.neighbours(y, of: height, among: rows)
      for x in 0..<width {
        let (left, right, across) = Self.neighbours(x, of: width, among: columns)
        let upper = mixed(map[top * columns + left], map[top * columns + right], across)
        let lower = mixed(map[bottom * columns + left], map[bottom * columns + right], across)
        let value = (mixed(upper, lower, down) - least) / (most - least)
        let place = (y * width + x) * 3
        let grey =
          Float(pixels[place]) * 0.3 + Float(pixels[place + 1]) * 0.59 + Float(pixels[place + 2])
          * 0.11
        let color = Heat.color(value, over: grey)
        result.pixels[place] = color.x
        result.pixels[place + 1] = color.y
        result.pixels[place + 2] = color.z
      }
    }
    return result
  }

  /// The two map values on either side of a pixel, and how far the pixel is from the first towards the second.
  private static func neighbours(
    _ pixel: Int, of pixels: Int, among count: Int
  ) -> (first: Int, second: Int, share: Float) {
    let place = max(
      0, min(Float(count - 1), (Float(pixel) + 0.5) * Float(count) / Float(pixels) - 0.5))
    let first = min(count - 1, Int(place))
    return (first, min(count - 1, first + 1), place - Float(first))
  }
}
