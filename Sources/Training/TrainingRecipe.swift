import Diffusion

/// How a network is taught: all that decides what comes out, beside the pictures and the network itself.
public struct TrainingRecipe: Codable, Sendable, Hashable {
  /// What the network is taught to answer.
  public var prediction: Prediction
  /// Pictures in a batch.
  public var batch = 64
  /// The learning rate of AdamW between the first steps and the last.
  public var rate: Float = 3e-4
  /// Steps over which the rate rises from nothing.
  public var warmupSteps = 200
  /// The share of the whole, at its end, over which the rate falls to nothing.
  public var cooldown = 0.25
  /// The share of the pictures that are shown without their caption, for classifier-free guidance (Ho & Salimans 2022).
  public var captionDropout = 0.1
  /// The share of the pictures that are told by one of their first three captions and no other.
  public var plainCaptions = 0.6
  /// The share of the cut-outs that stand on a background which their caption names.
  public var namedBackgrounds = 0.3
  /// What the moving average of the weights keeps in a step.
  public var averageDecay: Float = 0.999
  /// Taken off matrices in a step, times the rate.
  public var weightDecay: Float = 0.01
  /// The largest norm of the gradient.
  public var largestNorm: Float = 1
  /// The noise variance below which predicting the picture itself does not count more, so that nearly clean pictures do
  /// not rule.
  public var leastVariance = 0.05
  /// The mean of the noise levels that are drawn, as the logit of `sigma / (alpha + sigma)`.
  public var levelMean = 0.3
  /// Their standard deviation.
  public var levelDeviation = 1.15
  /// The share of the times that are spread evenly instead.
  public var evenTimes = 0.1
  /// Where the drawing of pictures, captions, times and noise begins.
  public var seed: UInt64 = 0

  /// The usual recipe for a prediction.
  public init(prediction: Prediction) { self.prediction = prediction }

  /// How much a picture at this level counts.
  ///
  /// An error of the predicted picture is weighed as the error of v that it comes to (Salimans & Ho 2022), within
  /// bounds; the other predictions count alike at all levels.
  func weight(at level: NoiseLevel) -> Float {
    guard prediction == .sample else { return 1 }
    return Float(1 / max(level.sigma * level.sigma, leastVariance))
  }
}

extension Prediction {
  /// What the network should answer at a level, as the shares of the picture and of the noise in it.
  package func target(at level: NoiseLevel) -> (picture: Float, noise: Float) {
    switch self {
    case .epsilon: (0, 1)
    case .sample: (1, 0)
    case .v: (Float(-level.sigma), Float(level.alpha))
    case .flow: (-1, 1)
    }
  }
}

extension TrainingRecipe {
  /// A recipe as a checkpoint keeps it; what an earlier release did not know yet is as it usually is.
  ///
  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(prediction: try values.decode(Prediction.self, forKey: .prediction))
    func read<Value: Decodable>(_ field: inout Value, _ key: CodingKeys) throws {
      field = try values.decodeIfPresent(Value.self, forKey: key) ?? field
    }
    try read(&batch, .batch)
    try read(&rate, .rate)
    try read(&warmupSteps, .warmupSteps)
    try read(&cooldown, .cooldown)
    try read(&captionDropout, .captionDropout)
    try read(&plainCaptions, .plainCaptions)
    try read(&namedBackgrounds, .namedBackgrounds)
    try read(&averageDecay, .averageDecay)
    try read(&weightDecay, .weightDecay)
    try read(&largestNorm, .largestNorm)
    try read(&leastVariance, .leastVariance)
    try read(&levelMean, .levelMean)
    try read(&levelDeviation, .levelDeviation)
    try read(&evenTimes, .evenTimes)
    try read(&seed, .seed)
  }
}
