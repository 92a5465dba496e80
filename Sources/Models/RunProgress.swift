import Tensors

/// Reports the progress of a run inside a step: reading weights, or evaluating the network.
///
/// A task-local value, so that the sampler core needs no parameter for it:
/// `RunProgress.$current.withValue(RunProgress { … }) { try await iterator.next() }`.
public final class RunProgress: Sendable {
  /// The current work.
  public enum Moment: Sendable, Hashable {
    /// Weights are being read and packed, which happens once.
    case loading(WeightLoading)
    /// The network is being evaluated; the finished fraction of that work, 0 to 1.
    case evaluating(Double)
  }

  /// The listener of this task.
  @TaskLocal public static var current: RunProgress?

  /// Called on the compute thread after each weight and before each operation.
  let report: @Sendable (Moment) -> Void

  /// A listener with this callback.
  public init(_ report: @escaping @Sendable (Moment) -> Void) { self.report = report }
}

/// How many bytes of a part's weights have been read.
public struct WeightLoading: Sendable, Hashable {
  /// A part of a model with many weights.
  public enum Part: String, Sendable {
    case textEncoder = "text encoder"
    case network
  }

  /// The part.
  public let part: Part
  /// The bytes read so far, in the precision of computing.
  public let bytes: Int
  /// The approximate total in bytes.
  public let total: Int

  /// Smaller parts are read too quickly for a message about them.
  private static let leastBytes = 256 << 20

  /// The callback of a weight cache after each weight: it informs the listener, and allows the task to be cancelled.
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
