/// A tensor's element type, as named in the Open Inference Protocol.
package enum TensorDatatype: String, Sendable, Hashable, CaseIterable, Codable {
  case float32 = "FP32"
  case float16 = "FP16"
  case bfloat16 = "BF16"
  case int32 = "INT32"
  case int64 = "INT64"
  case boolean = "BOOL"
  case uint8 = "UINT8"

  /// The size of an element in bytes.
  package var size: Int {
    switch self {
    case .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16: 2
    case .boolean, .uint8: 1
    }
  }
}

/// A named tensor sent to a server or received from it: little-endian elements, the last dimension fastest.
package struct InferenceTensor: Sendable, Hashable {
  /// Its name among the model's inputs or outputs.
  package let name: String
  /// The type of its elements.
  package let datatype: TensorDatatype
  /// Its dimensions; empty for a single number.
  package let shape: [Int]
  /// The elements.
  package let bytes: [UInt8]

  /// A tensor with these bytes; there must be as many as the shape needs.
  init(name: String, datatype: TensorDatatype, shape: [Int], bytes: [UInt8]) {
    (self.name, self.datatype, self.shape, self.bytes) = (name, datatype, shape, bytes)
  }

  /// A tensor of numbers in a model's type. For whole-number types, numbers are rounded; for `BOOL`, the value is
  /// whether a number is not 0.
  package init(_ name: String, _ values: [Float], shape: [Int], as datatype: TensorDatatype) {
    precondition(values.count == shape.reduce(1, *), "a number for each element of the tensor")
    let bytes: [UInt8] =
      switch datatype {
      case .float32: Self.bytes(values.map(\.bitPattern))
      case .float16: Self.bytes(values.map { HalfNumber.bits(of: $0) })
      case .bfloat16: Self.bytes(values.map { HalfNumber.brainBits(of: $0) })
      case .int32: Self.bytes(values.map { Int32(nearest: $0) })
      case .int64: Self.bytes(values.map { Int64(Int32(nearest: $0)) })
      case .boolean: values.map { UInt8($0 == 0 ? 0 : 1) }
      case .uint8: values.map { UInt8(Swift.max(0, Swift.min(255, $0.rounded()))) }
      }
    self.init(name: name, datatype: datatype, shape: shape, bytes: bytes)
  }

  /// The elements as numbers.
  package var floats: [Float] {
    switch datatype {
    case .float32: integers(UInt32.self).map { Float(bitPattern: $0) }
    case .float16: integers(UInt16.self).map(HalfNumber.float)
    case .bfloat16: integers(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .int32: integers(Int32.self).map { Float($0) }
    case .int64: integers(Int64.self).map { Float($0) }
    case .boolean: bytes.map { $0 == 0 ? 0 : 1 }
    case .uint8: bytes.map { Float($0) }
    }
  }

  private static func bytes(_ values: [some FixedWidthInteger]) -> [UInt8] {
    values.map(\.littleEndian).withUnsafeBytes { Array($0) }
  }

  private func integers<T: FixedWidthInteger>(_: T.Type) -> [T] {
    let size = MemoryLayout<T>.size
    return bytes.withUnsafeBytes { bytes in
      (0..<(bytes.count / size)).map {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: T.self))
      }
    }
  }
}

extension Int32 {
  /// The nearest whole number; 0 for NaN.
  fileprivate init(nearest value: Float) {
    // The largest float below 2^31 is 2^31 - 128.
    let nearest = Swift.max(-2_147_483_648, Swift.min(2_147_483_520, value.rounded()))
    self = value.isNaN ? 0 : Int32(nearest)
  }
}
