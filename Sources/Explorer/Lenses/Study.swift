import Diffusion
import Pictures

/// A step of a run as it was taken.
public struct TakenStep: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The step, from 0.
  public var step: Int
  /// What steered it.
  public var steering: Steering
  /// What had been changed on the way to it.
  public var changes: [RecipeChange]

  /// A step with its steering.
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

/// A question that a lens asks of the model. Equal questions have equal answers.
public enum Study: Sendable, Hashable {
  /// What guidance does at a step, at a scale that need not be the run's.
  case guidance(TakenStep, scale: Float)
  /// Which places each word of the prompt is looked for in, at a step.
  case words(TakenStep)
  /// What the model finds behind noise that was added to a picture.
  case noise(NoiseQuestion)
  /// How the error grows with the noise.
  case noiseCurve(BenchPicture)
  /// The same prompt from different noise.
  case seeds(SeedsQuestion)
  /// Where prompts lie among the names that the model was taught.
  case places([String])
  /// From one prompt or noise to another.
  case walk(WalkQuestion)
  /// A tiny network that learns.
  case learning

  /// Whether it is asked anew with every step of a run.
  public var followsSteps: Bool {
    switch self {
    case .guidance, .words: true
    case .noise, .noiseCurve, .seeds, .places, .walk, .learning: false
    }
  }
}

/// What a study found.
public enum Finding: Sendable, Hashable {
  case guidance(GuidanceFinding)
  case words(WordsFinding)
  case noise(NoiseFinding)
  case noiseCurve(NoiseCurve)
  case seeds(SeedsFinding)
  case places(PlacesFinding)
  case walk(WalkFinding)
  case learning(LearningFinding)
  /// Why there is no answer.
  case failed(String)

  /// Whether nothing more will come.
  public var isWhole: Bool {
    switch self {
    case .guidance, .words, .places, .failed: true
    case .noise(let finding): finding.isWhole
    case .noiseCurve(let curve): curve.isWhole
    case .seeds(let finding): finding.isWhole
    case .learning(let finding): finding.share >= 1
    case .walk(let finding): !finding.pictures.contains(nil)
    }
  }

  /// Bytes that it takes, nearly.
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
    case .walk(let finding): finding.pictures.compactMap { $0 }.bytes
    case .learning(let finding): finding.rows.reduce(0) { $0 + $1.bytes }
    case .failed(let text): text.utf8.count
    }
  }
}

extension [Picture] {
  /// Bytes of all pixels.
  var bytes: Int { reduce(0) { $0 + $1.pixels.count } }
}

extension Explorer {
  /// Why a study has no answer.
  func problem(_ study: Study?) -> String? {
    guard let study, case .failed(let text) = findings[study] else { return nil }
    return text
  }
}
