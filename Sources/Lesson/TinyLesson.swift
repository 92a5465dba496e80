import Checkpoints
import DefaultModel
import Diffusion
import Foundation
import Models
import Pictures
import Tensors
import Training
import TrainingData

/// A tiny network trained from scratch on a few drawings, in memory, for lessons.
///
/// It is a small relative of the embedded model, trained in the same way: it receives drawings of six things at many
/// places and sizes with noise added, with the sentence embedding of their names, and learns to predict the clean
/// drawing. Nothing is written to disk. On two cores with bf16, it paints blots of the right colour after five seconds,
/// recognisable things after one minute, and all six well at the end of ``duration``, after 40,000 drawings.
@Compute
public final class TinyLesson {
  /// The progress of the training.
  public struct Progress: Sendable, Hashable {
    /// The total number of pictures seen.
    public let pictures: Int
    /// The loss, averaged over about the last fifty batches.
    public let loss: Double
    /// The mean squared error of its guesses for each fifth of the noise levels, the lowest noise first; empty until
    /// all have occurred.
    public let lossByLevel: [Double]
    /// The total training time in seconds.
    public let secondsPassed: Double
    /// The finished fraction of the training, 0 to 1.
    public let share: Double

    /// Progress with these values.
    public init(
      pictures: Int, loss: Double, lossByLevel: [Double] = [], secondsPassed: Double, share: Double
    ) {
      (self.pictures, self.loss, self.lossByLevel) = (pictures, loss, lossByLevel)
      (self.secondsPassed, self.share) = (secondsPassed, share)
    }
  }

  /// The length of the training in seconds.
  public nonisolated static let duration = 150.0
  /// The prompts it learns and paints.
  public nonisolated static let words = DrawnShape.allCases.map(\.word)
  /// The width and height of its pictures.
  public nonisolated static let side = 32

  private let network: TinyNetwork
  private let learner: UNetLearner
  private let batches: BatchDrawing
  private let recipe: TrainingRecipe
  private let encoder: Pipeline
  private let seed: UInt64
  private var plan = TrainingPlan(.minutes(TinyLesson.duration / 60))
  private var loss = 0.0
  private var lossByLevel = LossByLevel()

  /// An untrained network.
  ///
  /// - Parameter seed: Determines its weights, the drawings and the noise.
  /// - Throws: `CheckpointError` when the program was installed without the embedded text encoder.
  public init(seed: UInt64) throws {
    guard let folder = DefaultModel.folder else {
      throw CheckpointError(
        .missing, file: "the embedded model", expected: "the program's resources",
        found: "none", advice: "Install the program again, with the folders beside it")
    }
    self.seed = seed
    network = try TinyNetwork()
    encoder = try Pipeline(folder: folder)
    var recipe = TrainingRecipe(prediction: TinyNetwork.prediction)
    // There are many small steps, at a rate that only a small network tolerates, and the average follows them quickly.
    (recipe.batch, recipe.rate, recipe.warmupSteps) = (16, 2e-3, 40)
    (recipe.averageDecay, recipe.namedBackgrounds, recipe.seed) = (0.99, 0, seed)
    // The longer the rate falls, the steadier the outlines.
    recipe.cooldown = 0.4
    // Flat colours are easy to denoise; the shape of a thing must be learned at high noise.
    recipe.leastVariance = 0.3
    self.recipe = recipe
    let captions = try CaptionStates(try ModelFolder(url: folder))
    learner = try UNetLearner(
      network.configuration, source: FreshParameters(seed: seed),
      type: try Precision.auto.resolved(), batch: recipe.batch,
      height: network.configuration.sampleHeight, width: network.configuration.sampleWidth,
      tokens: captions.limit, masked: true, threads: ProcessorShare.shared.threads())
    batches = BatchDrawing(
      Self.drawings(seed: seed), captions: captions, recipe: recipe,
      schedule: TinyNetwork.schedule, fold: TinyNetwork.fold, usesVector: true)
  }

  /// The progress of the training.
  public var progress: Progress {
    Progress(
      pictures: plan.steps * recipe.batch, loss: loss, lossByLevel: lossByLevel.values,
      secondsPassed: plan.seconds, share: plan.share)
  }

  /// Trains for about this long, then returns; between two batches, other tasks may compute.
  ///
  /// - Throws: `CancellationError` when the task is cancelled, which keeps what was learned; `TrainingError` when the
  ///   loss is not a finite number.
  @discardableResult
  public func learn(seconds: Double) async throws -> Progress {
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
      try step()
      await Task.yield()
    } while ContinuousClock.now < end
    return progress
  }

  /// Trains on one batch.
  func step() throws {
    let began = ContinuousClock.now
    let batch = try batches.next()
    let losses = try learner.differentiate(batch)
    let mean = losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
    // Training beyond the planned length continues at the final rate.
    var rule = AdamW(rate: recipe.rate * max(0.05, plan.rateFactor(recipe)))
    (rule.decay, rule.largestNorm) = (recipe.weightDecay, recipe.largestNorm)
    rule.averageDecay = recipe.averageDecay
    let norm = try learner.weights.step(rule)
    guard mean.isFinite, norm.isFinite else { throw TrainingError(steps: plan.steps) }
    plan.add(seconds: plan.plausible((ContinuousClock.now - began) / .seconds(1)))
    loss += (mean - loss) * max(0.02, 1 / Double(plan.steps))
    let schedule = TinyNetwork.schedule
    for (place, loss) in losses.enumerated() {
      // The loss weight is divided out, since it is not part of the error.
      lossByLevel.add(
        Double(loss / batch.weights[place]),
        share: schedule.level(at: Int(batch.times[place])).share(contrast: schedule.contrast))
    }
  }

  /// The pictures that it paints now for each of its words, in order, always from the same noise.
  ///
  /// - Throws: `CancellationError`; `CheckpointError` when the text encoder cannot be read.
  public func samples() async throws -> [(word: String, picture: Picture)] {
    var conditions: [PromptEmbedding] = []
    for word in Self.words { conditions.append(try await encoder.encode(word)) }
    let empty = try await encoder.encode("")
    let denoiser = try network.denoiser(try learner.weights.tensors(.average))
    var pictures: [(word: String, picture: Picture)] = []
    for (word, condition) in zip(Self.words, conditions) {
      let run = try Trajectory(
        denoiser: denoiser, schedule: TinyNetwork.schedule,
        settings: SamplingSettings(
          seed: seed, steps: 10, guidance: Guidance(scale: 2), sampler: .ddim, spacing: .trailing),
        shape: network.shape, condition: condition, unconditional: empty,
        clipping: Clipping(range: 1, recomputesNoise: true))
      var end: Latent?
      for try await step in run { end = step.next }
      if let end { pictures.append((word, network.picture(of: end))) }
    }
    return pictures
  }

  /// Many drawings of each thing.
  private static func drawings(seed: UInt64) -> TrainingSet {
    var generator = SplitMix64(state: seed)
    var set = TrainingSet(size: side)
    for shape in DrawnShape.allCases {
      let item = TrainingSet.Item(name: shape.word, captions: [shape.word], isOpaque: true)
      for _ in 0..<250 { set.append(item, pixels: shape.drawn(side: side, using: &generator)) }
    }
    return set
  }
}
