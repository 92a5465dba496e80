import CKernels

/// Noise to learn from: drawn quickly, and the same for a seed whatever number of threads draws it.
///
/// It is not the noise that runs begin with, which follows PyTorch's generator to the bit.
public enum GaussianNoise {
  /// `count` numbers of the standard normal distribution.
  @Compute
  public static func draw(_ count: Int, seed: UInt64) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let base = buffer.baseAddress { hl_normal_noise(seed, base, Int64(count)) }
      filled = count
    }
  }
}
