import CKernels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The SHA-256 of bytes that arrive in pieces (FIPS 180-4, section 6.2).
///
/// It is implemented here because only one line of a picture's metadata needs it, and no existing dependency provides
/// it. Whole models are gigabytes, so the processor's instructions are used if available.
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  /// Bytes of an unfinished block, fewer than 64.
  private var rest: [UInt8] = []
  private var length: UInt64 = 0

  /// The first digits of the digest of some bytes.
  package static func hash(of data: Data, digits: Int) -> String {
    var sha = SHA256()
    sha.update(data)
    return String(sha.finish().prefix(digits))
  }

  /// Adds bytes.
  mutating func update(_ data: Data) {
    length += UInt64(data.count)
    data.withUnsafeBytes { bytes in
      var start = 0
      if !rest.isEmpty {
        start = min(64 - rest.count, bytes.count)
        rest += bytes[..<start]
        guard rest.count == 64 else { return }
        rest.withUnsafeBytes { block in compress(block, blocks: 1) }
        rest.removeAll(keepingCapacity: true)
      }
      let blocks = (bytes.count - start) / 64
      compress(UnsafeRawBufferPointer(rebasing: bytes[start...]), blocks: blocks)
      rest += bytes[(start + blocks * 64)...]
    }
  }

  /// The digest of all bytes added, as 64 hexadecimal digits.
  mutating func finish() -> String {
    let bits = length &* 8
    var tail: [UInt8] = [0x80]
    let zeros = (120 - (rest.count + 1) % 64) % 64
    tail += Array(repeating: 0, count: zeros)
    for shift in stride(from: 56, through: 0, by: -8) {
      tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    update(Data(tail))
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Sixty-four rounds for each block of 64 bytes.
  private mutating func compress(_ bytes: UnsafeRawBufferPointer, blocks: Int) {
    guard blocks > 0, !hl_sha256(&state, SHA256.constants, bytes.baseAddress, Int64(blocks)) else {
      return
    }
    // The schedule is kept in a ring of sixteen words, local to the call, to avoid an allocation for each block.
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      SHA256.constants.withUnsafeBufferPointer { k in
        for block in 0..<blocks {
          for t in 0..<16 {
            let word = bytes.loadUnaligned(fromByteOffset: block * 64 + t * 4, as: UInt32.self)
            w[t] = UInt32(bigEndian: word)
          }
          for t in 16..<64 {
            let a = w[t - 15]
            let b = w[t - 2]
            let s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)
            let s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10)
            w[t] = w[t - 16] &+ s0 &+ w[t - 7] &+ s1
          }
          rounds(UnsafeBufferPointer(w), k)
        }
      }
    }
  }

  private mutating func rounds(
    _ w: UnsafeBufferPointer<UInt32>, _ k: UnsafeBufferPointer<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for t in 0..<64 {
      let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let choice = (e & f) ^ (~e & g)
      let t1 = h &+ s1 &+ choice &+ k[t] &+ w[t]
      let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      let t2 = s0 &+ majority
      (h, g, f, e) = (g, f, e, d &+ t1)
      (d, c, b, a) = (c, b, a, t1 &+ t2)
    }
    for (index, value) in [a, b, c, d].enumerated() { state[index] &+= value }
    for (index, value) in [e, f, g, h].enumerated() { state[index + 4] &+= value }
  }

  @inline(__always)
  private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  /// The fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
