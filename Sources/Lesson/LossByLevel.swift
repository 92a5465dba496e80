/// The loss for each part of the noise scale, as a running mean over about the last fifty pictures in that part.
struct LossByLevel {
  /// The number of equally wide parts of the scale from no noise to pure noise.
  static let count = 5

  private var means = Array(repeating: 0.0, count: count)
  private var counts = Array(repeating: 0, count: count)

  /// The means, the lowest noise first; empty until there is one for each.
  var values: [Double] { counts.contains(0) ? [] : means }

  /// Adds the loss of a picture with this share of noise, 0 to 1.
  mutating func add(_ loss: Double, share: Float) {
    guard loss.isFinite, share.isFinite else { return }
    let part = min(Self.count - 1, Int(max(0, min(1, share)) * Float(Self.count)))
    counts[part] += 1
    means[part] += (loss - means[part]) * max(0.02, 1 / Double(counts[part]))
  }
}
