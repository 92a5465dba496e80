/// A picture in at most 256 colours.
///
/// A picture with no more colours than that keeps them. Otherwise, boxes of colours are split as in median cut
/// (Heckbert, 1982), but always the box with the largest sum of squared errors, at its mean, along the channel that
/// varies most (Wan, Prusinkiewicz and Wong, 1990): plain areas keep their colours next to noise.
struct ReducedPicture {
  /// Red, green and blue of each colour; their number is a power of two, at least 2.
  private(set) var palette: [UInt8]
  /// A colour index for each pixel.
  let indices: [UInt8]

  private static let most = 256

  init(_ picture: Picture) {
    let count = picture.width * picture.height
    if let (colors, indices) = Self.kept(picture.pixels, count) {
      (palette, self.indices) = (colors, indices)
    } else {
      (palette, indices) = Self.reduced(picture.pixels, count)
    }
    var size = 2
    while size < palette.count / 3 { size *= 2 }
    palette += [UInt8](repeating: 0, count: size * 3 - palette.count)
  }

  /// The unchanged colours; `nil` if there are too many.
  private static func kept(_ pixels: [UInt8], _ count: Int) -> ([UInt8], [UInt8])? {
    var numbers: [UInt32: UInt8] = [:]
    var (palette, indices): ([UInt8], [UInt8]) = ([], [])
    indices.reserveCapacity(count)
    for place in stride(from: 0, to: count * 3, by: 3) {
      let (red, green, blue) = (pixels[place], pixels[place + 1], pixels[place + 2])
      let color = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
      if let number = numbers[color] {
        indices.append(number)
        continue
      }
      guard numbers.count < most else { return nil }
      let number = UInt8(numbers.count)
      numbers[color] = number
      palette += [red, green, blue]
      indices.append(number)
    }
    return (palette, indices)
  }

  /// Colours with the same first six bits in each channel, treated as one.
  private struct Bin {
    var key: Int
    var count: Float
    var color: SIMD3<Float>
  }

  /// Bins that share a colour.
  private struct Box {
    var range: Range<Int>
    var mean: SIMD3<Float>
    /// The sum of squared distances from the mean, by channel.
    var errors: SIMD3<Float>

    init(_ range: Range<Int>, of bins: [Bin]) {
      self.range = range
      var (count, sum) = (Float(0), SIMD3<Float>.zero)
      for bin in bins[range] {
        count += bin.count
        sum += bin.color * bin.count
      }
      let mean = sum / max(1, count)
      self.mean = mean
      errors = bins[range].reduce(.zero) { errors, bin in
        let distance = bin.color - mean
        return errors + distance * distance * bin.count
      }
    }
  }

  private static func key(_ pixels: [UInt8], _ place: Int) -> Int {
    Int(pixels[place] >> 2) << 12 | Int(pixels[place + 1] >> 2) << 6 | Int(pixels[place + 2] >> 2)
  }

  private static func reduced(_ pixels: [UInt8], _ count: Int) -> ([UInt8], [UInt8]) {
    var bins = bins(pixels, count)
    let colors = split(&bins).map(\.mean)
    // A bin may be nearer to the colour of another box.
    var numbers = [UInt8](repeating: 0, count: 1 << 18)
    for bin in bins {
      var (best, least) = (0, Float.infinity)
      for (number, color) in colors.enumerated() {
        let distance = color - bin.color
        let error = (distance * distance).sum()
        if error < least { (best, least) = (number, error) }
      }
      numbers[bin.key] = UInt8(best)
    }
    let indices = (0..<count).map { numbers[key(pixels, $0 * 3)] }
    let palette = colors.flatMap { color in
      (0..<3).map { UInt8(max(0, min(255, color[$0].rounded()))) }
    }
    return (palette, indices)
  }

  private static func bins(_ pixels: [UInt8], _ count: Int) -> [Bin] {
    var sums = [SIMD4<Float>](repeating: .zero, count: 1 << 18)
    for place in stride(from: 0, to: count * 3, by: 3) {
      sums[key(pixels, place)] += SIMD4(
        Float(pixels[place]), Float(pixels[place + 1]), Float(pixels[place + 2]), 1)
    }
    return sums.enumerated().compactMap { key, sum in
      guard sum.w > 0 else { return nil }
      return Bin(key: key, count: sum.w, color: SIMD3(sum.x, sum.y, sum.z) / sum.w)
    }
  }

  private static func split(_ bins: inout [Bin]) -> [Box] {
    var boxes = [Box(0..<bins.count, of: bins)]
    while boxes.count < most {
      let worst = boxes.indices.max { boxes[$0].errors.sum() < boxes[$1].errors.sum() }
      guard let worst, boxes[worst].errors.sum() > 0 else { break }
      let box = boxes[worst]
      let channel = (0..<3).max { box.errors[$0] < box.errors[$1] } ?? 0
      let middle = bins[box.range].partition { $0.color[channel] > box.mean[channel] }
      guard middle > box.range.lowerBound, middle < box.range.upperBound else {
        // This happens only by rounding, if all its bins have one colour.
        boxes[worst].errors = .zero
        continue
      }
      boxes[worst] = Box(box.range.lowerBound..<middle, of: bins)
      boxes.append(Box(middle..<box.range.upperBound, of: bins))
    }
    return boxes
  }
}
