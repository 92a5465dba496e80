import Foundation

/// The time as a vector of sines and cosines (Vaswani et al. 2017, section 3.5), in diffusers' order.
enum TimeEmbedding {
  /// `(C)`: a guidance scale as an input of latent consistency models (Luo et al. 2023; diffusers'
  /// `get_guidance_scale_embedding`).
  static func guidance(_ scale: Float, channels: Int) -> [Float] {
    sinusoid((scale - 1) * 1000, channels: channels, flipSinToCos: false, shift: 1)
  }

  /// `(C)`: half sines and half cosines of the time at frequencies falling from 1 to 1/10000.
  ///
  /// - Parameters:
  ///   - timestep: The time in the network's units.
  ///   - channels: `C`.
  ///   - flipSinToCos: Whether the cosines come first.
  ///   - shift: Subtracted from the number of frequencies by which the exponent is divided.
  static func sinusoid(_ timestep: Float, channels: Int, flipSinToCos: Bool, shift: Float)
    -> [Float]
  {
    let half = channels / 2
    let angles = (0..<half).map { index -> Float in
      let exponent = -Float(log(10000.0)) * Float(index) / (Float(half) - shift)
      return timestep * exp(exponent)
    }
    let sines = angles.map { sin($0) }
    let cosines = angles.map { cos($0) }
    let padding = Array(repeating: Float(0), count: channels % 2)
    return (flipSinToCos ? cosines + sines : sines + cosines) + padding
  }
}
