import CKernels

/// Noise for training: fast to generate, and the same for a given seed whatever the number of threads.
///
/// It is not the starting noise of runs, which matches PyTorch's generator bit for bit.
public enum GaussianNoise {
  /// `count` numbers from the standard normal distribution.
  @Compute
  public static func draw(_ count: Int, seed: UInt64) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let base = buffer.baseAddress { hl_normal_noise(seed, base, Int64(count)) }
      filled = count
    }
  }
}
