import Pictures
import Recipes

/// One step of a run, as pictures.
public struct Frame: Sendable, Hashable {
  /// The step's number, from 0.
  public var index: Int
  /// Steps of the run.
  public var count: Int
  /// The noise level.
  public var sigma: Float
  /// The share of noise in the sample, 0 to 1.
  public var noiseLevel: Float
  /// `x_t`, what the model looks at.
  public var sample: Picture
  /// `x_0`, what it thinks it sees.
  public var denoised: Picture
  /// The noise it believes to be there.
  public var noise: Picture
  /// The picture, behind the last step.
  public var finished: Picture?
  /// How long the step took.
  public var milliseconds: Double
  /// How long its pictures took, where they are quick ones of latents.
  public var previewMilliseconds: Double?
  /// What steered it.
  public var steering: Steering
  /// How large its parts are.
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

  /// What a view shows of it.
  func picture(_ mode: ViewMode) -> Picture {
    switch mode {
    case .sample: sample
    case .denoised: denoised
    case .noise: noise
    }
  }

  /// Bytes of its pictures.
  var bytes: Int {
    [sample, denoised, noise].reduce(finished?.pixels.count ?? 0) { $0 + $1.pixels.count }
  }
}

/// How large the parts of a step are: root mean squares over all values of the sample.
public struct Magnitudes: Sendable, Hashable {
  /// Of `x_t`.
  public var sample: Float
  /// Of the predicted noise.
  public var noise: Float
  /// Of `x_0`.
  public var denoised: Float
  /// Of what the step changes, `x_{t-1} - x_t`.
  public var change: Float
  /// Of what the prompt changes in the network's output: with it less without it; `nil` where it looked only once.
  public var guidance: Float?

  /// These sizes.
  public init(sample: Float, noise: Float, denoised: Float, change: Float, guidance: Float?) {
    (self.sample, self.noise, self.denoised) = (sample, noise, denoised)
    (self.change, self.guidance) = (change, guidance)
  }
}

/// A step as it is planned.
public struct PlannedLevel: Sendable, Hashable {
  /// The noise level.
  public var sigma: Float
  /// The share of noise in the sample, 0 to 1.
  public var noiseLevel: Float

  /// A level of a plan.
  public init(sigma: Float, noiseLevel: Float) {
    self.sigma = sigma
    self.noiseLevel = noiseLevel
  }
}

/// A step of a run to branch from.
public struct BranchPoint: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The step, from 0: the first that is computed anew.
  public var step: Int

  /// A step of a run.
  public init(run: Int, step: Int) {
    self.run = run
    self.step = step
  }
}
