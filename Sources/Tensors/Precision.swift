/// The number format in which a network computes.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// bf16 if the processor computes faster with it, otherwise float32.
  case auto
  /// 32-bit floating point throughout.
  case f32
  /// bfloat16 weights and activations, accumulated in float32.
  case bf16

  /// The format that this processor will use.
  ///
  /// - Throws: ``PrecisionError`` when bf16 is requested on a processor without it.
  public func resolved() throws -> NumberFormat {
    switch self {
    case .auto: return Processor.prefersBF16 ? .bf16 : .f32
    case .f32: return .f32
    case .bf16:
      guard Processor.hasBF16 else { throw PrecisionError() }
      return .bf16
    }
  }
}

/// bf16 was requested on a processor without it.
public struct PrecisionError: Error, CustomStringConvertible, Sendable {
  /// A sentence for people.
  public var description: String {
    "this processor has no bf16 arithmetic (AVX-512 BF16); use --precision f32 or auto"
  }
}

/// The storage format of an element.
public enum NumberFormat: String, Sendable, Hashable {
  /// 4 bytes.
  case f32
  /// 2 bytes: the upper half of a float32.
  case bf16

  /// The size of an element in bytes.
  public var size: Int { self == .f32 ? 4 : 2 }
}
