import CKernels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Turns stored elements into `Float`.
///
/// The loops load from raw memory without a check for each element, and no call in them, so that
/// the compiler makes vector code of them; the number of bytes is checked once, before. Half
/// precision, which whole models come in, has the processor's own instructions.
enum ElementDecoding {
  /// The elements in `data`, or `nil` for a format that is none of F32, F16, BF16 and I8.
  static func floats(_ data: Data, type: ElementType) -> [Float]? {
    switch type {
    case .f32:
      map(data, UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .f16:
      halves(data)
    case .bf16:
      map(data, UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
    case .i8:
      map(data, Int8.self) { Float($0) }
    default: nil
    }
  }

  /// IEEE 754 binary16 to binary32, exactly.
  ///
  /// Shifting the fields into place leaves the exponent 112 too small, which one multiplication
  /// mends, subnormal numbers included; infinities and NaN get the largest exponent instead.
  @inline(__always)
  static func float(half bits: UInt16) -> Float {
    let wide = UInt32(bits)
    let magnitude = (wide & 0x7FFF) << 13
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special = magnitude | 0x7F80_0000
    let value = magnitude >= 0x0F80_0000 ? special : scaled
    return Float(bitPattern: value | (wide & 0x8000) << 16)
  }

  /// Multiplies each row of a `(scales.count, columns)` table by its scale.
  static func scale(_ values: inout [Float], rowsBy scales: [Float]) {
    guard !scales.isEmpty else { return }
    let columns = values.count / scales.count
    values.withUnsafeMutableBufferPointer { values in
      for (row, scale) in scales.enumerated() {
        for index in row * columns..<(row + 1) * columns {
          values[index] *= scale
        }
      }
    }
  }

  private static func halves(_ data: Data) -> [Float] {
    let count = data.count / 2
    return [Float](unsafeUninitializedCapacity: count) { target, initialized in
      if let base = target.baseAddress { hl_prefer_large_pages(base, count * 4) }
      halves(data, into: UnsafeMutableBufferPointer(rebasing: target[..<count]))
      initialized = count
    }
  }

  /// Half precision in memory of the caller's, which must have room for all of it.
  static func halves(_ data: Data, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(target.count == data.count / 2, "as much room as there are elements")
    data.withUnsafeBytes { source in
      guard let from = source.baseAddress, let to = target.baseAddress else { return }
      hl_widen_half(from, to, Int64(target.count))
    }
  }

  @inline(__always)
  private static func map<Element: BitwiseCopyable>(
    _ data: Data, _ type: Element.Type, _ convert: (Element) -> Float
  ) -> [Float] {
    let stride = MemoryLayout<Element>.stride
    let count = data.count / stride
    return data.withUnsafeBytes { source in
      [Float](unsafeUninitializedCapacity: count) { target, initialized in
        for index in 0..<count {
          let element = source.loadUnaligned(fromByteOffset: index * stride, as: Element.self)
          target.initializeElement(at: index, to: convert(element))
        }
        initialized = count
      }
    }
  }
}
