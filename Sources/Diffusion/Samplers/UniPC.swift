/// UniPC of second order with B2(h), predicting the clean sample (Zhao et al. 2023, algorithms 5 to 8): the prediction
/// for a sample first corrects the previous step, then computes the next one, without a further evaluation.
struct UniPCSampler: Sampler {
  static let rules = SamplerRules(
    times: .whole, leavesOutLast: true, karrasTimesAreWhole: true, exponentialTimesAreWhole: true)

  /// A corrected sample, and the network's prediction for the uncorrected one.
  private struct Point: Sendable {
    let sample: Latent
    let denoised: Latent
    let level: NoiseLevel
  }

  private var last: Point?
  private var beforeLast: Point?
  /// The order of the last step.
  private var order = 0

  func corrected(_ x: Latent, denoised: Latent, at level: NoiseLevel) -> Latent {
    guard let last else { return x }
    let step = Exponentials(from: last.level, to: level)
    let change = Latent(denoised - last.denoised)
    var correction = Latent(0.5 * change)
    if order == 2, let beforeLast, let reach = step.reach(of: beforeLast.level) {
      let (first, second) = step.correctorWeights(reach)
      correction = Latent(
        first / reach * beforeLast.denoised - first / reach * last.denoised + second * change)
    }
    return step.advance(last.sample, last.denoised, correction)
  }

  mutating func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let sample = corrected(x, denoised: predicted.sample, at: step.from)
    beforeLast = last
    last = Point(sample: sample, denoised: predicted.sample, level: step.from)
    let exponentials = Exponentials(from: step.from, to: step.to)
    guard !step.isLast, let beforeLast, let reach = exponentials.reach(of: beforeLast.level) else {
      order = 1
      return exponentials.advance(sample, predicted.sample, nil)
    }
    order = 2
    let slope = Latent(0.5 / reach * beforeLast.denoised - 0.5 / reach * predicted.sample)
    return exponentials.advance(sample, predicted.sample, slope)
  }
}

/// The coefficients of a step of an exponential integrator that predicts the clean sample.
private struct Exponentials {
  let from: NoiseLevel
  let to: NoiseLevel
  /// The length of the step in half the logarithm of the signal-to-noise ratio; infinite from pure noise and to no
  /// noise.
  let length: Double
  /// `exp(-length) - 1`.
  let decay: Double

  init(from: NoiseLevel, to: NoiseLevel) {
    (self.from, self.to) = (from, to)
    length = to.logSNR - from.logSNR
    decay = length.isFinite ? Math.expm1(-length) : -1
  }

  /// The distance of an earlier level from the start of this step, in steps, negative; `nil` if that is infinite.
  func reach(of earlier: NoiseLevel) -> Double? {
    let reach = (earlier.logSNR - from.logSNR) / length
    return length.isFinite && reach.isFinite && reach < 0 ? reach : nil
  }

  /// The weights of the earlier and the new difference in a second-order corrector: they solve `w0 + w1 = b1`, `reach
  /// w0 + w1 = b2` (equation 13 with B2).
  func correctorWeights(_ reach: Double) -> (first: Double, second: Double) {
    let phi1 = decay / -length - 1
    let phi2 = phi1 / -length - 0.5
    let (b1, b2) = (phi1 / decay, 2 * phi2 / decay)
    let first = (b1 - b2) / (1 - reach)
    return (first, b1 - first)
  }

  /// The sample at the end of the step, from the sample at its start, the prediction there, and the change of the
  /// prediction.
  func advance(_ x: Latent, _ denoised: Latent, _ change: Latent?) -> Latent {
    let kept = from.sigma > 0 ? to.sigma / from.sigma : 0
    let gain = -to.alpha * decay
    guard let change else { return Latent(kept * x + gain * denoised) }
    return Latent(kept * x + gain * denoised + gain * change)
  }
}
