import Diffusion

/// A setting that may have no effect, depending on the sampler, the guidance scale and the model.
package enum IdleSetting: String, Sendable, Hashable, CaseIterable {
  case eta = "--eta"
  case schedule = "--schedule"
  case prompt = "a prompt"
  case negativePrompt = "--negative-prompt"
  case guidance = "--guidance"
  case guidanceRescale = "--guidance-rescale"
  case vaeTile = "--vae-tile"
  case quickFrames = "--quick-frames"

  /// The facts that decide whether a setting has an effect in a run.
  package struct Run: Sendable, Hashable {
    /// The sampler.
    package var sampler: SamplerKind
    /// Whether the network is also called without the prompt, so that guidance has an effect.
    package var isGuided: Bool
    /// The model's name.
    package var model: String
    /// Whether the schedule has an effect with this sampler and this model.
    package var usesSchedule: Bool
    /// Whether the model takes prompts.
    package var readsPrompt: Bool
    /// Whether the model paints latents, which are decoded.
    package var decodes: Bool

    /// A run of a recipe with a model.
    package init(
      _ recipe: Recipe, model: String, usesSchedule: Bool, readsPrompt: Bool, decodes: Bool
    ) {
      (sampler, isGuided) = (recipe.sampling.sampler, recipe.isGuided)
      (self.model, self.usesSchedule) = (model, usesSchedule)
      (self.readsPrompt, self.decodes) = (readsPrompt, decodes)
    }
  }

  /// A sentence about why the setting has no effect in a run; `nil` if it has one.
  package func note(in run: Run) -> String? {
    switch self {
    case .eta:
      run.sampler == .ddim
        ? nil : "\(rawValue) has no effect with \(run.sampler.rawValue): only DDIM uses it"
    case .schedule:
      run.usesSchedule
        ? nil : "\(rawValue) has no effect with \(run.sampler.rawValue), which has its own steps"
    case .prompt, .guidance: run.readsPrompt ? nil : withoutPrompt(run.model)
    case .negativePrompt, .guidanceRescale:
      if !run.readsPrompt {
        withoutPrompt(run.model)
      } else {
        run.isGuided ? nil : "\(rawValue) has no effect at guidance 1"
      }
    case .vaeTile, .quickFrames:
      run.decodes
        ? nil : "\(rawValue) has no effect: \(run.model) paints pixels, which need no decoding"
    }
  }

  private func withoutPrompt(_ model: String) -> String {
    "\(rawValue) has no effect: \(model) paints without a prompt"
  }
}

extension Recipe {
  /// Whether guidance has an effect in some of its steps.
  package var isGuided: Bool {
    sampling.sampler.usesUnconditional || sampling.guidance.scale != 1
      || changes.contains { ($0.guidance ?? 1) != 1 }
  }
}
