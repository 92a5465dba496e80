import Checkpoints
import Diffusion
import Pictures
import Synchronization
import Tensors

/// Previews of latents: by TAESD if that is fast enough, otherwise in linear colours.
///
/// The first previews measure TAESD's speed on this machine; later ones are the largest that fit.
final class LatentPreview: Sendable {
  /// The largest fraction of a step's time for its pictures.
  static let share = 0.03

  let colours: LatentColours
  private let family: ModelFamily
  private let type: NumberFormat
  private let state: Mutex<State>

  private struct State {
    enum Decoder {
      case unopened, none
      case ready(Autoencoder)
    }

    var decoder: Decoder
    /// The time for one position of the latent; `nil` until measured.
    var millisecondsPerPlace: Double?
    /// Whether the decoder's memory has been used since it was allocated: the first use takes longer.
    var isWarm = false
  }

  /// Previews of latents with this many channels; TAESD supports four.
  init(_ family: ModelFamily, channels: Int, type: NumberFormat) {
    (self.family, self.type) = (family, type)
    colours = LatentColours(family)
    state = Mutex(State(decoder: channels == 4 ? .unopened : .none))
  }

  /// The pictures of a step with this duration.
  ///
  /// - Throws: `CheckpointError` when the decoder's file is invalid; `CancellationError`.
  func pictures(of step: Step, taking time: Duration) async throws -> StepPictures {
    let clock = ContinuousClock()
    let start = clock.now
    let noise = colours.picture(step.noise, gain: 1 / 3)
    var sample = colours.picture(step.sample, gain: 1)
    var denoised: Picture?
    let shape = step.denoised.shape
    let kind = kind(places: shape.height * shape.width, budget: time.milliseconds * Self.share)
    if let decoder = try decoder(for: kind) {
      switch kind {
      case .whole:
        denoised = try await painted(step.denoised, by: decoder)
        sample = try await painted(step.sample, by: decoder)
      case .half: denoised = try await painted(step.denoised.halved(), by: decoder)
      case .linear: break
      }
    }
    // All pictures of a step have one size, so that they can be shown side by side.
    func enlarged(_ picture: Picture) -> Picture {
      guard let denoised else { return picture }
      return picture.resized(width: denoised.width, height: denoised.height)
    }
    return StepPictures(
      sample: enlarged(sample), denoised: denoised ?? colours.picture(step.denoised, gain: 1),
      noise: enlarged(noise), preview: (kind, (clock.now - start).milliseconds))
  }

  /// The best preview possible in this many milliseconds; before the first measurement, a small one.
  private func kind(places: Int, budget: Double) -> StepPictures.Kind {
    state.withLock { state in
      if case .none = state.decoder { return .linear }
      guard let each = state.millisecondsPerPlace else { return .half }
      let whole = each * Double(places)
      if 2 * whole <= budget { return .whole }
      if whole / 4 <= budget { return .half }
      // A slow measurement from a busy moment is gradually forgotten.
      state.millisecondsPerPlace = each * 0.98
      return .linear
    }
  }

  private func decoder(for kind: StepPictures.Kind) throws -> Autoencoder? {
    guard kind != .linear else { return nil }
    return try state.withLock { state in
      if case .unopened = state.decoder {
        state.decoder = try TAESD.decoder(family, type: type).map { .ready($0) } ?? .none
      }
      if case .ready(let decoder) = state.decoder { return decoder }
      return nil
    }
  }

  /// Releases the memory of previews; the preparation for a size is repeated when needed.
  func rest() async {
    let decoder = state.withLock { state -> Autoencoder? in
      state.isWarm = false
      return if case .ready(let decoder) = state.decoder { decoder } else { nil }
    }
    await decoder?.rest()
  }

  /// A picture of the first latent of a batch.
  private func painted(_ latent: Latent, by decoder: Autoencoder) async throws -> Picture {
    let shape = latent.shape
    let values = Array(latent.values.prefix(shape.height * shape.width * shape.channels))
    let (pixels, time) = try await decoder.timedDecode(
      values, height: shape.height, width: shape.width)
    state.withLock { state in
      if state.isWarm {
        state.millisecondsPerPlace = time.milliseconds / Double(shape.height * shape.width)
      }
      state.isWarm = true
    }
    let scale = decoder.configuration.downscale
    return Picture(width: shape.width * scale, height: shape.height * scale, signed: pixels)
  }
}

extension Latent {
  /// The first latent of a batch at half height and width: means of two by two positions; an odd last row or column is
  /// left out.
  fileprivate func halved() -> Latent {
    let (height, width, channels) = (shape.height / 2, shape.width / 2, shape.channels)
    guard height > 0, width > 0 else { return self }
    var result = Latent(shape: LatentShape(height: height, width: width, channels: channels))
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          func at(_ dy: Int, _ dx: Int) -> Float {
            values[((2 * y + dy) * shape.width + 2 * x + dx) * channels + channel]
          }
          result.values[(y * width + x) * channels + channel] =
            (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4
        }
      }
    }
    return result
  }
}

extension Autoencoder {
  /// A decoded latent `(h, w, C)`, and the time it took without the one-time preparation for its size.
  fileprivate func timedDecode(
    _ latent: [Float], height: Int, width: Int
  ) throws -> (pixels: [Float], time: Duration) {
    try prepareToDecode(height: height, width: width)
    let clock = ContinuousClock()
    let start = clock.now
    let pixels = try decode(latent, batch: 1, height: height, width: width)
    return (pixels, clock.now - start)
  }
}
