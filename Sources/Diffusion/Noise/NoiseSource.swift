#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Normal noise equal to PyTorch's on a CPU, bit for bit in float32.
///
/// `normal(count:)` returns the values of `torch.randn(count, generator=torch.Generator().manual_seed(seed))` on an
/// x86-64 processor with AVX2, and successive calls continue as they do there. For fewer than sixteen values, PyTorch
/// computes in double precision, one value at a time; from sixteen on, in float32, sixteen at a time. Both methods are
/// implemented, since they share only the random bits.
///
/// ## Any step can be recomputed
/// One generator is used for a whole picture: its first draw is the starting noise, and its draw `k + 1` is the noise
/// that an ancestral sampler adds in step `k`. diffusers does the same if it is called with one generator, so the same
/// seed gives the same picture there. A draw's length is known from its shape, so the noise of any step can be computed
/// by skipping the earlier draws, which takes about a nanosecond for each value.
public struct NoiseSource: Sendable, Hashable {
  private var bits: MersenneTwister
  /// The second normal value of the last pair drawn in double precision, if not used yet.
  private var spare: Double?

  /// The start of the sequence of `seed`.
  ///
  /// - Parameter seed: As in PyTorch, any 64 bits; the generator uses the lowest 32.
  public init(seed: UInt64) {
    bits = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// The next `count` values from the standard normal distribution.
  public mutating func normal(count: Int) -> [Float] {
    precondition(count >= 0, "the number of values cannot be negative")
    guard count >= 16 else { return (0..<count).map { _ in Float(scalar()) } }

    var values: [Float] = []
    values.reserveCapacity(count)
    bits.append(count, to: &values, transform: Self.uniform)
    for start in stride(from: 0, through: count - 16, by: 16) {
      BoxMuller.transform16(&values, from: start)
    }
    if count % 16 != 0 {
      // The last sixteen values are drawn again, over the remaining values and some already computed.
      values.removeLast(16)
      bits.append(16, to: &values, transform: Self.uniform)
      BoxMuller.transform16(&values, from: count - 16)
    }
    return values
  }

  /// The next draw for a whole latent: `torch.randn((N, C, H, W))`, stored as `(N, H, W, C)`.
  public mutating func latent(shape: LatentShape) -> Latent {
    let planes = normal(count: shape.count)
    guard shape.channels > 1 else { return Latent(shape: shape, values: planes) }
    let area = shape.height * shape.width
    var values: [Float] = []
    values.reserveCapacity(shape.count)
    for picture in 0..<shape.n {
      let first = picture * area * shape.channels
      for pixel in first..<first + area {
        for channel in 0..<shape.channels { values.append(planes[pixel + channel * area]) }
      }
    }
    return Latent(shape: shape, values: values)
  }

  /// The starting noise of a picture: the first draw of `seed`, `torch.randn((N, C, H, W))`.
  public static func latent(seed: UInt64, shape: LatentShape) -> Latent {
    var source = NoiseSource(seed: seed)
    return source.latent(shape: shape)
  }

  /// The noise that an ancestral or stochastic sampler adds in a step: draw `step + 1` of `seed`.
  ///
  /// - Parameters:
  ///   - seed: The seed of the starting noise.
  ///   - step: The step's index.
  ///   - shape: The shape `(N, H, W, C)` of the starting noise and of every draw before this one.
  public static func stepNoise(seed: UInt64, step: Int, shape: LatentShape) -> Latent {
    precondition(step >= 0, "steps are counted from 0")
    var source = NoiseSource(seed: seed)
    source.skip(draws: step + 1, of: shape.count)
    return source.latent(shape: shape)
  }

  /// Skips `draws` draws of `count` values each without computing them.
  public mutating func skip(draws: Int, of count: Int) {
    precondition(draws >= 0 && count >= 0, "neither draws nor values can be negative")
    if count >= 16 {
      bits.skip(draws * (count % 16 == 0 ? count : count + 16))
      return
    }
    var values = draws * count
    if values > 0, spare != nil {
      spare = nil
      values -= 1
    }
    // A pair of values uses two doubles of two words each; after an odd value, its partner remains.
    bits.skip(values / 2 * 4)
    if values % 2 == 1 { _ = scalar() }
  }

  /// A uniform value from [0, 1): the lowest 24 of 32 bits.
  private static func uniform(_ word: UInt32) -> Float {
    Float(word & 0x00ff_ffff) * 0x1p-24
  }

  /// A uniform value from [0, 1): the lowest 53 of 64 bits, the high word drawn first.
  private mutating func uniformDouble() -> Double {
    let high = UInt64(bits.next())
    let low = UInt64(bits.next())
    return Double((high << 32 | low) & 0x001f_ffff_ffff_ffff) * 0x1p-53
  }

  /// One normal value by Box-Muller in double precision; every second one was computed with the previous one.
  private mutating func scalar() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    let angle = 2 * Double.pi * uniformDouble()
    let radius = (-2 * log1p(-uniformDouble())).squareRoot()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }
}
