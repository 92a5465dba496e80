import Diffusion
import Pictures

/// The lossless rearrangement between pixels and a folded sample: `fold x fold` pixels become one position with
/// `3 * fold * fold` channels, channel `c * fold^2 + dy * fold + dx` (PyTorch's `pixel_unshuffle`).
package struct PixelFold: Sendable, Hashable {
  let fold: Int

  package init(fold: Int) { self.fold = fold }

  /// One picture `(height, width, 3)` folded, `(height / fold, width / fold, 3 * fold * fold)`.
  ///
  /// - Parameters:
  ///   - pixels: The picture.
  ///   - target: Receives the same number of values.
  ///   - offset: The index in `target` at which they begin.
  package func fold(
    _ pixels: [Float], width: Int, into target: inout [Float], at offset: Int
  ) {
    let (channels, columns) = (3 * fold * fold, width / fold)
    for y in 0..<(pixels.count / 3 / width) {
      for x in 0..<width {
        let from = (y * width + x) * 3
        let position = offset + ((y / fold) * columns + x / fold) * channels
        let to = position + (y % fold) * fold + x % fold
        for c in 0..<3 { target[to + c * fold * fold] = pixels[from + c] }
      }
    }
  }

  /// The shape of one folded picture of this size in pixels.
  func shape(width: Int, height: Int) -> LatentShape {
    LatentShape(height: height / fold, width: width / fold, channels: 3 * fold * fold)
  }

  /// The first picture of a batch, its values mapped from `-range...range` to 0...255.
  package func picture(_ latent: Latent, range: Float) -> Picture {
    let shape = latent.shape
    let (width, height) = (shape.width * fold, shape.height * fold)
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    let (gain, most) = (127.5 / range, Float(255))
    for y in 0..<height {
      for x in 0..<width {
        let position = ((y / fold) * shape.width + x / fold) * shape.channels
        let within = (y % fold) * fold + x % fold
        for c in 0..<3 {
          let value = latent.values[position + c * fold * fold + within] * gain + 127.5
          // NaN is shown black; the run itself reports it.
          pixels[(y * width + x) * 3 + c] =
            value.isNaN ? 0 : UInt8(max(0, min(most, value.rounded(.toNearestOrEven))))
        }
      }
    }
    return Picture(width: width, height: height, pixels: pixels)
  }
}
