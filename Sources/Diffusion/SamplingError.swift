/// Settings that cannot be sampled, or a run that cannot go on.
public enum SamplingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The number of steps is not between 1 and what the schedule or the sampler has.
  case steps(found: Int, most: Int)
  /// The guidance scale is no finite number.
  case guidanceScale(found: Float)
  /// The guidance rescaling is not between 0 and 1.
  case guidanceRescale(found: Float)
  /// DDIM's eta is not between 0 and 1.
  case eta(found: Float)
  /// There is nothing that guidance could steer away from.
  case unguided
  /// The strength is not between 0 and 1, or leaves no step to be taken.
  case strength(found: Double, steps: Int)
  /// The network gave a value that is no finite number.
  case notFinite(step: Int, count: Int, part: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .steps(let found, let most):
      "a run has 1 to \(most) steps with this sampler, not \(found)"
    case .guidanceScale(let found):
      "the guidance scale must be a finite number, such as 3, not \(found)"
    case .guidanceRescale(let found):
      "the guidance rescaling must be between 0 and 1, not \(found)"
    case .eta(let found):
      "eta must be between 0 (no noise added on the way) and 1, not \(found)"
    case .unguided:
      "this model looks once only: there is nothing that guidance could steer away from"
    case .strength(let found, let steps) where (0...1).contains(found):
      "a strength of \(found) leaves none of \(steps) steps to be taken; raise one of them"
    case .strength(let found, _):
      "the strength must be between 0 (the picture as it is) and 1 (hardly any of it), not \(found)"
    case .notFinite(let step, let count, let part):
      "step \(step + 1) of \(count) gave values that are no numbers in \(part): the model's weights may be damaged, or "
        + "its numbers grow too large, which --precision f32, less guidance or another sampler may mend"
    }
  }
}
