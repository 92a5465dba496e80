import Checkpoints
import Diffusion
import Pictures

/// The approximate colours of Stable Diffusion's latents, one pixel for each position: a linear map fitted to the
/// output of TAESD's decoder (`Tests/Reference/latent_rgb.py`).
struct LatentColours: Sendable {
  /// `(3, 4)`.
  private let matrix: [[Float]]
  private let offsets: [Float]

  /// The map for a family's latents.
  init(_ family: ModelFamily) {
    switch family {
    case .stableDiffusion1, .stableDiffusion2:
      matrix = [
        [0.3069, 0.1510, -0.2268, -0.1726], [0.2088, 0.2954, 0.1956, -0.1887],
        [0.2106, 0.0725, 0.1619, -0.4622],
      ]
      offsets = [-0.0571, -0.0994, -0.1385]
    case .stableDiffusionXL:
      matrix = [
        [0.3367, -0.2286, 0.0840, -0.2959], [0.3660, 0.1070, 0.1866, -0.2335],
        [0.3949, 0.0716, -0.0492, -0.2474],
      ]
      offsets = [0.1178, -0.0551, -0.0045]
    }
  }

  /// The first picture of a batch `(N, H, W, 4)`, one pixel for each position.
  func picture(_ latent: Latent, gain: Float) -> Picture {
    let shape = latent.shape
    var pixels: [UInt8] = []
    pixels.reserveCapacity(shape.height * shape.width * 3)
    for place in 0..<(shape.height * shape.width) {
      for colour in 0..<3 {
        var value = offsets[colour]
        for channel in 0..<min(4, shape.channels) {
          value += matrix[colour][channel] * latent.values[place * shape.channels + channel] * gain
        }
        pixels.append(
          value.isNaN ? 0 : UInt8(max(0, min(255, (value * 127.5 + 127.5).rounded()))))
      }
    }
    return Picture(width: shape.width, height: shape.height, pixels: pixels)
  }
}
