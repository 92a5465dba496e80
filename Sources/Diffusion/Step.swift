/// One step of a run: its input, the prediction of the network, and its result.
public struct Step: Sendable {
  /// The step's index.
  public let index: Int
  /// The number of steps in the whole run.
  public let count: Int
  /// The time at which the network was called, in its own units.
  public let timestep: Float
  /// The noise level of `sample`: the standard deviation of the noise for a signal of weight 1, or, on the straight
  /// paths of flow matching, the position on the path, 0 to 1.
  public let sigma: Float
  /// The share of noise in `sample` by amplitude, 0 to 1: `sigma / (contrast alpha + sigma)` with
  /// `x_t = alpha x_0 + sigma epsilon` and ``NoiseSchedule/contrast``.
  public let noiseLevel: Float
  /// `x_t`, the noisy sample at the start of the step.
  public let sample: Latent
  /// `x_0`, the predicted clean sample, guided and clipped.
  public let denoised: Latent
  /// `epsilon`, the noise predicted in `sample`.
  public let noise: Latent
  /// The network's raw output under the condition.
  public let conditional: Latent
  /// The network's raw output without the condition, if guidance needs one.
  public let unconditional: Latent?
  /// The root mean square change to the clean sample that the condition causes, before guidance and clipping; `nil` if
  /// the network was not called without it.
  public let conditionEffect: Double?
  /// `x_{t-1}`, the sample at the start of the next step; after the last step, the picture.
  public let next: Latent
}
