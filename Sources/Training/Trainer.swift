import Checkpoints
import Diffusion
import Files
import Foundation
import Models
import Tensors
import TrainingData

/// Teaches a network to find the picture in the noise, and keeps what it has learnt in a model's folder.
///
/// The folder holds the model as it is so far, with the moving average of its weights, and in `training` what it takes to
/// go on: a run that was ended at any moment continues from the last time it was saved.
@Compute
public final class Trainer {
  /// How things stand.
  public struct Progress: Sendable {
    /// Batches learnt from, in all.
    public let steps: Int
    /// Pictures seen, in all.
    public let pictures: Int
    /// Seconds spent learning, in all.
    public let seconds: Double
    /// The loss, averaged over about the last hundred batches.
    public let loss: Double
    /// The learning rate of the last step.
    public let rate: Float
    /// Pictures a second, of late.
    public let picturesPerSecond: Double
    /// The plan.
    public let plan: TrainingPlan
  }

  /// The folder that the model is kept in.
  public nonisolated let folder: URL
  /// The recipe that is followed.
  public nonisolated let recipe: TrainingRecipe
  /// Whether an earlier run is continued.
  public private(set) var isResumed = false
  /// What learning began from.
  public nonisolated let start: TrainingStart
  private let export: ModelExport
  private let learner: UNetLearner
  private let captions: CaptionStates
  private let hold: OutputFolder
  private let batches: BatchDrawing
  private var facts: TrainingCheckpoint.Facts
  private var speed = 0.0

  /// Opens a folder to learn in: continues the run that it holds, or begins one.
  ///
  /// A plan that was not finished is gone on with; else a new one begins.
  ///
  /// - Parameters:
  ///   - set: The pictures.
  ///   - start: What to begin from where the folder holds no run.
  ///   - recipe: How to teach; its batch, dropout and rates also hold for a run that is continued.
  ///   - length: How long.
  ///   - folder: Where the model is kept.
  ///   - precision: bf16 halves the work where the processor has it; weights are float32 always.
  ///   - threads: How many to learn on.
  ///
  /// The folder holds a whole model from here on, and there is room for the next one before it takes its place: a disk
  /// that is too small is known before learning, not after it.
  ///
  /// - Throws: `CheckpointError` for parts that do not fit, `FileError` where the folder cannot be written,
  ///   ``OutputFolderError`` where it holds something else, `PrecisionError`.
  public init(
    _ set: TrainingSet, from start: TrainingStart, recipe: TrainingRecipe,
    length: TrainingPlan.Length, folder: URL, precision: Precision = .auto,
    threads: Int = Processor.threads
  ) throws {
    (self.folder, self.recipe, self.start) = (folder, recipe, start)
    precondition(set.size == start.pictureSize, "pictures of \(start.pictureSize) pixels")
    captions = try CaptionStates(start.model)
    let resumes = Self.holdsRun(folder)
    // A run's weights come with all else that its checkpoint holds; read here, they would need it opened for each.
    let source: any ParameterSource =
      resumes ? FreshParameters(seed: recipe.seed) : start.source
    if let free = FreeMemory.bytes, UNetLearner.leastBytes(start.configuration) > free {
      throw TrainingMemoryError(batch: 1)
    }
    do {
      learner = try UNetLearner(
        start.configuration, source: source, type: try precision.resolved(),
        batch: recipe.batch, height: start.configuration.sampleHeight,
        width: start.configuration.sampleWidth, tokens: captions.limit, masked: true,
        threads: threads)
    } catch let error as EngineError where error.status == EngineError.noMemory {
      throw TrainingMemoryError(batch: recipe.batch)
    }
    // What is reserved is not yet taken: better to say so now than to be killed for it later.
    if let free = FreeMemory.bytes, learner.bytes > free {
      throw TrainingMemoryError(batch: recipe.batch)
    }
    batches = BatchDrawing(
      set, captions: captions, recipe: recipe, schedule: start.schedule, fold: start.fold,
      usesVector: start.configuration.classProjectionDim != nil)
    export = ModelExport(folder: folder, start: start)
    facts = TrainingCheckpoint.Facts(
      recipe: recipe, plan: TrainingPlan(length), steps: 0, pictures: 0, seconds: 0,
      generator: batches.generator, loss: 0, finishedPlans: 0)
    hold = try OutputFolder(folder)
    do {
      // Where another program has begun or removed a run since, nothing is begun over it or in its place.
      if resumes || Self.holdsRun(folder) { try resume(length) }
      if !isResumed { try hold.markBeginning() }
      try export.prepare()
      try export.write(try learner.weights.tensors(.average))
      if !isResumed {
        try save()
        hold.markBegun()
      }
      try hold.requireRoom(forAnother: Self.checkpoint(in: folder))
    } catch {
      hold.removeIfNew()
      throw error
    }
  }

