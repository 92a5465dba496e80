/// What a network says about the noise in its sample.
public enum PredictionType: String, Sendable, Hashable, CaseIterable {
  /// The noise itself (Ho et al. 2020).
  case epsilon
  /// The velocity between noise and clean sample (Salimans & Ho 2022).
  case velocity = "v_prediction"
  /// The clean sample.
  case sample
}

/// What a single file tells of its prediction, which its weights do not.
///
/// The rule, in this order: what the file's remarks say (`modelspec.prediction_type`, of
/// Stability-AI/ModelSpec); v-prediction where there is a tensor `v_pred`, as later models mark
/// it; the noise where its name says that it was distilled, as SD-Turbo was, or the clean sample
/// where it says that too, as Lightning's model of one step; and, as in diffusers, v-prediction for Stable Diffusion 2 unless the file counts 875,000 training steps, as that of
/// its base model does; the noise otherwise. A file of SD 2 base that says nothing of itself is
/// therefore taken for one of v-prediction, and the user must say that it is not.
struct PredictionHints: Sendable, Hashable {
  /// The file's remark.
  var remark: String?
  /// Whether there is a tensor `v_pred`.
  var hasVelocityMark = false
  /// The training steps in `global_step`.
  var globalStep: Int?
  /// What the file's name says.
  var distillation: Distillation?

  /// The prediction of a model of a family.
  func predictionType(of family: ModelFamily) -> PredictionType {
    switch remark?.lowercased() {
    case "epsilon", "eps": return .epsilon
    case "v", "v_prediction", "v-prediction": return .velocity
    default: break
    }
    if hasVelocityMark { return .velocity }
    if let distillation { return distillation.findsSample ? .sample : .epsilon }
    return family == .stableDiffusion2 && globalStep != 875_000 ? .velocity : .epsilon
  }
}

extension ModelFamily {
  /// Rows and columns of the latent that a model was taught on.
  func sampleSize(_ prediction: PredictionType, _ distillation: Distillation?) -> Int {
    switch self {
    case .stableDiffusion1: 64
    case .stableDiffusion2: prediction == .velocity ? 96 : 64
    case .stableDiffusionXL: distillation?.paintsHalfSize == true ? 64 : 128
    }
  }
}
