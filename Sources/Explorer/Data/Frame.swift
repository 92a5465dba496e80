import Pictures
import Recipes

/// One step of a run, as pictures.
public struct Frame: Sendable, Hashable {
  /// The step's index.
  public var index: Int
  /// The number of steps in the run.
  public var count: Int
  /// The noise level.
  public var sigma: Float
  /// The share of noise in the sample, 0 to 1.
  public var noiseLevel: Float
  /// The noisy picture, `x_t`.
  public var sample: Picture
  /// The model's guess at the picture, `x_0`.
  public var denoised: Picture
  /// The predicted noise.
  public var noise: Picture
  /// The final picture, after the last step.
  public var finished: Picture?
  /// The duration of the step.
  public var milliseconds: Double
  /// The time to make its pictures, if they are previews of latents.
  public var previewMilliseconds: Double?
  /// The steering of the step.
  public var steering: Steering
  /// The sizes of its parts.
  public var magnitudes: Magnitudes?

  /// A frame of these parts.
  public init(
    index: Int, count: Int, sigma: Float, noiseLevel: Float, sample: Picture, denoised: Picture,
    noise: Picture, finished: Picture? = nil, milliseconds: Double,
    previewMilliseconds: Double? = nil, steering: Steering, magnitudes: Magnitudes? = nil
  ) {
    self.index = index
    self.count = count
    self.sigma = sigma
    self.noiseLevel = noiseLevel
    self.sample = sample
    self.denoised = denoised
    self.noise = noise
    self.finished = finished
    self.milliseconds = milliseconds
    self.previewMilliseconds = previewMilliseconds
    self.steering = steering
    self.magnitudes = magnitudes
  }

  /// The picture for a view mode.
  func picture(_ kind: PictureKind) -> Picture {
    switch kind {
    case .sample: sample
    case .denoised: denoised
    case .noise: noise
    }
  }

  /// The size of its pictures in bytes.
  var bytes: Int {
    [sample, denoised, noise].reduce(finished?.pixels.count ?? 0) { $0 + $1.pixels.count }
  }
}

/// The sizes of the parts of a step: root mean squares over all values of the sample.
public struct Magnitudes: Sendable, Hashable {
  /// Of `x_t`.
  public var sample: Float
  /// Of the predicted noise.
  public var noise: Float
  /// Of `x_0`.
  public var denoised: Float
  /// The change made by the step, `x_{t-1} - x_t`.
  public var change: Float
  /// The effect of the prompt on the network's output: the output with it minus the output without it; `nil` if the
  /// network was evaluated only once.
  public var guidance: Float?

  /// These sizes.
  public init(sample: Float, noise: Float, denoised: Float, change: Float, guidance: Float?) {
    (self.sample, self.noise, self.denoised) = (sample, noise, denoised)
    (self.change, self.guidance) = (change, guidance)
  }
}

/// A planned step.
public struct PlannedLevel: Sendable, Hashable {
  /// The noise level.
  public var sigma: Float
  /// The share of noise in the sample, 0 to 1.
  public var noiseLevel: Float

  /// A planned noise level.
  public init(sigma: Float, noiseLevel: Float) {
    self.sigma = sigma
    self.noiseLevel = noiseLevel
  }
}

/// The step of a run to branch from.
public struct BranchPoint: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The index of the first step that is computed again.
  public var step: Int

  /// A step of a run.
  public init(run: Int, step: Int) {
    self.run = run
    self.step = step
  }
}
