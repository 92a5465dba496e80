import CKernels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Converts stored elements to `Float`.
///
/// The loops load from raw memory without a check or a call for each element, so that the compiler can vectorise them;
/// the number of bytes is checked once before. Half-precision numbers, which complete models use, are converted by
/// the processor's own instructions.
enum ElementDecoding {
  /// The supported formats, for messages; I8 needs scales beside it.
  static let readable = "F64, F32, F16, BF16, F8_E4M3, F8_E5M2 or I8"

  /// The elements in `data`, or `nil` for a format not in ``readable``; F64 is rounded to the nearest value.
  static func floats(_ data: Data, type: ElementType) -> [Float]? {
    switch type {
    case .f32:
      map(data, UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .f16:
      halves(data)
    case .bf16:
      map(data, UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
    case .f64:
      map(data, UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .f8e4m3:
      map(data, UInt8.self) { float(e4m3: $0) }
    case .f8e5m2:
      // E5M2 is half precision without its lower eight bits.
      map(data, UInt8.self) { float(half: UInt16($0) << 8) }
    case .i8:
      map(data, Int8.self) { Float($0) }
    default: nil
    }
  }

  /// IEEE 754 binary16 to binary32, exactly.
  ///
  /// Shifting the fields into place leaves the exponent 112 too small, which one multiplication corrects, including for
  /// subnormal numbers; infinities and NaN get the largest exponent instead.
  @inline(__always)
  static func float(half bits: UInt16) -> Float {
    let wide = UInt32(bits)
    let magnitude = (wide & 0x7FFF) << 13
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special = magnitude | 0x7F80_0000
    let value = magnitude >= 0x0F80_0000 ? special : scaled
    return Float(bitPattern: value | (wide & 0x8000) << 16)
  }

  /// FP8 with four exponent and three mantissa bits to binary32, exactly: the variant without infinities, whose only
  /// NaN has all bits except the sign set (Micikevicius et al. 2022).
  ///
  /// As with half precision, the shifted exponent is 120 too small.
  @inline(__always)
  static func float(e4m3 bits: UInt8) -> Float {
    let wide = UInt32(bits)
    let magnitude = (wide & 0x7F) << 20
    let scaled = (Float(bitPattern: magnitude) * 0x1p120).bitPattern
    let value = wide & 0x7F == 0x7F ? 0x7FC0_0000 : scaled
    return Float(bitPattern: value | (wide & 0x80) << 24)
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

  /// Multiplies numbers of a table by the scales of their rows.
  ///
  /// - Parameters:
  ///   - first: The index of the first number in the table, counted row by row.
  ///   - columns: The numbers in a row, at least 1.
  ///   - scales: One for each row of the table, or one for all.
  static func scale(_ values: inout [Float], from first: Int, columns: Int, by scales: [Float]) {
    values.withUnsafeMutableBufferPointer { values in
      var start = 0
      while start < values.count {
        let (row, column) = (first + start).quotientAndRemainder(dividingBy: columns)
        let isSingle = scales.count == 1
        let end = isSingle ? values.count : min(start + columns - column, values.count)
        let scale = scales[isSingle ? 0 : row]
        for index in start..<end { values[index] *= scale }
        start = end
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

  /// Converts half precision into the caller's memory, which must have room for all of it.
  static func halves(_ data: Data, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(target.count == data.count / 2, "the space must fit all the elements")
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
