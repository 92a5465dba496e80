import Pictures

/// Few colours mixed so that from afar they look like many.
///
/// The method is Knoll's pattern dithering: for a colour, sixteen palette colours are found whose mean is as near as can
/// be, each making up for the error of those before; sorted by luminance, they are laid over a 4x4 Bayer matrix. Errors
/// are summed in linear light, in which the eye mixes. A place and a colour always give the same result, so that a
/// picture that stands still does so on the screen.
struct Dither: Sendable {
  /// For each colour in 5 bits a channel, the sixteen palette colours from dark to light.
  private let mixtures: [Color]

  /// The mixtures of a depth; `nil` where every colour can be shown as it is, or none can.
  static func of(_ depth: ColorDepth) -> Dither? {
    switch depth {
    case .trueColor, .none: nil
    case .palette256: palette256
    case .palette16: palette16
    }
  }

  /// The palette's colour for `color` at a place.
  func color(_ color: Color, x: Int, y: Int) -> Color {
    let index = Int(color.red >> 3) << 10 | Int(color.green >> 3) << 5 | Int(color.blue >> 3)
    return mixtures[16 * index + Dither.bayer[(y & 3) * 4 + (x & 3)]]
  }

  private static let palette256 = Dither { ColorDepth.color256(ColorDepth.xterm256($0)) }
  private static let palette16 = Dither { ColorDepth.color16(ColorDepth.ansi16($0)) }

  private static let bayer = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]

  /// - Parameter nearest: The palette's colour nearest to any colour.
  private init(nearest: (Color) -> Color) {
    var mixtures: [Color] = []
    mixtures.reserveCapacity(16 << 15)
    for index in 0..<(1 << 15) {
      let parts = [index >> 10, index >> 5 & 31, index & 31].map { $0 << 3 | $0 >> 2 }
      let wanted = SIMD3(
        Light.linear[parts[0]], Light.linear[parts[1]], Light.linear[parts[2]])
      var error = SIMD3<Float>.zero
      let start = mixtures.count
      for _ in 0..<16 {
        let target = wanted + error
        let found = nearest(
          Color(Light.encoded(target.x), Light.encoded(target.y), Light.encoded(target.z)))
        mixtures.append(found)
        error +=
          wanted
          - SIMD3(
            Light.linear[Int(found.red)], Light.linear[Int(found.green)],
            Light.linear[Int(found.blue)])
      }
      mixtures[start...].sort { $0.luminance < $1.luminance }
    }
    self.mixtures = mixtures
  }
}
