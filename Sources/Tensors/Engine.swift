import CKernels
import COneDNN

/// A failure of an operation in oneDNN.
public struct EngineError: Error, CustomStringConvertible, Sendable {
  /// The operation that failed.
  public let operation: String
  /// oneDNN's status code.
  public let status: Int
  /// The status that means there is not enough memory.
  public static let noMemory = 1

  /// A sentence for people.
  public var description: String {
    let reason =
      switch status {
      case Self.noMemory: "there is not enough memory"
      case 2: "its arguments do not fit together"
      case 3: "this processor or this version of oneDNN cannot do it"
      default: "oneDNN returned status \(status)"
      }
    return "\(operation) failed: \(reason)"
  }
}

/// oneDNN's handle for the processor, and the stream to which work is submitted.
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

/// Throws unless `status` means success.
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws {
  guard status == dnnl_success else {
    throw EngineError(operation: operation(), status: Int(status.rawValue))
  }
}

/// The processor's features.
public enum Processor {
  /// Whether it multiplies pairs of bfloat16 in hardware.
  public static var hasBF16: Bool { hl_has_bf16() }

  /// Whether bfloat16 is also faster than float32 on it.
  public static var prefersBF16: Bool { hl_prefers_bf16() }

  /// The number of threads that OpenMP offers: one for each core available to this process, or a configured number.
  public nonisolated static let threads = Int(hl_thread_count())

  /// Makes waiting threads sleep after microseconds rather than milliseconds, for long work while other programs run:
  /// if another program keeps one of two cores busy, training is 1.5 times as fast; otherwise, it costs nothing. Call
  /// this before anything else, because it restarts the program.
  public nonisolated static func shareCores() { hl_share_cores(CommandLine.unsafeArgv) }

  /// The oneDNN release in use, such as `2.6.3`.
  public static var oneDNNVersion: String {
    guard let v = dnnl_version()?.pointee else { return "unknown" }
    return "\(v.major).\(v.minor).\(v.patch)"
  }
}
