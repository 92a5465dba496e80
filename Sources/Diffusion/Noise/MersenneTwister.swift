/// The 32-bit Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), seeded as in their 2002 revision.
struct MersenneTwister: Sendable, Hashable {
  private static let length = 624
  private static let lag = 397

  private var state: [UInt32]
  /// The number of words of `state` already used; at `length`, the next word needs a new block.
  private var used = MersenneTwister.length

  /// A generator at the start of the sequence of `seed`.
  init(seed: UInt32) {
    state = []
    state.reserveCapacity(Self.length)
    var word = seed
    state.append(word)
    for index in 1..<UInt32(Self.length) {
      word = 1_812_433_253 &* (word ^ (word >> 30)) &+ index
      state.append(word)
    }
  }

  /// The next 32 bits.
  mutating func next() -> UInt32 {
    if used == Self.length { regenerate() }
    let word = state[used]
    used += 1
    return Self.temper(word)
  }

  /// Appends the next `count` words, each after `transform`, to `output`; faster than one at a time.
  mutating func append<Value>(
    _ count: Int, to output: inout [Value], transform: (UInt32) -> Value
  ) {
    var remaining = count
    while remaining > 0 {
      if used == Self.length { regenerate() }
      let taken = min(remaining, Self.length - used)
      for word in state[used..<used + taken] { output.append(transform(Self.temper(word))) }
      used += taken
      remaining -= taken
    }
  }

  /// Skips `count` words, at the cost of one block's recurrence for every 624 of them.
  mutating func skip(_ count: Int) {
    var remaining = count
    while remaining > Self.length - used {
      remaining -= Self.length - used
      regenerate()
    }
    used += remaining
  }

  /// Computes the next 624 words from the previous ones.
  private mutating func regenerate() {
    let (length, lag) = (Self.length, Self.lag)
    for index in 0..<length - lag {
      state[index] = state[index + lag] ^ Self.twist(state[index], state[index + 1])
    }
    for index in length - lag..<length - 1 {
      state[index] = state[index + lag - length] ^ Self.twist(state[index], state[index + 1])
    }
    state[length - 1] = state[lag - 1] ^ Self.twist(state[length - 1], state[0])
    used = 0
  }

  private static func twist(_ high: UInt32, _ low: UInt32) -> UInt32 {
    let mixed = (high & 0x8000_0000) | (low & 0x7fff_ffff)
    // The mask is all ones if the low bit is set: no branch on random bits.
    return (mixed >> 1) ^ ((0 &- (low & 1)) & 0x9908_b0df)
  }

  private static func temper(_ word: UInt32) -> UInt32 {
    var bits = word
    bits ^= bits >> 11
    bits ^= (bits << 7) & 0x9d2c_5680
    bits ^= (bits << 15) & 0xefc6_0000
    return bits ^ (bits >> 18)
  }
}
