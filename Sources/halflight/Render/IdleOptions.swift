import Diffusion
import Models
import Recipes

extension RenderCommand {
  /// What was given and changes nothing in these runs: a sentence each.
  ///
  /// - Parameters:
  ///   - recipe: What all pictures have in common.
  ///   - axes: What differs on a contact sheet; none for other pictures.
  func idleOptions(_ recipe: Recipe, axes: [SheetAxis], on pipeline: Pipeline) -> [String] {
    let sampler = recipe.sampling.sampler
    var notes: [String] = []
    if let eta = sampling.eta, eta > 0, sampler != .ddim {
      notes.append("--eta has no effect with \(sampler.rawValue): only DDIM uses it")
    }
    if sampling.spacing != nil, !pipeline.usesSpacing(with: sampler) {
      notes.append("--schedule has no effect with \(sampler.rawValue), which has its own steps")
    }
    notes += pipeline.readsPrompt ? idleGuidance(recipe, axes) : idlePrompts(pipeline)
    if !pipeline.decodes {
      let decoding = [("--vae-tile", model.vaeTile != nil), ("--quick-frames", quickFrames)]
      notes += decoding.filter(\.1).map {
        "\($0.0) has no effect: \(pipeline.name) paints pixels, which need no decoding"
      }
    }
    for lora in model.lora where lora.weight == 0 {
      notes.append("--lora \(lora.path) has no effect at weight 0")
    }
    if !model.embedding.isEmpty {
      notes += pipeline.unusedWords(in: Self.prompts(recipe, axes)).map {
        "--embedding \($0.file) has no effect: no prompt has its word, \($0.word)"
      }
    }
    return notes
  }

  /// What guidance alone makes use of.
  private func idleGuidance(_ recipe: Recipe, _ axes: [SheetAxis]) -> [String] {
    if Self.isGuided(recipe, axes) { return [] }
    let options = [
      ("--negative-prompt", negativePrompt?.isEmpty == false),
      ("--guidance-rescale", (sampling.guidanceRescale ?? 0) > 0),
    ]
    return options.filter(\.1).map { "\($0.0) has no effect at guidance 1" }
  }

  private static func isGuided(_ recipe: Recipe, _ axes: [SheetAxis]) -> Bool {
    for case .guidances(let scales) in axes { return scales.contains { $0 != 1 } }
    return recipe.sampling.guidance.scale != 1
      || recipe.changes.contains { ($0.guidance ?? 1) != 1 }
  }

  /// What only models make use of that read prompts.
  private func idlePrompts(_ pipeline: Pipeline) -> [String] {
    let options = [
      ("a prompt", (words ?? prompt)?.isEmpty == false || sheet.prompts != nil),
      ("--negative-prompt", negativePrompt?.isEmpty == false),
      ("--guidance", sampling.guidance != nil || sheet.guidances != nil),
      ("--guidance-rescale", (sampling.guidanceRescale ?? 0) > 0),
    ]
    return options.filter(\.1).map {
      "\($0.0) has no effect: \(pipeline.name) paints without a prompt"
    }
  }

  private static func prompts(_ recipe: Recipe, _ axes: [SheetAxis]) -> [String] {
    var prompts = [recipe.prompt, recipe.negativePrompt]
    prompts += recipe.changes.flatMap { [$0.prompt, $0.negativePrompt].compactMap(\.self) }
    for case .prompts(let others) in axes { prompts += others }
    return prompts
  }
}
