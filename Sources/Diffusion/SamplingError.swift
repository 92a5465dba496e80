/// Settings that cannot be sampled, or a run that cannot continue.
public enum SamplingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The number of steps is not between 1 and the maximum for the schedule or the sampler.
  case steps(found: Int, most: Int)
  /// The guidance scale is not a finite number.
  case guidanceScale(found: Float)
  /// The guidance rescaling is not between 0 and 1.
  case guidanceRescale(found: Float)
  /// DDIM's eta is not between 0 and 1.
  case eta(found: Float)
  /// There is no unconditional prediction for guidance to steer away from.
  case unguided
  /// The strength is not between 0 and 1, or leaves no steps to run.
  case strength(found: Double, steps: Int)
  /// The network produced a value that is not a finite number.
  case notFinite(step: Int, count: Int, part: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .steps(let found, let most):
      "the number of steps must be 1 to \(most) with this sampler, not \(found)"
    case .guidanceScale(let found):
      "the guidance scale must be a finite number, such as 3, not \(found)"
    case .guidanceRescale(let found):
      "the guidance rescaling must be between 0 and 1, not \(found)"
    case .eta(let found):
      "eta must be between 0 (no fresh noise) and 1, not \(found)"
    case .unguided:
      "this model has no unconditional prediction, so guidance cannot be used"
    case .strength(let found, let steps) where (0...1).contains(found):
      "a strength of \(found) leaves none of the \(steps) steps to run; raise the strength or the steps"
    case .strength(let found, _):
      "the strength must be between 0 (keep the picture) and 1 (keep almost nothing of it), not \(found)"
    case .notFinite(let step, let count, let part):
      "step \(step + 1) of \(count) produced NaN or infinity in \(part): the model's weights may be damaged, or "
        + "its values grow too large; --precision f32, less guidance or another sampler may help"
    }
  }
}
