#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Converts GGML's blocks to `Float`, bit for bit as `gguf.quants.dequantize` of the Python package gguf does.
///
/// Each format is a function from one block's bytes to its numbers. A number is a small integer q times a scale d,
/// minus a minimum m if the format has one. The K formats have a scale for each 16 or 32 numbers, which is itself a
/// small integer times the block's scale.
enum BlockDecoding {
  /// The numbers of whole blocks.
  static func floats(_ data: Data, format: BlockFormat) -> [Float] {
    switch format {
    case .q4_0: decode(data, format, q4_0)
    case .q4_1: decode(data, format, q4_1)
    case .q5_0: decode(data, format, q5_0)
    case .q5_1: decode(data, format, q5_1)
    case .q8_0: decode(data, format, q8_0)
    case .q2K: decode(data, format, q2K)
    case .q3K: decode(data, format, q3K)
    case .q4K: decode(data, format, q4K)
    case .q5K: decode(data, format, q5K)
    case .q6K: decode(data, format, q6K)
    case .iq4NL: decode(data, format, iq4NL)
    case .iq4XS: decode(data, format, iq4XS)
    }
  }

  /// One block's bytes, read without checking each access: ``decode(_:_:_:)`` has checked their number.
  private struct Block {
    let bytes: UnsafeRawBufferPointer

    @inline(__always)
    subscript(index: Int) -> UInt8 { bytes[index] }

    @inline(__always)
    func half(_ offset: Int) -> Float {
      ElementDecoding.float(half: UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8)
    }

    @inline(__always)
    func word(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
  }

  private typealias Numbers = UnsafeMutableBufferPointer<Float>

  @inline(__always)
  private static func decode(
    _ data: Data, _ format: BlockFormat, _ body: (Block, Numbers) -> Void
  ) -> [Float] {
    let blocks = data.count / format.byteCount
    let count = blocks * format.count
    return data.withUnsafeBytes { source in
      [Float](unsafeUninitializedCapacity: count) { target, initialized in
        target.initialize(repeating: 0)
        for block in 0..<blocks {
          let from = block * format.byteCount
          let to = block * format.count
          body(
            Block(bytes: UnsafeRawBufferPointer(rebasing: source[from..<from + format.byteCount])),
            Numbers(rebasing: target[to..<to + format.count]))
        }
        initialized = count
      }
    }
  }

  // MARK: 32 numbers, four or five bits each: the first half in the low nibbles, the second above

  private static func q4_0(_ block: Block, _ out: Numbers) {
    let d = block.half(0)
    for i in 0..<16 {
      out[i] = d * Float(Int(block[2 + i] & 15) - 8)
      out[i + 16] = d * Float(Int(block[2 + i] >> 4) - 8)
    }
  }

  private static func q4_1(_ block: Block, _ out: Numbers) {
    let (d, m) = (block.half(0), block.half(2))
    for i in 0..<16 {
      out[i] = d * Float(block[4 + i] & 15) + m
      out[i + 16] = d * Float(block[4 + i] >> 4) + m
    }
  }

  private static func q5_0(_ block: Block, _ out: Numbers) {
    let d = block.half(0)
    let fifth = block.word(2)
    for i in 0..<16 {
      out[i] = d * Float(Int(low(block[6 + i], fifth, i)) - 16)
      out[i + 16] = d * Float(Int(high(block[6 + i], fifth, i)) - 16)
    }
  }

  private static func q5_1(_ block: Block, _ out: Numbers) {
    let (d, m) = (block.half(0), block.half(2))
    let fifth = block.word(4)
    for i in 0..<16 {
      out[i] = d * Float(low(block[8 + i], fifth, i)) + m
      out[i + 16] = d * Float(high(block[8 + i], fifth, i)) + m
    }
  }

  @inline(__always)
  private static func low(_ byte: UInt8, _ fifth: UInt32, _ i: Int) -> UInt32 {
    UInt32(byte & 15) | (fifth >> UInt32(i) & 1) << 4
  }

  @inline(__always)
  private static func high(_ byte: UInt8, _ fifth: UInt32, _ i: Int) -> UInt32 {
    UInt32(byte >> 4) | (fifth >> UInt32(i + 16) & 1) << 4
  }

  private static func q8_0(_ block: Block, _ out: Numbers) {
    let d = block.half(0)
    for i in 0..<32 { out[i] = Float(Int8(bitPattern: block[2 + i])) * d }
  }

  // MARK: 256 numbers

  /// Two halves of 128 numbers; in each, 32 bytes contain four numbers each, two bits apart.
  private static func q2K(_ block: Block, _ out: Numbers) {
    let (d, dmin) = (block.half(80), block.half(82))
    for group in 0..<16 {
      let scale = d * Float(block[group] & 15)
      let minimum = dmin * Float(block[group] >> 4)
      let (half, shift, first) = (group / 8, group / 2 % 4, group % 2 * 16)
      for i in 0..<16 {
        let q = block[16 + half * 32 + first + i] >> UInt8(2 * shift) & 3
        out[group * 16 + i] = scale * Float(q) - minimum
      }
    }
  }

