import Tensors

/// Reports the progress of a run within a step: reading weights, or evaluating the network.
///
/// A task-local value, so that the sampler core needs no parameter for it:
/// `RunProgress.$current.withValue(RunProgress { … }) { try await iterator.next() }`.
public final class RunProgress: Sendable {
  /// What is being done.
  public enum Moment: Sendable, Hashable {
    /// Weights are read and packed, which is done once.
    case loading(WeightLoading)
    /// The network is evaluated; the share of that work that is done, 0 to 1.
    case evaluating(Double)
  }

  /// The listener of this task.
  @TaskLocal public static var current: RunProgress?

  /// Called on the compute thread after each weight and before each operation.
  let report: @Sendable (Moment) -> Void

  /// A listener.
  public init(_ report: @escaping @Sendable (Moment) -> Void) { self.report = report }
}

/// How many of a part's weights have been read.
public struct WeightLoading: Sendable, Hashable {
  /// A part of a model that has many weights.
  public enum Part: String, Sendable {
    case textEncoder = "text encoder"
    case network
  }

  /// Whose weights.
  public let part: Part
  /// Bytes that have been read, in the precision of computing.
  public let bytes: Int
  /// Bytes that all of them take, approximately.
  public let total: Int

  /// Less than this is there before anybody could read of it.
  private static let leastBytes = 256 << 20

  /// What a cache of weights does after each: it tells who listens, and lets the task be cancelled.
  static func reporter(
    _ part: Part, of source: any ParameterSource, bytesEach: Double
  ) -> @Sendable (Int) throws -> Void {
    let total = Int(Double(source.parameterCount ?? 0) * bytesEach)
    return { bytes in
      try Task.checkCancellation()
      guard total >= leastBytes else { return }
      RunProgress.current?.report(
        .loading(WeightLoading(part: part, bytes: min(bytes, total), total: total)))
    }
  }
}
