import Foundation
import TrainingData

/// A simple thing that the tiny network is trained on, drawn at many places and sizes.
enum DrawnShape: String, CaseIterable {
  case circle = "a red circle"
  case square = "a blue square"
  case star = "an orange star"
  case triangle = "a green triangle"
  case heart = "a purple heart"
  case face = "a smiling face"

  /// Its name.
  var word: String { rawValue }

  /// The shape somewhere on a white square of this many pixels, `(side, side, 4)`.
  func drawn(side: Int, using generator: inout SplitMix64) -> [UInt8] {
    func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * generator.unit() }
    let radius = Double(side) * between(0.3, 0.38)
    let room = min(Double(side) * 0.07, Double(side) / 2 - radius - 1)
    let (x0, y0) = (
      Double(side) / 2 + between(-room, room), Double(side) / 2 + between(-room, room)
    )
    var pixels: [UInt8] = []
    pixels.reserveCapacity(side * side * 4)
    for y in 0..<side {
      for x in 0..<side {
        var sum = SIMD3<Double>.zero
        for part in 0..<(Self.samples * Self.samples) {
          let dx = Double(x) + (Double(part % Self.samples) + 0.5) / Double(Self.samples) - x0
          let dy = Double(y) + (Double(part / Self.samples) + 0.5) / Double(Self.samples) - y0
          sum += colour(dx / radius, dy / radius)
        }
        let mean = sum / Double(Self.samples * Self.samples)
        for channel in 0..<3 { pixels.append(UInt8(mean[channel].rounded())) }
        pixels.append(255)
      }
    }
    return pixels
  }

  /// The number of sampling points along the side of a pixel.
  private static let samples = 3

  /// The colour at a point relative to the shape's centre, in units of its radius; `y` points down.
  private func colour(_ x: Double, _ y: Double) -> SIMD3<Double> {
    guard covers(x, y) else { return SIMD3(repeating: 255) }
    switch self {
    case .circle: return SIMD3(222, 48, 48)
    case .square: return SIMD3(48, 96, 220)
    case .star: return SIMD3(240, 164, 0)
    case .triangle: return SIMD3(40, 168, 84)
    case .heart: return SIMD3(154, 68, 196)
    case .face:
      let eye = hypot(abs(x) - 0.38, (y + 0.28) / 1.4) < 0.17
      let smile = abs(hypot(x, y) - 0.56) < 0.1 && y > 0.16
      return eye || smile ? SIMD3(70, 40, 16) : SIMD3(255, 208, 64)
    }
  }

  private func covers(_ x: Double, _ y: Double) -> Bool {
    switch self {
    case .circle, .face: return hypot(x, y) < 1
    case .square: return max(abs(x), abs(y)) < 0.86
    case .triangle: return y < 0.75 && abs(x) < (y + 1) / 1.75
    case .heart:
      let (u, v) = (1.2 * x, 0.2 - 1.2 * y)
      let rest = u * u + v * v - 1
      return rest * rest * rest < u * u * v * v * v
    case .star:
      // One half of one of the five points, folded onto the others: inside the line from its tip to its notch.
      let fifth = 2 * Double.pi / 5
      let turn = (atan2(x, -y) + 2 * .pi).truncatingRemainder(dividingBy: fifth)
      let angle = min(turn, fifth - turn)
      let (u, v) = (hypot(x, y) * cos(angle), hypot(x, y) * sin(angle))
      let notch = (0.5 * cos(fifth / 2), 0.5 * sin(fifth / 2))
      return (notch.0 - 1) * v - notch.1 * (u - 1) > 0
    }
  }
}