  /// Like `q2K`, with a third bit in a mask; if it is 0, four is subtracted.
  private static func q3K(_ block: Block, _ out: Numbers) {
    let d = block.half(108)
    for group in 0..<16 {
      let lower = block[96 + group % 8] >> (group < 8 ? 0 : 4) & 15
      let upper = block[104 + group % 4] >> UInt8(2 * (group / 4)) & 3
      let scale = d * Float(Int(lower | upper << 4) - 32)
      let (half, shift, first) = (group / 8, group / 2 % 4, group % 2 * 16)
      for i in 0..<16 {
        let q = Int(block[32 + half * 32 + first + i] >> UInt8(2 * shift) & 3)
        let isSet = block[first + i] >> UInt8(half * 4 + shift) & 1 == 1
        out[group * 16 + i] = scale * Float(isSet ? q : q - 4)
      }
    }
  }

  /// The six-bit scale and minimum of a group of 32 numbers, packed into the 12 bytes from `at` on.
  @inline(__always)
  private static func scaleAndMinimum(_ block: Block, at start: Int, _ group: Int)
    -> (Float, Float)
  {
    if group < 4 {
      return (Float(block[start + group] & 63), Float(block[start + 4 + group] & 63))
    }
    let mixed = block[start + 4 + group]
    return (
      Float(mixed & 15 | block[start + group - 4] >> 2 & 0x30),
      Float(mixed >> 4 | block[start + group] >> 2 & 0x30)
    )
  }

  private static func q4K(_ block: Block, _ out: Numbers) {
    let (d, dmin) = (block.half(0), block.half(2))
    for group in 0..<8 {
      let (s, m) = scaleAndMinimum(block, at: 4, group)
      let (scale, minimum) = (d * s, dmin * m)
      for i in 0..<32 {
        let byte = block[16 + group / 2 * 32 + i]
        let q = group % 2 == 0 ? byte & 15 : byte >> 4
        out[group * 32 + i] = scale * Float(q) - minimum
      }
    }
  }

  /// Like `q4K`, with a fifth bit of each number in the 32 bytes before them.
  private static func q5K(_ block: Block, _ out: Numbers) {
    let (d, dmin) = (block.half(0), block.half(2))
    for group in 0..<8 {
      let (s, m) = scaleAndMinimum(block, at: 4, group)
      let (scale, minimum) = (d * s, dmin * m)
      for i in 0..<32 {
        let byte = block[48 + group / 2 * 32 + i]
        let nibble = group % 2 == 0 ? byte & 15 : byte >> 4
        let q = nibble | (block[16 + i] >> UInt8(group) & 1) << 4
        out[group * 32 + i] = scale * Float(q) - minimum
      }
    }
  }

  /// Four bits of each number in nibbles, two more in the 64 bytes after them, and a signed scale for each 16 numbers.
  private static func q6K(_ block: Block, _ out: Numbers) {
    let d = block.half(208)
    for group in 0..<16 {
      let scale = d * Float(Int8(bitPattern: block[192 + group]))
      let (half, part, first) = (group / 8, group / 2 % 4, group % 2 * 16)
      for i in 0..<16 {
        let byte = block[half * 64 + part % 2 * 32 + first + i]
        let nibble = part < 2 ? byte & 15 : byte >> 4
        let upper = block[128 + half * 32 + first + i] >> UInt8(2 * part) & 3
        out[group * 16 + i] = scale * Float(Int(nibble | upper << 4) - 32)
      }
    }
  }

  // MARK: Four bits that encode unevenly spaced numbers

  /// The number encoded by four bits: finer around 0, where most weights are (GGML's `kvalues_iq4nl`).
  @inline(__always)
  private static func uneven(_ nibble: UInt8) -> Float {
    // Sixteen bytes, the lowest byte first: -127 -104 -83 -65 -49 -35 -22 -10, 1 13 25 38 53 69 89 113.
    let half: UInt64 = nibble < 8 ? 0xF6EA_DDCF_BFAD_9881 : 0x7159_4535_2619_0D01
    return Float(Int8(truncatingIfNeeded: half >> (8 * UInt64(nibble & 7))))
  }

  private static func iq4NL(_ block: Block, _ out: Numbers) {
    let d = block.half(0)
    for i in 0..<16 {
      out[i] = d * uneven(block[2 + i] & 15)
      out[i + 16] = d * uneven(block[2 + i] >> 4)
    }
  }

  /// A signed six-bit scale for each 32 numbers: two bits of each in the first word, four in the bytes after it.
  private static func iq4XS(_ block: Block, _ out: Numbers) {
    let d = block.half(0)
    let high = block.word(0) >> 16
    for group in 0..<8 {
      let lower = UInt32(block[4 + group / 2] >> UInt8(4 * (group % 2)) & 15)
      let upper = high >> UInt32(2 * group) & 3
      let scale = d * Float(Int(lower | upper << 4) - 32)
      for i in 0..<16 {
        let byte = block[8 + group * 16 + i]
        out[group * 32 + i] = scale * uneven(byte & 15)
        out[group * 32 + 16 + i] = scale * uneven(byte >> 4)
      }
    }
  }
}
