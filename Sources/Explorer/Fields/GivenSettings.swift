import Recipes

/// The settings given on the command line or in the configuration, and which of them were already reported as having no
/// effect.
struct GivenSettings: Sendable, Hashable {
  private let chosen: ChosenSettings
  private let negativePrompt: String
  private var noted: Set<IdleSetting> = []

  init(_ preferences: ExplorerPreferences) {
    (chosen, negativePrompt) = (preferences.chosen.bounded, preferences.negativePrompt)
  }

  /// A message about given settings that have no effect in a run; each is reported only once.
  mutating func notes(on recipe: Recipe, with model: ModelFacts) -> [String] {
    let run = IdleSetting.Run(
      recipe, model: model.name,
      usesSchedule: !model.samplersWithOwnSteps.contains(recipe.sampling.sampler),
      readsPrompt: model.readsPrompt, decodes: model.decodes)
    var notes: [String] = []
    for setting in IdleSetting.allCases where isInForce(setting, in: recipe) {
      guard let note = setting.note(in: run), noted.insert(setting).inserted else { continue }
      notes.append(note)
    }
    return notes
  }

  /// Whether a run uses a setting as given. The explorer does not handle settings that concern files.
  private func isInForce(_ setting: IdleSetting, in recipe: Recipe) -> Bool {
    let sampling = recipe.sampling
    return switch setting {
    case .eta: chosen.eta == sampling.eta && sampling.eta > 0
    case .schedule: chosen.spacing == sampling.spacing
    case .negativePrompt: negativePrompt == recipe.negativePrompt && !negativePrompt.isEmpty
    case .guidance: chosen.guidance == sampling.guidance.scale
    case .guidanceRescale:
      chosen.guidanceRescale == sampling.guidance.rescale && sampling.guidance.rescale > 0
    case .prompt, .vaeTile, .quickFrames: false
    }
  }
}
