/// Sixteen-bit floating-point numbers: IEEE 754 binary16, and bfloat16, the upper half of a `Float`.
enum HalfNumber {
  /// The bits of the nearest binary16 number, ties to even; infinity beyond its range.
  static func bits(of value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7fff_ffff
    if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
    // 65520, halfway from the largest number to what would be the next one.
    if magnitude >= 0x477f_f000 { return sign | 0x7c00 }
    if magnitude >= 0x3880_0000 {
      let rounded = magnitude + 0xfff + (magnitude >> 13 & 1)
      return sign | UInt16(truncatingIfNeeded: (rounded - 0x3800_0000) >> 13)
    }
    // Multiples of 2^-24; adding 0.5 leaves such a number in the lowest bits, rounded.
    let lowest = (Float(bitPattern: magnitude) + 0.5).bitPattern - Float(0.5).bitPattern
    return sign | UInt16(truncatingIfNeeded: lowest)
  }

  /// The number with these binary16 bits.
  static func float(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let magnitude = UInt32(bits & 0x7fff)
    switch magnitude {
    case 0x7c01...: return .nan
    case 0x7c00: return sign * .infinity
    case 0x0400...: return sign * Float(bitPattern: (magnitude << 13) + 0x3800_0000)
    default: return sign * Float(magnitude) * Float(sign: .plus, exponent: -24, significand: 1)
    }
  }

  /// The bits of the nearest bfloat16 number, ties to even.
  static func brainBits(of value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x0040 }
    return UInt16(truncatingIfNeeded: (bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }
}
