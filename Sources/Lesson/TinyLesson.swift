import Checkpoints
import DefaultModel
import Diffusion
import Foundation
import Models
import Pictures
import Tensors
import Training
import TrainingData

/// A tiny network trained from nothing on a few drawings, in memory, for lessons.
///
/// It is a small relative of the embedded model, taught in the same way: it is shown drawings of six things at many
/// places and sizes with noise over them, is told the sentence embedding of what they show, and learns to say what is
/// under the noise. Nothing is written anywhere. On two cores with bf16 it paints blots of the right colour after five
/// seconds, things to be recognised after one minute, and all six well at the end of ``duration``, when it has seen
/// 40,000 drawings.
@Compute
public final class TinyLesson {
  /// How far the lesson is.
  public struct Progress: Sendable, Hashable {
    /// Pictures seen, in all.
    public let pictures: Int
    /// The loss, averaged over about the last fifty batches.
    public let loss: Double
    /// The mean squared error of its guesses for pictures with each fifth of the noise, the least noise first; empty
    /// until it has seen all of them.
    public let lossByLevel: [Double]
    /// Seconds spent learning, in all.
    public let secondsPassed: Double
    /// The share of what the lesson takes, 0 to 1.
    public let share: Double

    /// Progress of these parts.
    public init(
      pictures: Int, loss: Double, lossByLevel: [Double] = [], secondsPassed: Double, share: Double
    ) {
      (self.pictures, self.loss, self.lossByLevel) = (pictures, loss, lossByLevel)
      (self.secondsPassed, self.share) = (secondsPassed, share)
    }
  }

  /// Seconds of learning that the lesson takes.
  public nonisolated static let duration = 150.0
  /// What it is taught, and paints.
  public nonisolated static let words = DrawnShape.allCases.map(\.word)
  /// Width and height of its pictures.
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

  /// A network that has learnt nothing.
  ///
  /// - Parameter seed: Decides its weights, the drawings, and the noise.
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
    // Many small steps, at a rate that only a small network bears, and an average that keeps up with them.
    (recipe.batch, recipe.rate, recipe.warmupSteps) = (16, 2e-3, 40)
    (recipe.averageDecay, recipe.namedBackgrounds, recipe.seed) = (0.99, 0, seed)
    // The more of the time it comes to rest, the steadier the outlines.
    recipe.cooldown = 0.4
    // Flat colours are easily cleaned; what a thing is shows where there is much noise.
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

  /// How far the lesson is.
  public var progress: Progress {
    Progress(
      pictures: plan.steps * recipe.batch, loss: loss, lossByLevel: lossByLevel.values,
      secondsPassed: plan.seconds, share: plan.share)
  }

  /// Learns for about so long, then returns; between two batches others may compute.
  ///
  /// - Throws: `CancellationError` when the task is cancelled, and then what was learnt stays; `TrainingError` when the
  ///   loss is no number any more.
  @discardableResult
  public func learn(seconds: Double) async throws -> Progress {
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
      try step()
      await Task.yield()
    } while ContinuousClock.now < end
    return progress
  }

  /// Learns from one batch.
  func step() throws {
    let began = ContinuousClock.now
    let batch = try batches.next()
    let losses = try learner.differentiate(batch)
    let mean = losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
    // What goes on beyond the lesson's length learns as slowly as its end.
    var rule = AdamW(rate: recipe.rate * max(0.05, plan.rateFactor(recipe)))
    (rule.decay, rule.largestNorm) = (recipe.weightDecay, recipe.largestNorm)
    rule.averageDecay = recipe.averageDecay
    let norm = try learner.weights.step(rule)
    guard mean.isFinite, norm.isFinite else { throw TrainingError(steps: plan.steps) }
    plan.add(seconds: plan.plausible((ContinuousClock.now - began) / .seconds(1)))
    loss += (mean - loss) * max(0.02, 1 / Double(plan.steps))
    let schedule = TinyNetwork.schedule
    for (place, loss) in losses.enumerated() {
      // How much a picture counts is not how wrong the guess was.
      lossByLevel.add(
        Double(loss / batch.weights[place]),
        share: schedule.level(at: Int(batch.times[place])).share(contrast: schedule.contrast))
    }
  }

  /// What it paints now for each of its words, in their order, from the same noise for all and every time.
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
