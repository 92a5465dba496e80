/// What the canvas shows of a step.
public enum PictureKind: String, Sendable, Hashable, CaseIterable {
  case sample, denoised = "x0", noise

  /// In plain words.
  var caption: String {
    switch self {
    case .sample: "noisy picture"
    case .denoised: "its guess"
    case .noise: "predicted noise"
    }
  }

  /// In the terms of the field.
  var symbol: String {
    switch self {
    case .sample: "x_t"
    case .denoised: "x0"
    case .noise: "noise"
    }
  }
}
