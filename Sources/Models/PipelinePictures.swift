import Diffusion
import Foundation
import Pictures
import Tensors

/// Pictures of samples, and the memory for them.
extension Pipeline {
  /// A preview of the first picture of a sample `(N, H, W, C)`. For a latent, it shows the mean colours of its
  /// positions, one pixel each.
  public func picture(of latent: Latent) -> Picture { space.preview(latent) }

  /// A preview of the first picture of predicted noise, whose values reach about ±3.
  public func noisePicture(of latent: Latent) -> Picture { space.noisePreview(latent) }

  /// The first picture of a run's last sample; decoding a latent may take as long as a step.
  ///
  /// - Throws: `CheckpointError` when the decoder's weights cannot be read; `CancellationError`.
  public func finishedPicture(of latent: Latent) async throws -> Picture {
    // The decoder's activations replace those of the network in memory.
    if decodes { await denoiser.network.rest() }
    if let decoder = parts.decoder { return try await decoder.picture(latent) }
    return try await space.picture(latent)
  }

  /// Whether pictures are decoded from latents, so that steps show previews until they are decoded in full.
  public var decodes: Bool {
    if case .latents = space { true } else { false }
  }

  /// Decodes and encodes pictures larger than this in tiles of this many pixels a side, with blended seams; without it,
  /// only pictures that would not fit into memory are tiled.
  public func useTiles(of pixels: Int) async {
    guard case .latents(let autoencoder, _) = space else { return }
    // A quarter of a tile must be a whole number of positions, since neighbours overlap by that.
    let side = max(4, pixels / autoencoder.configuration.downscale / 4 * 4)
    await Self.set(side, on: autoencoder)
  }

  @Compute private static func set(_ side: Int, on autoencoder: Autoencoder) {
    autoencoder.tileSide = side
  }

  /// The current size of the network's weights in bytes.
  public var residentBytes: Int { denoiser.network.weightBytes }

  /// The warning for a run of this size that will not fit in the free memory; `nil` if it fits.
  ///
  /// - Parameter freed: Bytes that will be freed before it, such as those of a model that this one replaces.
  public func memoryWarning(width: Int, height: Int, freed: Int = 0) -> String? {
    // A size that cannot be painted is rejected with its own message.
    guard sizes.contains(PictureSize(width: width, height: height)),
      let free = FreeMemory.bytes.map({ $0 + freed })
    else { return nil }
    let need = MemoryEstimate(
      weights: network.weights.map {
        MemoryEstimate.weights($0, type: format, holdsEightBits: network.holdsEightBits)
      } ?? 0,
      activations: denoiser.network.activationBytes(
        space.shape(width: width, height: height), batch: 2),
      // A picture that does not fit in memory is decoded in tiles.
      decoding: otherParameters.autoencoder * format.size,
      text: otherParameters.text * NumberFormat.f32.size
    ).bytes
    guard need > free else { return nil }
    func gigabytes(_ bytes: Int) -> String { String(format: "%.1f GB", Double(bytes) / 1e9) }
    return "\(name) at \(width)x\(height) takes about \(gigabytes(need)) of memory, and only "
      + "\(gigabytes(free)) is free: close other programs, "
      + (network.holdsEightBits ? "" : "use 8-bit weights (--weights 8-bit), ")
      + "or choose a smaller model or size"
  }

  /// The previews of a step, made with little effect on the speed of the run.
  ///
  /// - Parameter time: The duration of the step; the pictures may take the fraction ``LatentPreview/share`` of it.
  /// - Throws: `CheckpointError` when the preview's weights cannot be read; `CancellationError`.
  public func pictures(of step: Step, taking time: Duration) async throws -> StepPictures {
    guard case .latents(_, let preview) = space else {
      return StepPictures(
        sample: picture(of: step.sample), denoised: picture(of: step.denoised),
        noise: noisePicture(of: step.noise))
    }
    return try await preview.pictures(of: step, taking: time)
  }
}
