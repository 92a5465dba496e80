/// The loss at each part of the scale of noise, a running mean over about the last fifty pictures there.
struct LossByLevel {
  /// Parts of the scale from no noise to nothing but noise, all of one width.
  static let count = 5

  private var means = Array(repeating: 0.0, count: count)
  private var counts = Array(repeating: 0, count: count)

  /// The means, the one of the least noise first; empty until there is one of each.
  var values: [Double] { counts.contains(0) ? [] : means }

  /// Adds the loss of a picture with this share of noise, 0 to 1.
  mutating func add(_ loss: Double, share: Float) {
    guard loss.isFinite, share.isFinite else { return }
    let part = min(Self.count - 1, Int(max(0, min(1, share)) * Float(Self.count)))
    counts[part] += 1
    means[part] += (loss - means[part]) * max(0.02, 1 / Double(counts[part]))
  }
}
