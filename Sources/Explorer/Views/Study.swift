import Diffusion
import Pictures
import Recipes

/// A step of a run with everything that determined it.
public struct TakenStep: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The step's index.
  public var step: Int
  /// The guidance and the prompt of the step.
  public var steering: Steering
  /// The changes made before the step.
  public var changes: [RecipeChange]

  /// A step with its guidance and prompt.
  public init(run: Int, step: Int, steering: Steering, changes: [RecipeChange] = []) {
    (self.run, self.step, self.steering) = (run, step, steering)
    self.changes = changes
  }

  /// A step of a run.
  init(_ frame: Frame, of run: Run) {
    self.init(
      run: run.id, step: frame.index, steering: frame.steering,
      changes: run.recipe.changes.filter { $0.step < frame.index })
  }
}

/// A computation that a view requests. Equal studies have equal findings.
public enum Study: Sendable, Hashable {
  /// What guidance does at a step, at a scale that may differ from the run's.
  case guidance(TakenStep, scale: Float)
  /// Which parts of the picture attend to each word of the prompt, at a step.
  case words(TakenStep)
  /// What the model finds in a picture with added noise.
  case noise(NoiseQuestion)
  /// How the error grows with the noise.
  case noiseCurve(BenchPicture)
  /// The same prompt from different noise.
  case seeds(SeedsQuestion)
  /// The positions of prompts among the names that the model was trained on.
  case places([String])
  /// The embeddings of sentences.
  case sentences([String])
  /// The path from one prompt or noise to another.
  case walk(WalkQuestion)
  /// The noise levels of a run's steps under each schedule.
  case schedules(Recipe)
  /// A run made only for comparison.
  case otherRun(Recipe)
  /// The training pictures nearest to a picture.
  case copy(CopyQuestion)
  /// A tiny network that learns.
  case learning

  /// Whether it has to be computed again at every step of a run.
  public var followsSteps: Bool {
    switch self {
    case .guidance, .words: true
    case .noise, .noiseCurve, .seeds, .places, .sentences, .walk, .learning, .schedules, .otherRun,
      .copy:
      false
    }
  }
}

/// The result of a study.
public enum Finding: Sendable, Hashable {
  case guidance(GuidanceFinding)
  case words(WordsFinding)
  case noise(NoiseFinding)
  case noiseCurve(NoiseCurve)
  case seeds(SeedsFinding)
  case places(PlacesFinding)
  /// Unit vectors, one for each sentence.
  case sentences([[Float]])
  case walk(WalkFinding)
  case schedules(SchedulesFinding)
  case otherRun(OtherRunFinding)
  case copy(CopyFinding)
  case learning(LearningFinding)
  /// Why there is no result.
  case failed(String)

  /// Whether the result is complete.
  public var isWhole: Bool {
    switch self {
    case .guidance, .words, .places, .sentences, .copy, .failed: true
    case .noise(let finding): finding.isWhole
    case .noiseCurve(let curve): curve.isWhole
    case .seeds(let finding): finding.isWhole
    case .learning(let finding): finding.share >= 1
    case .schedules: true
    case .otherRun(let finding): finding.isWhole
    case .walk(let finding): !finding.pictures.contains(nil)
    }
  }

  /// Its approximate size in bytes.
  var bytes: Int {
    switch self {
    case .guidance(let finding):
      [finding.without, finding.with, finding.difference, finding.guided].bytes
    case .words(let finding): finding.maps.reduce(0) { $0 + 4 * $1.count }
    case .noise(let finding):
      [finding.noisy, finding.oneLook, finding.inSteps, finding.truth].compactMap { $0 }.bytes
    case .noiseCurve(let curve): 8 * curve.points.count
    case .seeds(let finding): finding.rows.reduce(0) { $0 + $1.bytes }
    case .places(let finding): 12 * finding.names.count
    case .sentences(let embeddings): embeddings.reduce(0) { $0 + 4 * $1.count }
    case .walk(let finding): finding.pictures.compactMap { $0 }.bytes
    case .copy(let finding): finding.nearest.map(\.picture).bytes
    case .learning(let finding): finding.rows.reduce(0) { $0 + $1.bytes }
    case .schedules(let finding): finding.levels.values.reduce(0) { $0 + 8 * $1.count }
    case .otherRun(let finding): finding.pictures.bytes
    case .failed(let text): text.utf8.count
    }
  }
}

extension [Picture] {
  /// The size of all pixels in bytes.
  var bytes: Int { reduce(0) { $0 + $1.pixels.count } }
}
