#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Converts `Float` to stored elements, the opposite of ``ElementDecoding``.
enum ElementEncoding {
  /// The elements' bytes, little-endian; `nil` for any format except F32, F16 and BF16.
  static func data(_ values: [Float], type: ElementType) -> Data? {
    switch type {
    case .f32: map(values) { $0.bitPattern.littleEndian }
    case .f16: map(values) { half($0).littleEndian }
    case .bf16: map(values) { brain($0).littleEndian }
    default: nil
    }
  }

  /// IEEE 754 binary32 to binary16, rounded to the nearest, ties to even.
  @inline(__always)
  static func half(_ value: Float) -> UInt16 {
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let bits: UInt32
    if magnitude > 0x7F80_0000 {
      bits = 0x7E00  // NaN
    } else if magnitude >= 0x4780_0000 {
      bits = 0x7C00  // 65536 and above
    } else if magnitude >= 0x3880_0000 {
      // Rounding may carry into the exponent, and beyond 65504 into infinity, which is correct.
      let rounded = magnitude &+ 0x0FFF &+ ((magnitude >> 13) & 1)
      bits = (rounded >> 13) &- (112 << 10)
    } else {
      // Below 2^-14 the format has steps of 2^-24; adding 0.5 leaves binary32 with the same steps, which rounds.
      bits = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
    }
    return UInt16(truncatingIfNeeded: bits) | sign
  }

  /// IEEE 754 binary32 to bfloat16, rounded to the nearest, ties to even.
  @inline(__always)
  static func brain(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = bits &+ 0x7FFF &+ ((bits >> 16) & 1)
    let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
    return UInt16(truncatingIfNeeded: (isNaN ? bits | 0x40_0000 : rounded) >> 16)
  }

  @inline(__always)
  private static func map<Element: BitwiseCopyable>(
    _ values: [Float], _ convert: (Float) -> Element
  ) -> Data {
    [Element](unsafeUninitializedCapacity: values.count) { target, initialized in
      for (index, value) in values.enumerated() {
        target.initializeElement(at: index, to: convert(value))
      }
      initialized = values.count
    }.withUnsafeBytes { Data($0) }
  }
}
