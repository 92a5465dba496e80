import Checkpoints
import Diffusion
import Pictures
import Remote

/// An autoencoder's decoder on a server, with the inputs and outputs of its ONNX files: `latent_sample` `(N, C, h, w)`
/// in, `sample` `(N, 3, H, W)` out.
struct RemoteDecoder: Sendable {
  private let part: RemotePart
  private let configuration: AutoencoderConfiguration
  private let input: String
  private let output: String

  /// A decoder that replaces a local one with this configuration.
  ///
  /// - Throws: `RemoteError` when its inputs or outputs differ.
  init(_ part: RemotePart, insteadOf configuration: AutoencoderConfiguration) throws {
    (self.part, self.configuration) = (part, configuration)
    let (inputs, outputs) = (part.metadata.inputs, part.metadata.outputs)
    guard inputs.count == 1, outputs.count == 1 else {
      throw part.mismatched(
        "one input and one output", "\(inputs.count) and \(outputs.count) of them")
    }
    (input, output) = (inputs[0].name, outputs[0].name)
  }

  /// Decodes the first picture of a batch of latents, in the denoiser's scale.
  ///
  /// - Throws: `RemoteError`; `CancellationError`.
  func picture(_ latent: Latent) async throws -> Picture {
    let shape = latent.shape
    let size = shape.height * shape.width * shape.channels
    let (scale, shift) = (1 / configuration.scalingFactor, configuration.shiftFactor)
    let (width, height) = (
      shape.width * configuration.downscale, shape.height * configuration.downscale
    )
    let values = ChannelOrder.first(latent.values.prefix(size), channels: shape.channels)
    let pixels = try await part.infer(
      [
        try part.input(
          input, values.map { $0 * scale + shift },
          shape: [1, shape.channels, shape.height, shape.width])
      ],
      [try part.output(output, shape: [1, 3, height, width])])[0]
    return Picture(
      width: width, height: height, signed: ChannelOrder.last(pixels, channels: 3))
  }
}