  /// Where a folder keeps what learning goes on from.
  public nonisolated static func checkpoint(in folder: URL) -> URL {
    folder.appendingPathComponent("training/checkpoint.safetensors")
  }

  private nonisolated static func holdsRun(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: checkpoint(in: folder).path)
  }

  private func resume(_ length: TrainingPlan.Length) throws {
    let saved = try TrainingCheckpoint(contentsOf: Self.checkpoint(in: folder))
    guard saved.fits(try learner.weights.tensors(.value)) else {
      throw CheckpointError(
        .mismatched, file: saved.file.path, expected: "the weights of this network",
        found: "those of a different one",
        advice: "Choose another --output, or the network that this folder was started with")
    }
    for part in TrainingCheckpoint.parts {
      try learner.weights.load(part, from: saved.source(part))
    }
    try learner.weights.refresh()
    facts = saved.facts
    facts.recipe = recipe
    learner.weights.steps = facts.steps
    batches.generator = facts.generator
    // A plan that is done, or longer than the one asked for now, is followed by another.
    let wasFinished = facts.plan.isFinished
    facts.plan.length = length
    if wasFinished || facts.plan.isFinished {
      facts.finishedPlans += 1
      facts.plan = TrainingPlan(length)
    }
    isResumed = true
  }

  // MARK: Learning

  /// How things stand.
  public var progress: Progress {
    Progress(
      steps: facts.steps, pictures: facts.pictures, seconds: facts.seconds, loss: facts.loss,
      rate: recipe.rate * facts.plan.rateFactor(recipe), picturesPerSecond: speed,
      plan: facts.plan)
  }

  /// Learns from one batch.
  ///
  /// - Throws: ``TrainingError`` when the loss is no number any more; `CheckpointError` when the text encoder cannot be
  ///   read; `CancellationError`.
  public func step() throws {
    let clock = ContinuousClock()
    let began = clock.now
    let losses = try nextLosses()
    let loss = losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
    var rule = AdamW(rate: recipe.rate * facts.plan.rateFactor(recipe))
    (rule.decay, rule.largestNorm) = (recipe.weightDecay, recipe.largestNorm)
    rule.averageDecay = recipe.averageDecay
    let norm = try learner.weights.step(rule)
    guard loss.isFinite, norm.isFinite else { throw TrainingError(steps: facts.steps) }
    let seconds = facts.plan.plausible((clock.now - began).milliseconds / 1000)
    facts.plan.add(seconds: seconds)
    facts.steps += 1
    facts.pictures += recipe.batch
    facts.seconds += seconds
    let share = max(0.01, 1 / Double(facts.steps))
    facts.loss += (loss - facts.loss) * share
    let now = Double(recipe.batch) / max(1e-9, seconds)
    speed += (now - speed) * (speed == 0 ? 1 : 0.05)
  }

  /// The losses of the next batch, whose gradients the weights have then.
  ///
  /// Where that fails or is cancelled the same batch is still the next, so that a run which goes on from there is the
  /// one that was never interrupted.
  private func nextLosses() throws -> [Float] {
    let generator = batches.generator
    do {
      return try learner.differentiate(try batches.next())
    } catch {
      batches.generator = generator
      throw error
    }
  }

  // MARK: Keeping

  /// Saves the model and what it takes to go on.
  ///
  /// - Throws: `FileError`; then what was saved before is as it was.
  public func save() throws {
    facts.generator = batches.generator
    try TrainingCheckpoint.write(learner.weights, facts, to: Self.checkpoint(in: folder))
    try export.write(try learner.weights.tensors(.average))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try export.write(try encoder.encode(facts), "training/facts.json")
  }
}

/// Learning has come to nothing.
public struct TrainingError: Error, CustomStringConvertible, Sendable {
  /// After how many batches.
  public let steps: Int

  package init(steps: Int) { self.steps = steps }

  /// A sentence for people.
  public var description: String {
    steps == 0
      ? "the loss is NaN or infinite from the first batch: the network or its starting weights are damaged"
      : "the loss became NaN or infinite after \(steps) batches: the last saved model is sound; continue from it with a lower --rate"
  }
}

/// There is not enough memory for what learning takes.
public struct TrainingMemoryError: Error, CustomStringConvertible, Sendable {
  /// Pictures in a batch.
  public let batch: Int

  /// A sentence for people.
  public var description: String {
    "there is not enough memory to train on \(batch) picture\(batch == 1 ? "" : "s") at a time; give a \(batch == 1 ? "smaller network" : "smaller --batch")"
  }
}
