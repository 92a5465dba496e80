/// SplitMix64 (Steele, Lea & Flood 2014), so that a seed gives the same game on every machine.
struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A whole number from 0 to below `count`, which must be above 0.
  mutating func below(_ count: Int) -> Int {
    precondition(count > 0, "nothing to draw from")
    return Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// A number from 0 to below 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Up to `count` different elements in random order; fewer if there are fewer.
  mutating func draw<Element>(_ count: Int, from elements: [Element]) -> [Element] {
    var elements = elements
    let count = min(count, elements.count)
    for index in 0..<count { elements.swapAt(index, index + below(elements.count - index)) }
    return Array(elements.prefix(count))
  }
}
