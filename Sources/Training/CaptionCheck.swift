import Diffusion
import Models
import Tensors
import TrainingData

/// Whether a model uses its captions: the loss with the right captions, with those of other pictures, and with none, at
/// several noise levels. Equal values mean that the network ignores the text.
public struct CaptionCheck: Sendable {
  /// The losses at one noise level.
  public struct Level: Sendable {
    /// The training step.
    public let timestep: Int
    /// The weight of the noise in the sample.
    public let sigma: Double
    /// The loss if every picture has its own caption.
    public let right: Double
    /// The loss if every picture has another picture's caption.
    public let shuffled: Double
    /// The loss if all captions are empty.
    public let empty: Double
  }

  /// The levels, the lowest noise first.
  public let levels: [Level]
  /// The number of pictures evaluated at each level.
  public let pictures: Int

  /// The conclusion from the losses, as the end of a sentence.
  public var verdict: String {
    // With little noise, the picture shows everything; with much noise, only the caption does.
    let most = levels.map { $0.shuffled / max(1e-9, $0.right) }.max() ?? 1
    return switch most {
    case ..<1.01: "it ignores its captions: other pictures' captions work as well"
    case ..<1.05: "it hardly uses its captions: other pictures' captions work nearly as well"
    default:
      "it uses its captions: with other pictures' captions its error is up to \(Int((100 * most - 100).rounded()))% larger"
    }
  }

  /// Measures a model on pictures, each on white, with the same pictures and the same noise for every kind of caption.
  ///
  /// - Parameters:
  ///   - set: Pictures of the model's size.
  ///   - start: The model.
  ///   - pictures: The number of pictures, drawn in the same proportions as in training.
  ///   - levels: The number of noise levels, evenly spaced over the training steps.
  ///   - seed: Determines the pictures and the noise.
  /// - Throws: ``FewCaptionsError`` if all pictures have the same caption; `CheckpointError`; `CancellationError`.
  @Compute
  public static func measure(
    _ set: TrainingSet, _ start: TrainingStart, pictures: Int = 256, levels: Int = 10,
    seed: UInt64 = 1, precision: Precision = .auto
  ) throws -> CaptionCheck {
    var recipe = TrainingRecipe(prediction: start.prediction)
    let rounds = max(1, (pictures + 31) / 32)
    (recipe.batch, recipe.namedBackgrounds) = ((pictures + rounds - 1) / rounds, 0)
    let captions = try CaptionStates(start.model)
    let batches = BatchDrawing(
      set, captions: captions, recipe: recipe, schedule: start.schedule, fold: start.fold,
      usesVector: start.configuration.classProjectionDim != nil)
    let network = UNet(
      start.configuration, source: start.source, type: try precision.resolved())
    var generator = SplitMix64(state: seed)
    let sampler = WeightedSampler(weights: SamplingBalance().weights(of: set.items))
    func text(_ index: Int) -> String { set.items[index].captions.first ?? "" }
    guard Set(set.items.indices.map(text)).count > 1 else { throw FewCaptionsError() }
    var rows: [Level] = []
    for level in 0..<levels {
      let timestep = (2 * level + 1) * start.schedule.count / (2 * levels)
      let drawn = (0..<rounds).map { _ in
        Round(recipe.batch, from: sampler, using: &generator) { text($0) != text($1) }
      }
      // All of them are announced first, so that captions of the same length are encoded together.
      for round in drawn {
        for index in round.own + round.other { captions.expect(text(index)) }
      }
      var sums = [0.0, 0.0, 0.0]
      for round in drawn {
        let own = round.own
        let kinds = [own.map(text), round.other.map(text), own.map { _ in "" }]
        for (kind, texts) in kinds.enumerated() {
          sums[kind] += try loss(
            network,
            try batches.batch(
              own, backgrounds: own.map { _ in .white }, flips: own.map { _ in false },
              captions: texts, timesteps: own.map { _ in timestep }, noise: round.noise))
        }
      }
      let mean = sums.map { $0 / Double(rounds) }
      rows.append(
        Level(
          timestep: timestep, sigma: start.schedule.level(at: timestep).sigma, right: mean[0],
          shuffled: mean[1], empty: mean[2]))
    }
    return CaptionCheck(levels: rows, pictures: rounds * recipe.batch)
  }

  /// The plan of one batch.
  private struct Round {
    /// The pictures.
    let own: [Int]
    /// The pictures whose captions are used instead of their own.
    let other: [Int]
    /// The seed of the noise.
    let noise: UInt64

    /// - Parameter isOther: Whether the second picture's caption differs from the first one's.
    init(
      _ count: Int, from sampler: WeightedSampler, using generator: inout SplitMix64,
      isOther: (Int, Int) -> Bool
    ) {
      own = (0..<count).map { _ in sampler.draw(using: &generator) }
      other = own.map { picture in
        var drawn = sampler.draw(using: &generator)
        // If nearly all captions of a set are the same, the search is given up.
        for _ in 0..<1000 where !isOther(picture, drawn) { drawn = sampler.draw(using: &generator) }
        return drawn
      }
      noise = generator.next()
    }
  }

  @Compute
  private static func loss(_ network: UNet, _ batch: UNetLearner.Batch) throws -> Double {
    let configuration = network.configuration
    let output = try network.predict(
      batch.sample, batch: batch.times.count, height: configuration.sampleHeight,
      width: configuration.sampleWidth, timestep: batch.times[0], context: batch.context)
    let sum = zip(output, batch.target).reduce(0.0) { sum, pair in
      let d = Double(pair.0 - pair.1)
      return sum + d * d
    }
    return Double(batch.weights[0]) * sum / Double(output.count)
  }
}

/// There is no other caption to compare with.
public struct FewCaptionsError: Error, CustomStringConvertible, Sendable {
  /// A sentence for people.
  public var description: String {
    "all pictures have the same caption, so there is no wrong caption to compare with; give pictures of several things"
  }
}
