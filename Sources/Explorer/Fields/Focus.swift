/// The place that receives keys: the picture, or a field.
enum Focus: Sendable, Hashable, CaseIterable {
  case canvas, prompt, negative, seed, steps, guidance, strength, sampler, spacing, model

  var isText: Bool { self == .prompt || self == .negative }
  var isNumber: Bool {
    self == .seed || self == .steps || self == .guidance || self == .strength
  }

  /// An explanation of the focused pane, for the top of the help.
  var explanation: String {
    switch self {
    case .canvas:
      "The canvas. A run starts from pure noise. At each step, the model guesses the picture behind the noise, "
        + "and a little of the noise is removed."
    case .prompt:
      "The prompt: what to paint. Enter runs it; ↑ ↓ go through earlier ones; ctrl-_ undoes the last change."
    case .negative: "Negative prompt: guidance pushes the picture away from these words."
    case .seed: "The seed of the starting noise. Different noise gives a different picture."
    case .steps: "How many steps from noise to picture. More steps are finer and take longer."
    case .guidance:
      "How strongly the prompt steers: 0 ignores the prompt, 1 adds no guidance, more follows the prompt more strongly."
    case .strength:
      "How far to go from the starting picture: 0.3 touches it up, 0.75 changes it freely, 1 keeps almost nothing."
    case .sampler: "The method that computes each step from the one before."
    case .spacing: "The schedule: the noise level of each step."
    case .model: "The trained network that paints."
    }
  }
}
