/// The float32 Box-Muller transform (Box & Muller 1958), as PyTorch computes it on processors with AVX2.
///
/// PyTorch computes its logarithm, sine and cosine there with the Cephes polynomials (Moshier, `logf`, `sinf`), whose
/// last bits differ from the C library's. Equal noise needs the same polynomials, and a single rounding wherever
/// PyTorch's compiler fused a product with a sum: each `addingProduct` below.
enum BoxMuller {
  /// The nearest float32; twice `Float.pi`, which is rounded towards zero, is the next lower one.
  private static let twoPi: Float = 6.28318530717958648

  /// The bits of the float32 nearest to the square root of one half.
  private static let sqrtHalfBits: Int32 = 0x3f35_04f3

  /// Turns sixteen uniform values from [0, 1) into normal ones, in place from `start`.
  ///
  /// Value `j` of the first eight and value `j + 8` form a pair: radius and angle.
  static func transform16(_ values: inout [Float], from start: Int) {
    for index in start..<start + 8 {
      // 1 - u is in (0, 1], where the logarithm is finite.
      let radius = (-2 * logarithm(1 - values[index])).squareRoot()
      let (sine, cosine) = sineAndCosine(twoPi * values[index + 8])
      // Adding zero turns -0 into +0, as scaling by a standard deviation of 1 and a mean of 0 does.
      values[index] = radius * cosine + 0
      values[index + 8] = radius * sine + 0
    }
  }

  /// The natural logarithm of a normal number in (0, 1].
  private static func logarithm(_ value: Float) -> Float {
    // value = mantissa * 2^exponent with the mantissa in [1/2, 1), then moved to [sqrt(1/2), sqrt(2)). All choices here
    // use masks: on random bits, a branch is mispredicted half the time.
    let bits = value.bitPattern
    let mantissa = Float(bitPattern: (bits & 0x007f_ffff) | 0x3f00_0000)
    // All ones if the mantissa is below sqrt(1/2), since positive floats have the same order as their bits.
    let isLow = UInt32(bitPattern: (Int32(bitPattern: mantissa.bitPattern) &- sqrtHalfBits) >> 31)
    let exponent = Float(Int32(bits >> 23) &- 126 &+ Int32(bitPattern: isLow))
    let x = (mantissa - 1) + Float(bitPattern: mantissa.bitPattern & isLow)
    let square = x * x

    var series: Float = 7.0376836292e-2
    series = Float(-1.1514610310e-1).addingProduct(series, x)
    series = Float(1.1676998740e-1).addingProduct(series, x)
    series = Float(-1.2420140846e-1).addingProduct(series, x)
    series = Float(1.4249322787e-1).addingProduct(series, x)
    series = Float(-1.6668057665e-1).addingProduct(series, x)
    series = Float(2.0000714765e-1).addingProduct(series, x)
    series = Float(-2.4999993993e-1).addingProduct(series, x)
    series = Float(3.3333331174e-1).addingProduct(series, x)
    series *= x

    // ln 2 in two parts, the larger one exact in few bits.
    var rest = (exponent * -2.12194440e-4).addingProduct(series, square)
    rest -= 0.5 * square
    return (x + rest).addingProduct(exponent, 0.693359375)
  }

  /// Sine and cosine of an angle in [0, 2 pi).
  private static func sineAndCosine(_ angle: Float) -> (sine: Float, cosine: Float) {
    // The octant, made even, so that the reduced angle is in [-pi/4, pi/4].
    let octant = (Int32(angle * 1.27323954473516) &+ 1) & ~1
    let turns = Float(octant)
    // pi/4 in three parts (Cody & Waite 1980).
    var x = angle.addingProduct(turns, -0.78515625)
    x = x.addingProduct(turns, -2.4187564849853515625e-4)
    x = x.addingProduct(turns, -3.77489497744594108e-8)
    let square = x * x

    var even = Float(-1.388731625493765e-3).addingProduct(2.443315711809948e-5, square)
    even = Float(4.166664568298827e-2).addingProduct(even, square)
    even *= square
    even = (-0.5 * square).addingProduct(even, square) + 1

    var odd = Float(8.3321608736e-3).addingProduct(-1.9515295891e-4, square)
    odd = Float(-1.6666654611e-1).addingProduct(odd, square)
    odd = x.addingProduct(odd * square, x)

    // Octants 2 and 6 swap the two; the bits of the octant that determine the signs are moved to the sign bit.
    let octantBits = UInt32(bitPattern: octant)
    let isSwapped = 0 &- (octantBits >> 1 & 1)
    let difference = (even.bitPattern ^ odd.bitPattern) & isSwapped
    let sineSign = (octantBits & 4) << 29
    let cosineSign = ((octantBits &+ 2) & 4) << 29
    return (
      Float(bitPattern: odd.bitPattern ^ difference ^ sineSign),
      Float(bitPattern: even.bitPattern ^ difference ^ cosineSign)
    )
  }
}
