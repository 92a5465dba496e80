#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Normal noise equal, bit for bit in float32, to PyTorch's on a CPU.
///
/// `normal(count:)` gives what `torch.randn(count, generator=torch.Generator().manual_seed(seed))` gives on
/// an x86-64 processor with AVX2, and successive calls follow each other as they do there. Below sixteen
/// values PyTorch works in double precision one value at a time, from sixteen up in float32 by sixteens;
/// both ways are kept, since they share nothing but the bits they start from.
///
/// ## Any step can be recomputed
/// One generator runs through a whole picture: its first draw is the starting noise, its draw `k + 1` the
/// noise which an ancestral sampler adds in step `k`. This is what diffusers does when it is handed one
/// generator, so the same seed gives the same picture there. A draw's length is known from its shape, so
/// the noise of any one step is reached by passing over the earlier draws: about a nanosecond a value.
public struct NoiseSource: Sendable, Hashable {
  private var bits: MersenneTwister
  /// The second normal value of the last pair drawn in double precision, not yet given out.
  private var spare: Double?

  /// The start of the sequence of `seed`.
  ///
  /// - Parameter seed: As in PyTorch, any 64 bits, of which the generator uses the lowest 32.
  public init(seed: UInt64) {
    bits = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// The next `count` values from the standard normal distribution.
  public mutating func normal(count: Int) -> [Float] {
    precondition(count >= 0, "a number of values cannot be negative")
    guard count >= 16 else { return (0..<count).map { _ in Float(scalar()) } }

    var values: [Float] = []
    values.reserveCapacity(count)
    bits.append(count, to: &values, transform: Self.uniform)
    for start in stride(from: 0, through: count - 16, by: 16) {
      BoxMuller.transform16(&values, from: start)
    }
    if count % 16 != 0 {
      // The last sixteen are drawn anew, over the values that were left and some already made.
      values.removeLast(16)
      bits.append(16, to: &values, transform: Self.uniform)
      BoxMuller.transform16(&values, from: count - 16)
    }
    return values
  }

  /// The next draw for a whole latent: `torch.randn((N, C, H, W))`, laid out as `(N, H, W, C)`.
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

  /// The noise an ancestral or stochastic sampler adds in a step: draw `step + 1` of `seed`.
  ///
  /// - Parameters:
  ///   - seed: The seed the starting noise was drawn with.
  ///   - step: The step's number, from 0.
  ///   - shape: The shape `(N, H, W, C)` of the starting noise and of every draw before this one.
  public static func stepNoise(seed: UInt64, step: Int, shape: LatentShape) -> Latent {
    precondition(step >= 0, "steps are counted from 0")
    var source = NoiseSource(seed: seed)
    source.skip(draws: step + 1, of: shape.count)
    return source.latent(shape: shape)
  }

  /// Passes over `draws` draws of `count` values each without computing them.
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
    // A pair of values takes two doubles of two words each; an odd value leaves its partner behind.
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

  /// One normal value by Box-Muller in double precision; every second one was made with the one before.
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
