/// Hears how far the network is inside an evaluation.
///
/// A task-local value, so that a run can be watched without the sampler core knowing of it:
/// `EvaluationProgress.$current.withValue(EvaluationProgress { … }) { try await iterator.next() }`.
public final class EvaluationProgress: Sendable {
  /// Who listens to the evaluations of this task.
  @TaskLocal public static var current: EvaluationProgress?

  /// Called on the compute thread before each operation, with the share of the evaluation's work that is done, 0 to 1.
  let report: @Sendable (Double) -> Void

  /// A listener.
  public init(_ report: @escaping @Sendable (Double) -> Void) { self.report = report }
}
