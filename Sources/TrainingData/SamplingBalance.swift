#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How often each picture is drawn, so that no kind and no style dominates.
///
/// A picture's weight is its group's factor times min(``most``, (``usual`` / n)^(1/4)), where n is the number of
/// pictures of its group and style: a kind with sixteen times as many pictures is drawn eight times as often. A group's
/// factor is 1 unless the groups of a ``Share`` would exceed it; then the factor reduces them to that share.
public struct SamplingBalance: Sendable, Hashable {
  /// The maximum fraction for some groups together.
  public struct Share: Sendable, Hashable {
    /// The groups.
    public var groups: Set<String>
    /// The largest fraction, above 0 and below 1.
    public var most: Double

    /// A share for these groups together.
    public init(_ groups: Set<String>, most: Double) {
      self.groups = groups
      self.most = most
    }
  }

  /// The limits. No group may be in two of them.
  public var shares: [Share]
  /// The number of pictures of a group and style that leaves the weight unchanged.
  public var usual: Double
  /// The largest factor for a rare group and style.
  public var most: Double

  /// A balance; by default, people and faces, of which emoji sets have many, make up at most 12%, and flags 1.5%.
  public init(
    shares: [Share] = [Share(["people", "face"], most: 0.12), Share(["flag"], most: 0.015)],
    usual: Double = 80, most: Double = 2
  ) {
    self.shares = shares
    self.usual = usual
    self.most = most
  }

  /// The weight of each item, 1 on average; all are 1 if no item has a group or style.
  public func weights(of items: [TrainingSet.Item]) -> [Double] {
    struct Kind: Hashable {
      var group: String?
      var style: String?
    }
    var counts: [Kind: Int] = [:]
    for item in items { counts[Kind(group: item.group, style: item.style), default: 0] += 1 }
    var weights = items.map { item in
      let count = Double(counts[Kind(group: item.group, style: item.style)] ?? 1)
      return min(most, pow(usual / count, 0.25))
    }
    let shareOf = items.map { item in
      item.group.flatMap { group in shares.firstIndex { $0.groups.contains(group) } }
    }
    let factors = factors(weights, shareOf: shareOf)
    for (index, share) in shareOf.enumerated() {
      if let share { weights[index] *= factors[share] }
    }
    let mean = weights.reduce(0, +) / Double(max(1, weights.count))
    return mean > 0 ? weights.map { $0 / mean } : weights
  }

  /// The factor of each share's groups.
  private func factors(_ weights: [Double], shareOf: [Int?]) -> [Double] {
    var sums = [Double](repeating: 0, count: shares.count)
    var free = 0.0
    for (weight, share) in zip(weights, shareOf) {
      if let share { sums[share] += weight } else { free += weight }
    }
    // Reducing one share raises the others, which may then have to be reduced too.
    var held: Set<Int> = []
    var total = 0.0
    var found = true
    while found {
      found = false
      let rest = free + sums.indices.filter { !held.contains($0) }.reduce(0) { $0 + sums[$1] }
      let left = 1 - held.reduce(0) { $0 + shares[$1].most }
      total = left > 0 ? rest / left : 0
      for (index, share) in shares.enumerated()
      where !held.contains(index) && sums[index] > share.most * total {
        // A share that contains everything cannot be reduced.
        guard rest > sums[index] else { continue }
        held.insert(index)
        found = true
        break
      }
    }
    return shares.indices.map { held.contains($0) ? shares[$0].most * total / sums[$0] : 1 }
  }
}
