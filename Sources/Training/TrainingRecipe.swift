import Diffusion

/// The training recipe: everything that determines the result besides the pictures and the network itself.
public struct TrainingRecipe: Codable, Sendable, Hashable {
  /// What the network predicts.
  public var prediction: Prediction
  /// The number of pictures in a batch.
  public var batch = 64
  /// The learning rate of AdamW between the first steps and the last.
  public var rate: Float = 3e-4
  /// The number of steps over which the rate rises from zero.
  public var warmupSteps = 200
  /// The final fraction of the training over which the rate falls to zero.
  public var cooldown = 0.25
  /// The fraction of pictures shown without their caption, for classifier-free guidance (Ho & Salimans 2022).
  public var captionDropout = 0.1
  /// The fraction of pictures that use only one of their first three captions.
  public var plainCaptions = 0.6
  /// The fraction of cut-outs placed on a background that their caption names.
  public var namedBackgrounds = 0.3
  /// The decay of the moving average of the weights in each step.
  public var averageDecay: Float = 0.999
  /// The weight decay of matrices in each step, relative to the rate.
  public var weightDecay: Float = 0.01
  /// The maximum norm of the gradient.
  public var largestNorm: Float = 1
  /// The noise variance below which the loss weight of picture prediction stops growing, so that nearly clean pictures
  /// do not dominate.
  public var leastVariance = 0.05
  /// The mean of the drawn noise levels, as the logit of `sigma / (alpha + sigma)`.
  public var levelMean = 0.3
  /// Their standard deviation.
  public var levelDeviation = 1.15
  /// The fraction of times that are uniform instead.
  public var evenTimes = 0.1
  /// The seed for drawing pictures, captions, times and noise.
  public var seed: UInt64 = 0

  /// The default recipe for a prediction.
  public init(prediction: Prediction) { self.prediction = prediction }

  /// The loss weight of a picture at this level.
  ///
  /// An error of the predicted picture is weighted like the corresponding error of v (Salimans & Ho 2022), within
  /// bounds; the other predictions have the same weight at all levels.
  func weight(at level: NoiseLevel) -> Float {
    guard prediction == .sample else { return 1 }
    return Float(1 / max(level.sigma * level.sigma, leastVariance))
  }
}

extension Prediction {
  /// The target of the network at a level, as the coefficients of the picture and of the noise.
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
  /// A recipe as saved in a checkpoint; settings unknown to an earlier release get their defaults.
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
