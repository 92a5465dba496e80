import Diffusion
import Foundation
import Pictures
import Tensors

/// Pictures of samples, and the memory for them.
extension Pipeline {
  /// A quick preview of the first picture of a sample `(N, H, W, C)`: -1...1 becomes black to white. Of a latent it shows
  /// the mean colours of its places, one pixel each.
  public func picture(of latent: Latent) -> Picture { space.preview(latent, range: 1) }

  /// A quick preview of the first picture of predicted noise, whose values reach about ±3.
  public func noisePicture(of latent: Latent) -> Picture { space.preview(latent, range: 3) }

  /// The first picture of a run's last sample; a latent is decoded, which may take as long as a step.
  ///
  /// - Throws: `CheckpointError` when the decoder's weights cannot be read; `CancellationError`.
  public func finishedPicture(of latent: Latent) async throws -> Picture {
    // The decoder's activations take the place of the network's.
    if decodes { await denoiser.network.rest() }
    return try await space.picture(latent)
  }

  /// Whether pictures are decoded from latents, so that a step's are quick ones until they are decoded in full.
  public var decodes: Bool {
    if case .latents = space { true } else { false }
  }

  /// Decodes and encodes pictures larger than this in tiles of so many pixels a side, with blended seams; without it only
  /// those are that would not fit into memory.
  public func useTiles(of pixels: Int) async {
    guard case .latents(let autoencoder, _) = space else { return }
    // A tile's quarter must be whole places, since neighbours overlap by that.
    let side = max(4, pixels / autoencoder.configuration.downscale / 4 * 4)
    await Self.set(side, on: autoencoder)
  }

  @Compute private static func set(_ side: Int, on autoencoder: Autoencoder) {
    autoencoder.tileSide = side
  }

  /// Bytes of the network's weights as they are held now.
  public var residentBytes: Int { denoiser.network.weightBytes }

  /// The warning for a run of this size that will not fit in the free memory; `nil` where it fits.
  ///
  /// - Parameter freed: Bytes that are going to be free beside it, such as those of a model that this one replaces.
  public func memoryWarning(width: Int, height: Int, freed: Int = 0) -> String? {
    // A size that cannot be painted is refused in its own words.
    guard decodes, sizes.contains(PictureSize(width: width, height: height)),
      let free = FreeMemory.bytes.map({ $0 + freed })
    else { return nil }
    let places = width * height / (space.scale * space.scale)
    let need = MemoryEstimate(
      weights: MemoryEstimate.weights(
        network.weights, type: format, holdsEightBits: network.holdsEightBits),
      activations: MemoryEstimate.activations(
        networkConfiguration, places: places, batch: 2, type: format),
      // A picture that does not fit is decoded in tiles.
      decoding: otherParameters.autoencoder * format.size,
      text: otherParameters.text * NumberFormat.f32.size
    ).bytes
    guard need > free else { return nil }
    func gigabytes(_ bytes: Int) -> String { String(format: "%.1f GB", Double(bytes) / 1e9) }
    return "\(name) at \(width)x\(height) takes about \(gigabytes(need)) of memory, and "
      + "\(gigabytes(free)) are free: close other programs, "
      + (network.holdsEightBits ? "" : "use 8-bit weights (--weights 8-bit), ")
      + "or choose a smaller model or size"
  }

  /// The previews of a step, made without slowing the run much.
  ///
  /// - Parameter time: How long the step took; of this the pictures may take ``LatentPreview/share``.
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
