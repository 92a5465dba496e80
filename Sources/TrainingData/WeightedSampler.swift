/// Draws indices in proportion to their weights.
///
/// Walker's alias method: every index has a column of equal width, shared with at most one other (M. D. Vose, "A linear
/// algorithm for generating random numbers with a given distribution", IEEE Transactions on Software Engineering,
/// 1991). It keeps no state between draws: to continue a run, only the generator's state is needed.
public struct WeightedSampler: Sendable, Hashable {
  /// The part of each column that belongs to its own index.
  private var own: [Double]
  /// The index that the rest of each column belongs to.
  private var alias: [Int]

  /// A sampler with these weights: at least one, none negative, and at least one above zero.
  public init(weights: [Double]) {
    let total = weights.reduce(0, +)
    precondition(
      total > 0 && total.isFinite && weights.allSatisfy { $0 >= 0 }, "weights to draw by")
    own = weights.map { $0 / total * Double(weights.count) }
    alias = Array(weights.indices)
    var small = own.indices.filter { own[$0] < 1 }
    var large = own.indices.filter { own[$0] >= 1 }
    while let less = small.last, let more = large.last {
      small.removeLast()
      alias[less] = more
      own[more] -= 1 - own[less]
      if own[more] < 1 {
        large.removeLast()
        small.append(more)
      }
    }
    // The remaining value should be 1; it differs only by rounding.
    for index in small + large { own[index] = 1 }
  }

  /// The number of indices.
  public var count: Int { own.count }

  /// Draws an index.
  public func draw(using generator: inout SplitMix64) -> Int {
    let column = generator.below(own.count)
    return generator.unit() < own[column] ? column : alias[column]
  }
}

/// A small generator whose whole state is one number, so that a checkpoint can store it.
///
/// G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. Its output is
/// the same on every machine and with every release of Swift, which the standard library's own functions do not
/// guarantee.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable, Codable {
  /// Its whole state.
  public var state: UInt64

  /// A generator that starts from this seed or continues from this state.
  public init(state: UInt64) {
    self.state = state
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A whole number from 0 to below `count`, which must be above 0; uneven by less than one part in 2^40 for
  /// counts below 2^24.
  public mutating func below(_ count: Int) -> Int {
    precondition(count > 0, "something to draw from")
    return Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// A number from 0 to below 1.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
