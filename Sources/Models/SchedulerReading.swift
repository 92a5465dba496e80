import Checkpoints
import Diffusion
import Foundation

// Converts a scheduler_config.json and a model's defaults to settings of the sampler core.

extension Prediction {
  package init(_ scheduler: SchedulerConfiguration, in file: URL) throws {
    switch scheduler.predictionType {
    case "epsilon": self = .epsilon
    case "v_prediction": self = .v
    case "sample": self = .sample
    case "flow_prediction": self = .flow
    default:
      throw CheckpointError(
        .unsupported, file: file.path, key: "prediction_type",
        expected: "epsilon, v_prediction, sample or flow_prediction",
        found: scheduler.predictionType, advice: "Use a model with one of these")
    }
  }
}

extension PredictionType {
  /// `nil` for predictions that Stable Diffusion checkpoints do not use.
  init?(_ prediction: Prediction) {
    switch prediction {
    case .epsilon: self = .epsilon
    case .v: self = .velocity
    case .sample: self = .sample
    case .flow: return nil
    }
  }
}

extension Prediction {
  init(_ type: PredictionType) {
    switch type {
    case .epsilon: self = .epsilon
    case .velocity: self = .v
    case .sample: self = .sample
    }
  }
}

extension SamplingSettings {
  /// The default settings of a Stable Diffusion model. Distilled models, identified by their schedulers or file names,
  /// get few steps.
  ///
  /// - Parameters:
  ///   - scheduler: The model's scheduler.
  ///   - distillation: What the file's name says.
  ///   - network: Its U-Net.
  package init(
    _ scheduler: SchedulerConfiguration?, _ distillation: Distillation?, network: UNetConfiguration
  ) {
    self.init(
      steps: 25, guidance: Guidance(scale: 7.5), sampler: .dpmPlusPlus2M, spacing: .karras)
    let isTold = network.guidanceEmbeddingDim != nil
    if isTold || scheduler?.className == "LCMScheduler" || distillation?.kind == .consistency {
      // 8.5 is the usual value for latent consistency models; without an embedding, guidance is built in.
      self = SamplingSettings(
        steps: distillation?.steps ?? 4, guidance: Guidance(scale: isTold ? 8.5 : 1), sampler: .lcm,
        spacing: .leading)
      return
    }
    let isAncestral =
      scheduler.map { $0.className == "EulerAncestralDiscreteScheduler" }
      ?? (distillation?.kind == .turbo)
    guard scheduler?.isOfFewSteps ?? (distillation != nil) else { return }
    self = SamplingSettings(
      steps: distillation?.steps ?? 4, guidance: Guidance(scale: 1),
      sampler: isAncestral ? .eulerAncestral : .euler, spacing: .trailing)
  }

  init(_ defaults: ModelFolder.Defaults, in folder: URL) throws {
    func problem(_ key: String, _ expected: [String], _ found: String) -> CheckpointError {
      CheckpointError(
        .unsupported, file: folder.appendingPathComponent("model_index.json").path,
        key: "_halflight.defaults.\(key)", expected: expected.joined(separator: ", "),
        found: found, advice: "Use one of these")
    }
    guard let sampler = SamplerKind(rawValue: defaults.sampler) else {
      throw problem("sampler", SamplerKind.allCases.map(\.rawValue), defaults.sampler)
    }
    guard let spacing = Spacing(rawValue: defaults.spacing) else {
      throw problem("spacing", Spacing.allCases.map(\.rawValue), defaults.spacing)
    }
    self.init(
      steps: defaults.steps, guidance: Guidance(scale: defaults.guidanceScale), sampler: sampler,
      spacing: spacing)
  }
}

extension SchedulerConfiguration {
  /// Whether it is an adversarially distilled model (SD-Turbo, SDXL-Turbo, Lightning), which starts from pure noise. It
  /// uses Euler's steps with trailing times, and none of the settings for models trained on pure noise from the
  /// beginning.
  fileprivate var isOfFewSteps: Bool {
    ["EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler"].contains(className)
      && timestepSpacing == "trailing" && !rescalesBetasToZeroSNR
      && predictionType != "v_prediction"
  }
}

extension NoiseSchedule {
  /// The noise schedule of Stable Diffusion 1 and 2, for files that name none.
  static var stableDiffusion: NoiseSchedule {
    var schedule = NoiseSchedule.scaledLinear()
    schedule.stepsOffset = 1
    schedule.endsClean = false
    return schedule
  }

  /// The noise schedule of a network with this prediction, if the user chose it: a flow has its own paths.
  func fitting(_ prediction: Prediction?) -> NoiseSchedule {
    prediction == .flow && !isFlow ? .flow() : self
  }

  package init(_ scheduler: SchedulerConfiguration) {
    let (start, end, count) = (scheduler.betaStart, scheduler.betaEnd, scheduler.trainTimesteps)
    if scheduler.className.hasPrefix("FlowMatch") || scheduler.predictionType == "flow_prediction" {
      self = .flow(shift: Double(scheduler.flowShift), count: count)
      return
    }
    if let betas = scheduler.trainedBetas {
      self.init(betas: betas)
    } else {
      self =
        switch scheduler.betaSchedule {
        case "scaled_linear": .scaledLinear(start: start, end: end, count: count)
        case "squaredcos_cap_v2": .squaredCosine(count: count)
        default: .linear(start: start, end: end, count: count)
        }
    }
    if scheduler.rescalesBetasToZeroSNR { self = rescaledToZeroTerminalSNR() }
    stepsOffset = scheduler.stepsOffset
    endsClean = scheduler.setsAlphaToOne
    addsAllVariance = scheduler.addsAllVariance
  }
}
