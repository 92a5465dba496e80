/// A picture of 8-bit sRGB pixels with alpha, shape `(H, W, 4)`; alpha is straight, so transparency does not darken the
/// colours.
public struct Cutout: Sendable, Hashable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// Red, green, blue, alpha, row by row from the top left.
  public var pixels: [UInt8]

  /// A picture with these pixels; there must be `width * height * 4` values.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 4, "a cut-out needs four values for each pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Whether it is fully opaque.
  public var isOpaque: Bool {
    stride(from: 3, to: pixels.count, by: 4).allSatisfy { pixels[$0] == 255 }
  }

  /// A rectangle of the picture, which must be inside it.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Cutout {
    precondition(x >= 0 && y >= 0 && newWidth >= 0 && newHeight >= 0, "a place in the picture")
    precondition(x + newWidth <= width && y + newHeight <= height, "a part of the picture")
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * 4)
    for row in y..<(y + newHeight) {
      let start = (row * width + x) * 4
      result += pixels[start..<(start + newWidth * 4)]
    }
    return Cutout(width: newWidth, height: newHeight, pixels: result)
  }

  /// The picture over a plain colour; the encoded values are mixed.
  ///
  /// - Parameter background: Red, green and blue, encoded as sRGB.
  public func over(_ background: SIMD3<UInt8>) -> Picture {
    let colour = SIMD3<Float>(background)
    var opaque: [UInt8] = []
    opaque.reserveCapacity(width * height * 3)
    for place in stride(from: 0, to: pixels.count, by: 4) {
      let alpha = Float(pixels[place + 3]) / 255
      for channel in 0..<3 {
        let own = Float(pixels[place + channel])
        opaque.append(UInt8((own * alpha + colour[channel] * (1 - alpha)).rounded()))
      }
    }
    return Picture(width: width, height: height, pixels: opaque)
  }

  /// The largest centred square, scaled to another size.
  public func centerSquare(side: Int) -> Cutout { filling(width: side, height: side) }

  /// The largest centred part with the proportions of a size, scaled to it.
  public func filling(width newWidth: Int, height newHeight: Int) -> Cutout {
    guard newWidth > 0, newHeight > 0, width > 0, height > 0 else {
      return Cutout(width: 0, height: 0, pixels: [])
    }
    let scale = min(
      Double(width) / Double(newWidth), Double(height) / Double(newHeight))
    let columns = max(1, min(width, Int((Double(newWidth) * scale).rounded())))
    let rows = max(1, min(height, Int((Double(newHeight) * scale).rounded())))
    let part =
      columns == width && rows == height
      ? self
      : cropped(x: (width - columns) / 2, y: (height - rows) / 2, width: columns, height: rows)
    return part.resized(width: newWidth, height: newHeight)
  }

  /// The picture at another size: each new pixel is the mean of the light from the area it covers.
  ///
  /// Light is linear and weighted by alpha, so that invisible colours have no effect.
  public func resized(width newWidth: Int, height newHeight: Int) -> Cutout {
    guard newWidth > 0, newHeight > 0, width > 0, height > 0 else {
      return Cutout(width: 0, height: 0, pixels: [])
    }
    if newWidth == width, newHeight == height { return self }
    let columns = Coverage.spans(from: width, to: newWidth)
    let rows = Coverage.spans(from: height, to: newHeight)
    let linear = Light.linear
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * 4)
    // One row of the result at a time: the rows it covers are summed first, then their columns.
    var sums = [SIMD4<Float>](repeating: .zero, count: width)
    for (y, vertical) in rows.enumerated() {
      for x in 0..<width { sums[x] = .zero }
      for (sourceY, weight) in vertical {
        for x in 0..<width {
          let place = (sourceY * width + x) * 4
          let alpha = Float(pixels[place + 3]) * (weight / 255)
          sums[x] += SIMD4(
            linear[Int(pixels[place])] * alpha, linear[Int(pixels[place + 1])] * alpha,
            linear[Int(pixels[place + 2])] * alpha, alpha)
        }
      }
      for (x, horizontal) in columns.enumerated() {
        var sum = SIMD4<Float>.zero
        for (sourceX, weight) in horizontal { sum += sums[sourceX] * weight }
        guard sum.w > 0 else { continue }
        let place = (y * newWidth + x) * 4
        result[place] = Light.encoded(sum.x / sum.w)
        result[place + 1] = Light.encoded(sum.y / sum.w)
        result[place + 2] = Light.encoded(sum.z / sum.w)
        result[place + 3] = UInt8(max(0, min(255, (sum.w * 255).rounded())))
      }
    }
    return Cutout(width: newWidth, height: newHeight, pixels: result)
  }
}
