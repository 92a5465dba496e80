/// Pictures of 32x32 pixels, in sequence, as vectors of encoded values 0 to 255: every value, `(32, 32, 3)`, and the
/// means of 4x4 pixels, `(8, 8, 3)`.
///
/// Sixteen times the squared distance of the means is never more than the squared distance of the pixels (the mean of
/// squares is at least the square of the mean), so most pictures need not be compared pixel by pixel.
struct PixelVectors: Sendable {
  private static let side = TaughtPictures.side
  /// The side in pixels of the block for one coarse pixel.
  private static let block = 4
  /// Vectors of a picture's pixels.
  private static let pixelCount = side * side * 3 / 16
  /// Vectors of its means.
  private static let meanCount = pixelCount / (block * block)
  /// The number of vectors after which a comparison may end early.
  private static let part = pixelCount / 8

  private var pixels: [SIMD16<Float>] = []
  private var means: [SIMD16<Float>] = []

  /// Adds a picture with these values, `(32, 32, 3)`.
  mutating func append(_ values: [UInt8]) {
    precondition(values.count == Self.side * Self.side * 3, "a picture of 32x32 pixels")
    let across = Self.side / Self.block
    var sums = [Float](repeating: 0, count: across * across * 3)
    for y in 0..<Self.side {
      for x in 0..<Self.side {
        let place = (y * Self.side + x) * 3
        let coarse = (y / Self.block * across + x / Self.block) * 3
        for channel in 0..<3 { sums[coarse + channel] += Float(values[place + channel]) }
      }
    }
    means += Self.vectors(sums.map { $0 / Float(Self.block * Self.block) })
    pixels += Self.vectors(values.map(Float.init))
  }

  private static func vectors(_ values: [Float]) -> [SIMD16<Float>] {
    stride(from: 0, to: values.count, by: 16).map { start in
      var vector = SIMD16<Float>.zero
      for lane in 0..<16 { vector[lane] = values[start + lane] }
      return vector
    }
  }

  /// The values of a picture, `(32, 32, 3)`.
  func pixelValues(of index: Int) -> [UInt8] {
    let start = index * Self.pixelCount
    return pixels[start..<(start + Self.pixelCount)].flatMap { vector in
      (0..<16).map { UInt8(vector[$0]) }
    }
  }

  /// The squared distance of a picture from one of others, or infinity if it is not below a limit.
  func square(_ index: Int, _ others: PixelVectors, _ other: Int, below limit: Float) -> Float {
    let (own, theirs) = (index * Self.pixelCount, other * Self.pixelCount)
    var square: Float = 0
    for part in stride(from: 0, to: Self.pixelCount, by: Self.part) {
      var sum = SIMD16<Float>.zero
      for k in part..<(part + Self.part) {
        let difference = pixels[own + k] - others.pixels[theirs + k]
        sum += difference * difference
      }
      square += sum.sum()
      if square >= limit { return .infinity }
    }
    return square
  }

  /// A lower bound of the squared distance. Rounding may make the means slightly too far apart, hence the factor below
  /// 1.
  func bound(_ index: Int, _ others: PixelVectors, _ other: Int) -> Float {
    let (own, theirs) = (index * Self.meanCount, other * Self.meanCount)
    var sum = SIMD16<Float>.zero
    for k in 0..<Self.meanCount {
      let difference = means[own + k] - others.means[theirs + k]
      sum += difference * difference
    }
    return sum.sum() * Float(Self.block * Self.block) * 0.9999
  }
}
