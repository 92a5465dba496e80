#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Picture {
  /// Every pixel as a block of `factor` by `factor`.
  public func enlarged(by factor: Int) -> Picture { repeated(across: factor, down: factor) }

  /// Every pixel as a block of that many columns and rows; factors below 1 count as 1.
  public func repeated(across: Int, down: Int) -> Picture {
    guard across > 1 || down > 1 else { return self }
    var result = [UInt8]()
    result.reserveCapacity(pixels.count * max(1, across) * max(1, down))
    for y in 0..<height {
      let start = result.count
      for x in 0..<width {
        let place = (y * width + x) * 3
        for _ in 0..<max(1, across) {
          result.append(pixels[place])
          result.append(pixels[place + 1])
          result.append(pixels[place + 2])
        }
      }
      let row = Array(result[start...])
      for _ in 1..<max(1, down) { result.append(contentsOf: row) }
    }
    return Picture(width: width * max(1, across), height: height * max(1, down), pixels: result)
  }

  /// The picture at another size: each new pixel is the mean of the area it covers, computed in linear light, so that
  /// fine patterns keep their brightness.
  public func resized(width newWidth: Int, height newHeight: Int) -> Picture {
    guard newWidth > 0, newHeight > 0, width > 0, height > 0 else {
      return Picture(width: 0, height: 0, pixels: [])
    }
    if newWidth == width, newHeight == height { return self }
    let columns = Coverage.spans(from: width, to: newWidth)
    let rows = Coverage.spans(from: height, to: newHeight)
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    // One row of the result at a time: the rows it covers are summed first, then their columns.
    var sums = [Float](repeating: 0, count: width * 3)
    for (y, vertical) in rows.enumerated() {
      add(vertical, into: &sums)
      for (x, horizontal) in columns.enumerated() {
        var sum = SIMD3<Float>.zero
        for (sourceX, weight) in horizontal {
          sum += SIMD3(sums[3 * sourceX], sums[3 * sourceX + 1], sums[3 * sourceX + 2]) * weight
        }
        let target = (y * newWidth + x) * 3
        result[target] = Light.encoded(sum.x)
        result[target + 1] = Light.encoded(sum.y)
        result[target + 2] = Light.encoded(sum.z)
      }
    }
    return Picture(width: newWidth, height: newHeight, pixels: result)
  }

  /// Replaces `sums` by the weighted sum of some rows in linear light.
  private func add(_ rows: [(Int, Float)], into sums: inout [Float]) {
    let count = width * 3
    for (index, (row, weight)) in rows.enumerated() {
      pixels.withUnsafeBufferPointer { pixels in
        Light.linear.withUnsafeBufferPointer { linear in
          sums.withUnsafeMutableBufferPointer { sums in
            for place in 0..<count {
              let light = weight * linear[Int(pixels[row * count + place])]
              sums[place] = index == 0 ? light : sums[place] + light
            }
          }
        }
      }
    }
  }
}

/// The old pixels that a new one covers along one axis, and their weights.
enum Coverage {
  static func spans(from old: Int, to new: Int) -> [[(Int, Float)]] {
    (0..<new).map { index in
      let start = Double(index) * Double(old) / Double(new)
      let end = Double(index + 1) * Double(old) / Double(new)
      let (first, last) = (Int(start), min(old - 1, Int(end)))
      return (first...max(first, last)).compactMap { pixel in
        let overlap = min(end, Double(pixel + 1)) - max(start, Double(pixel))
        return overlap > 1e-9 ? (pixel, Float(overlap / (end - start))) : nil
      }
    }
  }
}

/// sRGB's transfer function (IEC 61966-2-1).
public enum Light {
  /// The linear light of each encoded value, 0 to 1.
  public static let linear: [Float] = (0...255).map { value in
    let encoded = Double(value) / 255
    return Float(
      encoded <= 0.04045 ? encoded / 12.92 : power((encoded + 0.055) / 1.055, 2.4))
  }

  /// The encoded value of each of 4096 levels of linear light.
  private static let codes: [UInt8] = (0..<4096).map { level in
    let light = Double(level) / 4095
    let encoded = light <= 0.0031308 ? light * 12.92 : 1.055 * power(light, 1 / 2.4) - 0.055
    return UInt8((encoded * 255).rounded())
  }

  /// The encoded value of linear light, 0 to 1.
  public static func encoded(_ light: Float) -> UInt8 {
    codes[max(0, min(4095, Int((light * 4095).rounded())))]
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double {
    pow(base, exponent)
  }
}
