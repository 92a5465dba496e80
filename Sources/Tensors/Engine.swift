import CKernels
import COneDNN

/// A failure inside the compute library, with the operation that failed.
public struct EngineError: Error, CustomStringConvertible, Sendable {
  /// What was being done.
  public let operation: String
  /// oneDNN's status code.
  public let status: Int
  /// The status of what failed for want of memory.
  public static let noMemory = 1

  /// A sentence for people.
  public var description: String {
    let reason =
      switch status {
      case Self.noMemory: "there is not enough memory"
      case 2: "its arguments do not fit together"
      case 3: "this processor or this version of oneDNN cannot do it"
      default: "oneDNN answered with status \(status)"
      }
    return "\(operation) failed: \(reason)"
  }
}

/// oneDNN's view of the processor, and the stream that work is sent through.
@Compute
final class Engine {
  static let shared = Result { try Engine() }

  let engine: dnnl_engine_t
  let stream: dnnl_stream_t

  private init() throws {
    var engine: dnnl_engine_t?
    try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "starting oneDNN")
    var stream: dnnl_stream_t?
    try check(
      dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue),
      "starting oneDNN's stream")
    guard let engine, let stream else {
      throw EngineError(operation: "starting oneDNN", status: 0)
    }
    self.engine = engine
    self.stream = stream
  }
}

/// Throws unless `status` says success.
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws {
  guard status == dnnl_success else {
    throw EngineError(operation: operation(), status: Int(status.rawValue))
  }
}

/// What the processor offers.
public enum Processor {
  /// Whether it multiplies pairs of bfloat16 in hardware.
  public static var hasBF16: Bool { hl_has_bf16() }

  /// Whether bfloat16 is also faster than float32 on it.
  public static var prefersBF16: Bool { hl_prefers_bf16() }

  /// Threads that OpenMP offers: one for each core this process may use, or as many as it was told.
  public nonisolated static let threads = Int(hl_thread_count())

  /// Has threads that wait for each other sleep after some microseconds instead of milliseconds, for long work beside
  /// other programs: with one that keeps one of two cores busy, learning is half as quick again and costs nothing where
  /// there is none. To be called before anything else is done, since the program begins anew for it.
  public nonisolated static func shareCores() { hl_share_cores(CommandLine.unsafeArgv) }

  /// The oneDNN release in use, such as `2.6.3`.
  public static var oneDNNVersion: String {
    guard let v = dnnl_version()?.pointee else { return "unknown" }
    return "\(v.major).\(v.minor).\(v.patch)"
  }
}
