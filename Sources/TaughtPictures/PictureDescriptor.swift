import Pictures

/// What the thing in a picture looks like, in 48 numbers: its colours on a grid of 4x4 over it, wherever it stands, however
/// large and however pale it is.
///
/// The background is the median of the edge. What differs from it by more than 24 of 255 is the thing: the grid is a square
/// around its centre of gravity that reaches two standard deviations to each side. Of each place the mean brightness, red
/// against green, and yellow against blue are taken, less those of the background; all 48 numbers together are scaled to
/// length 1.
///
/// `Tests/Reference/target_area.py` compares this with other measures on twenty pairs of six different things and six
/// pictures of a single thing. The mean distance of the six things is the larger one in 20 of 20 pairs, also where they are
/// blurred and pale; by the root mean square of pixels it is in 15, and of blurred ones in none.
package struct PictureDescriptor: Sendable, Hashable {
  /// Places across and down.
  private static let places = 4
  /// Samples across and down.
  private static let samples = 32
  /// The longest side that is looked at in full.
  private static let longestSide = 64

  /// Brightness, red against green and yellow against blue of each place, `(4, 4, 3)`.
  let values: [Float]

  /// The descriptor of a picture; all zeros where it shows nothing but its background.
  package init(_ picture: Picture) {
    let picture = Self.reduced(picture)
    var sums = [SIMD3<Float>](repeating: .zero, count: Self.places * Self.places)
    if let thing = Thing(in: picture) {
      let step = 2 * thing.half / Double(Self.samples)
      for row in 0..<Self.samples {
        let y = thing.y - thing.half + (Double(row) + 0.5) * step
        for column in 0..<Self.samples {
          let x = thing.x - thing.half + (Double(column) + 0.5) * step
          // Beside the picture its background goes on.
          guard let color = picture.color(x: x, y: y) else { continue }
          let perPlace = Self.samples / Self.places
          sums[row / perPlace * Self.places + column / perPlace] += color - thing.ground
        }
      }
    }
    var values: [Float] = []
    var square: Float = 0
    for sum in sums {
      let brightness: Float = (sum.x + sum.y + sum.z) / 3
      let redness: Float = 0.7 * (sum.x - sum.y)
      let yellowness: Float = 0.7 * ((sum.x + sum.y) / 2 - sum.z)
      values += [brightness, redness, yellowness]
      square += brightness * brightness + redness * redness + yellowness * yellowness
    }
    self.values = square > 0 ? values.map { $0 / square.squareRoot() } : values
  }

  /// The distance of two things, 0 to 2: that of their numbers, or those of the mirror image where it is less.
  package func distance(to other: PictureDescriptor) -> Double {
    var (straight, mirrored) = (Float(0), Float(0))
    for row in 0..<Self.places {
      for column in 0..<Self.places {
        let own = (row * Self.places + column) * 3
        let across = (row * Self.places + Self.places - 1 - column) * 3
        for channel in 0..<3 {
          let difference = values[own + channel] - other.values[own + channel]
          let mirror = values[own + channel] - other.values[across + channel]
          straight += difference * difference
          mirrored += mirror * mirror
        }
      }
    }
    return Double(min(straight, mirrored)).squareRoot()
  }

  /// The mean distance of several things from each other, over all pairs; 0 of fewer than two.
  package static func spread(_ descriptors: [PictureDescriptor]) -> Double {
    guard descriptors.count > 1 else { return 0 }
    var sum = 0.0
    for one in descriptors.indices {
      for other in descriptors.indices where other > one {
        sum += descriptors[one].distance(to: descriptors[other])
      }
    }
    return sum / Double(descriptors.count * (descriptors.count - 1) / 2)
  }

  private static func reduced(_ picture: Picture) -> Picture {
    let longest = max(picture.width, picture.height)
    guard longest > longestSide else { return picture }
    return picture.resized(
      width: max(1, picture.width * longestSide / longest),
      height: max(1, picture.height * longestSide / longest))
  }
}

/// Where the thing in a picture is.
private struct Thing {
  /// Its centre of gravity, in pixels from the left and from the top.
  let x: Double
  let y: Double
  /// Half of the square around it, in pixels.
  let half: Double
  /// The background's red, green and blue.
  let ground: SIMD3<Float>

  /// `nil` where nothing differs from the background.
  init?(in picture: Picture) {
    let (width, height) = (picture.width, picture.height)
    guard width > 0, height > 0 else { return nil }
    var edge: [SIMD3<Float>] = []
    for x in 0..<width { edge += [picture.pixel(x, 0), picture.pixel(x, height - 1)] }
    for y in 0..<height { edge += [picture.pixel(0, y), picture.pixel(width - 1, y)] }
    func median(_ values: [Float]) -> Float { values.sorted()[values.count / 2] }
    ground = SIMD3(median(edge.map(\.x)), median(edge.map(\.y)), median(edge.map(\.z)))
    var total = 0.0
    var (sum, squares) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    for y in 0..<height {
      for x in 0..<width {
        let difference = picture.pixel(x, y) - ground
        let weight = Double(max(abs(difference.x), abs(difference.y), abs(difference.z)))
        guard weight > 24 else { continue }
        let place = SIMD2(Double(x) + 0.5, Double(y) + 0.5)
        total += weight
        sum += weight * place
        squares += weight * place * place
      }
    }
    guard total > 0 else { return nil }
    let middle = sum / total
    let variance = squares / total - middle * middle
    (x, y) = (middle.x, middle.y)
    half = max(
      Double(max(width, height)) / 8, 2 * max(0, (variance.x + variance.y) / 2).squareRoot())
  }
}

extension Picture {
  /// Red, green and blue of a pixel, which must lie within, 0 to 255.
  fileprivate func pixel(_ x: Int, _ y: Int) -> SIMD3<Float> {
    let place = (y * width + x) * 3
    return SIMD3(Float(pixels[place]), Float(pixels[place + 1]), Float(pixels[place + 2]))
  }

  /// The colour at a point, bilinear between the middles of pixels; `nil` beside the picture.
  fileprivate func color(x: Double, y: Double) -> SIMD3<Float>? {
    guard x >= 0, y >= 0, x < Double(width), y < Double(height) else { return nil }
    let column = max(0, min(Double(width - 1), x - 0.5))
    let line = max(0, min(Double(height - 1), y - 0.5))
    let (left, top) = (Int(column), Int(line))
    let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
    let (a, b) = (Float(column - Double(left)), Float(line - Double(top)))
    let above = pixel(left, top) * (1 - a) + pixel(right, top) * a
    let below = pixel(left, bottom) * (1 - a) + pixel(right, bottom) * a
    return above * (1 - b) + below * b
  }
}
