import Pictures

/// Mixes few colours so that from a distance they look like many.
///
/// The method is Knoll's pattern dithering. For each colour, it finds sixteen palette colours whose mean is as close as
/// possible, each compensating the error of the previous ones. Sorted by luminance, they are laid over a 4x4 Bayer
/// matrix. Errors are summed in linear light, in which the eye mixes. A position and a colour always give the same
/// result, so a still picture stays still on the screen.
struct Dither: Sendable {
  private let palette: [Color]
  /// For each colour in 6 bits a channel, sixteen palette indices from dark to light.
  private let mixtures: [UInt8]

  /// The mixtures for a depth; `nil` if every colour can be shown exactly, or if there are no colours.
  static func of(_ depth: ColorDepth) -> Dither? {
    switch depth {
    case .trueColor, .none: nil
    case .palette256: palette256
    case .palette16: palette16
    case .palette8: palette8
    }
  }

  /// The palette colour for `color` at a position.
  func color(_ color: Color, x: Int, y: Int) -> Color {
    func level(_ value: UInt8) -> Int { (Int(value) * 63 + 127) / 255 }
    let index = level(color.red) << 12 | level(color.green) << 6 | level(color.blue)
    return palette[Int(mixtures[16 * index + Dither.bayer[(y & 3) * 4 + (x & 3)]])]
  }

  private static let palette256 = Dither(
    (0..<256).map { ColorDepth.color256(UInt8($0)) }, nearest: ColorDepth.xterm256)
  private static let palette16 = Dither(
    (0..<16).map { ColorDepth.color16(UInt8($0)) }, nearest: ColorDepth.ansi16)
  private static let palette8 = Dither(
    (0..<8).map { ColorDepth.color16(UInt8($0)) }, nearest: ColorDepth.ansi8)

  private static let bayer = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]

  /// - Parameter nearest: Returns the index of the palette colour nearest to a colour.
  private init(_ palette: [Color], nearest: (Color) -> UInt8) {
    self.palette = palette
    let lights = palette.map { color in
      SIMD3(
        Light.linear[Int(color.red)], Light.linear[Int(color.green)], Light.linear[Int(color.blue)])
    }
    let luminances = palette.map(\.luminance)
    let values = (0..<64).map { Light.linear[($0 * 255 + 31) / 63] }
    mixtures = [UInt8](unsafeUninitializedCapacity: 16 << 18) { mixtures, count in
      for index in 0..<(1 << 18) {
        let wanted = SIMD3(values[index >> 12], values[index >> 6 & 63], values[index & 63])
        var error = SIMD3<Float>.zero
        let start = 16 * index
        for place in 0..<16 {
          let target = wanted + error
          let found = nearest(
            Color(Light.encoded(target.x), Light.encoded(target.y), Light.encoded(target.z)))
          error += wanted - lights[Int(found)]
          // Inserted in order from dark to light.
          var free = start + place
          while free > start, luminances[Int(mixtures[free - 1])] > luminances[Int(found)] {
            mixtures[free] = mixtures[free - 1]
            free -= 1
          }
          mixtures[free] = found
        }
      }
      count = 16 << 18
    }
  }
}
