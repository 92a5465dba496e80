import Checkpoints
import Diffusion
import Files
import Foundation
import Models
import Tensors
import TrainingData

/// Trains a network to denoise, and saves it as a model's folder.
///
/// The folder contains the current model, with the moving average of its weights, and in `training` everything needed
/// to continue: a run that ends at any moment continues from its last save.
@Compute
public final class Trainer {
  /// The state of the training.
  public struct Progress: Sendable {
    /// The total number of batches.
    public let steps: Int
    /// The total number of pictures seen.
    public let pictures: Int
    /// The total training time in seconds.
    public let seconds: Double
    /// The loss, averaged over about the last hundred batches.
    public let loss: Double
    /// The learning rate of the last step.
    public let rate: Float
    /// Pictures per second, measured recently.
    public let picturesPerSecond: Double
    /// The plan.
    public let plan: TrainingPlan
  }

  /// The folder of the model.
  public nonisolated let folder: URL
  /// The training recipe.
  public nonisolated let recipe: TrainingRecipe
  /// Whether an earlier run is continued.
  public private(set) var isResumed = false
  /// What training started from.
  public nonisolated let start: TrainingStart
  private let export: ModelExport
  private let learner: UNetLearner
  private let captions: CaptionStates
  private let hold: OutputFolder
  private let batches: BatchDrawing
  private var facts: TrainingCheckpoint.Facts
  private var speed = 0.0

  /// Opens a folder for training: continues the run in it, or starts one.
  ///
  /// An unfinished plan is continued; otherwise a new one starts.
  ///
  /// - Parameters:
  ///   - set: The pictures.
  ///   - start: What to start from if the folder contains no run.
  ///   - recipe: The training recipe; its batch, dropout and rates also apply to a continued run.
  ///   - length: How long to train.
  ///   - folder: The folder for the model.
  ///   - precision: bf16 halves the time on processors that support it; weights are always float32.
  ///   - threads: The number of threads.
  ///
  /// From then on, the folder contains a complete model, and there is room for the next one before it replaces this
  /// one, so a disk that is too small is detected before training, not after it.
  ///
  /// - Throws: `CheckpointError` for parts that do not fit, `FileError` if the folder cannot be written,
  ///   ``OutputFolderError`` if it contains something else, `PrecisionError`.
  public init(
    _ set: TrainingSet, from start: TrainingStart, recipe: TrainingRecipe,
    length: TrainingPlan.Length, folder: URL, precision: Precision = .auto,
    threads: Int = Processor.threads
  ) throws {
    (self.folder, self.recipe, self.start) = (folder, recipe, start)
    precondition(set.size == start.pictureSize, "pictures of \(start.pictureSize) pixels")
    captions = try CaptionStates(start.model)
    let resumes = Self.holdsRun(folder)
    // A run's weights are read with the rest of its checkpoint; read here, each would need the file opened again.
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
    // Reserved memory is not allocated yet. It is better to report now that it will not suffice than to be killed
    // later.
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
      // If another program has started or removed a run since the check, no run replaces it.
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

  /// The folder's file with the state to continue from.
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
    // A finished plan, or one longer than the requested one, is followed by another.
    let wasFinished = facts.plan.isFinished
    facts.plan.length = length
    if wasFinished || facts.plan.isFinished {
      facts.finishedPlans += 1
      facts.plan = TrainingPlan(length)
    }
    isResumed = true
  }

  // MARK: Training

  /// The state of the training.
  public var progress: Progress {
    Progress(
      steps: facts.steps, pictures: facts.pictures, seconds: facts.seconds, loss: facts.loss,
      rate: recipe.rate * facts.plan.rateFactor(recipe), picturesPerSecond: speed,
      plan: facts.plan)
  }

  /// Trains on one batch.
  ///
  /// - Throws: ``TrainingError`` when the loss is not a finite number; `CheckpointError` when the text encoder cannot
  ///   be read; `CancellationError`.
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

  /// Computes the losses of the next batch and the gradients of the weights.
  ///
  /// If that fails or is cancelled, the same batch is still the next, so that a run that continues from there equals
  /// one without interruption.
  private func nextLosses() throws -> [Float] {
    let generator = batches.generator
    do {
      return try learner.differentiate(try batches.next())
    } catch {
      batches.generator = generator
      throw error
    }
  }

  // MARK: Saving

  /// Saves the model and everything needed to continue.
  ///
  /// - Throws: `FileError`, leaving the earlier save unchanged.
  public func save() throws {
    facts.generator = batches.generator
    try TrainingCheckpoint.write(learner.weights, facts, to: Self.checkpoint(in: folder))
    try export.write(try learner.weights.tensors(.average))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try export.write(try encoder.encode(facts), "training/facts.json")
  }
}

/// Training failed.
public struct TrainingError: Error, CustomStringConvertible, Sendable {
  /// The number of batches before it failed.
  public let steps: Int

  package init(steps: Int) { self.steps = steps }

  /// A sentence for people.
  public var description: String {
    steps == 0
      ? "the loss is NaN or infinite from the first batch: the network or its starting weights are damaged"
      : "the loss became NaN or infinite after \(steps) batches: the last saved model is not affected; continue from it with a lower --rate"
  }
}

/// There is not enough memory for training.
public struct TrainingMemoryError: Error, CustomStringConvertible, Sendable {
  /// The number of pictures in a batch.
  public let batch: Int

  /// A sentence for people.
  public var description: String {
    "there is not enough memory to train on \(batch) picture\(batch == 1 ? "" : "s") at a time; give a \(batch == 1 ? "smaller network" : "smaller --batch")"
  }
}
