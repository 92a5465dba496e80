import Diffusion
import Models
import Recipes

extension RenderRequest {
  /// The given options that have no effect on these runs, one sentence each.
  ///
  /// - Parameter recipe: The settings that all pictures share.
  func idleOptions(_ recipe: Recipe, on pipeline: Pipeline) -> [String] {
    let axes = sheet?.axes ?? []
    let sampler = recipe.sampling.sampler
    var run = IdleSetting.Run(
      recipe, model: pipeline.name, usesSchedule: pipeline.usesSpacing(with: sampler),
      readsPrompt: pipeline.readsPrompt, decodes: pipeline.decodes)
    for case .guidances(let scales) in axes where !sampler.usesUnconditional {
      run.isGuided = scales.contains { $0 != 1 }
    }
    var notes = IdleSetting.allCases.filter { isGiven($0, axes) }.compactMap { $0.note(in: run) }
    for lora in loras where lora.weight == 0 {
      notes.append("--lora \(lora.path) has no effect at weight 0")
    }
    if hasEmbeddings {
      notes += pipeline.unusedWords(in: Self.prompts(recipe, axes)).map {
        "--embedding \($0.file) has no effect: no prompt has its word, \($0.word)"
      }
    }
    return notes
  }

  /// Whether a setting was given, as an option or as an axis of a contact sheet.
  private func isGiven(_ setting: IdleSetting, _ axes: [SheetAxis]) -> Bool {
    let names = axes.map(\.name)
    return switch setting {
    case .eta: (sampling.eta ?? 0) > 0
    case .schedule: sampling.spacing != nil
    case .prompt: prompt?.isEmpty == false || names.contains("prompt")
    case .negativePrompt: negativePrompt?.isEmpty == false
    case .guidance: sampling.guidance != nil || names.contains("guidance")
    case .guidanceRescale: (sampling.guidanceRescale ?? 0) > 0
    case .vaeTile: vaeTile != nil
    case .quickFrames: quickFrames
    }
  }

  private static func prompts(_ recipe: Recipe, _ axes: [SheetAxis]) -> [String] {
    var prompts = [recipe.prompt, recipe.negativePrompt]
    prompts += recipe.changes.flatMap { [$0.prompt, $0.negativePrompt].compactMap(\.self) }
    for case .prompts(let others) in axes { prompts += others }
    return prompts
  }
}
