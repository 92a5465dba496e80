/// What a network predicts.
public enum PredictionType: String, Sendable, Hashable, CaseIterable {
  /// The noise itself (Ho et al. 2020).
  case epsilon
  /// The velocity between noise and clean sample (Salimans & Ho 2022).
  case velocity = "v_prediction"
  /// The clean sample.
  case sample
}

/// What a single file says about its prediction, which its weights do not show.
///
/// The rule, in this order: the file's metadata (`modelspec.prediction_type`, of Stability-AI/ModelSpec); v-prediction
/// if there is a tensor `v_pred`, which later models have as a marker; if the file's name says that the model was
/// distilled, the noise, as for SD-Turbo, or the clean sample if the name says that too, as for Lightning's one-step
/// model; v-prediction for Stable Diffusion 2, as in diffusers, unless the file counts 875,000 training steps, as that
/// of its base model does; the noise otherwise. A file of SD 2 base without this information is therefore treated as
/// v-prediction, and the user must override it.
struct PredictionHints: Sendable, Hashable {
  /// The entry in the file's metadata.
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
  /// The rows and columns of the latent that a model was trained on.
  func sampleSize(_ prediction: PredictionType, _ distillation: Distillation?) -> Int {
    switch self {
    case .stableDiffusion1: 64
    case .stableDiffusion2: prediction == .velocity ? 96 : 64
    case .stableDiffusionXL: distillation?.paintsHalfSize == true ? 64 : 128
    }
  }
}
