#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model's noise schedule in training, from diffusers' `scheduler_config.json`.
///
/// It stores the terms in the file as text; the models interpret them. Missing keys get diffusers' defaults.
public struct SchedulerConfiguration: Sendable, Hashable {
  /// The scheduler's class, such as `DDIMScheduler`.
  public let className: String
  /// The length of the noise table.
  public let trainTimesteps: Int
  /// The first beta.
  public let betaStart: Float
  /// The last beta.
  public let betaEnd: Float
  /// `linear`, `scaled_linear` or `squaredcos_cap_v2`.
  public let betaSchedule: String
  /// Explicit betas that replace the previous three settings, or `nil`.
  public let trainedBetas: [Float]?
  /// `epsilon`, `v_prediction`, `sample`, or `flow_prediction`.
  public let predictionType: String
  /// `linspace`, `leading` or `trailing`, or `nil` for the scheduler's own default.
  public let timestepSpacing: String?
  /// `karras`, `exponential` or `beta` if the steps are spaced by noise levels instead of times, or `nil`.
  public let levelSpacing: String?
  /// Whether the predicted clean sample is clipped.
  public let clipsSample: Bool
  /// The bound to which it is clipped.
  public let clipSampleRange: Float
  /// Whether the last step of DDIM ends without any noise.
  public let setsAlphaToOne: Bool
  /// Added to the steps of `leading` spacing.
  public let stepsOffset: Int
  /// Whether betas are rescaled to zero terminal signal-to-noise ratio (Lin et al. 2023).
  public let rescalesBetasToZeroSNR: Bool
  /// Whether DDPM uses the larger of its two variances for its noise.
  public let addsAllVariance: Bool
  /// The time shift of a flow model.
  public let flowShift: Float

  /// Reads a `scheduler_config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or needs something that
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(SchedulerConfiguration.self, from: url)
  }

  /// Reads the text of a `scheduler_config.json`; `name` is its name in messages.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(SchedulerConfiguration.self, from: json, name: name)
  }
}

extension SchedulerConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case trainTimesteps = "num_train_timesteps"
    case betaStart = "beta_start"
    case betaEnd = "beta_end"
    case betaSchedule = "beta_schedule"
    case trainedBetas = "trained_betas"
    case predictionType = "prediction_type"
    case timestepSpacing = "timestep_spacing"
    case usesKarras = "use_karras_sigmas"
    case usesExponential = "use_exponential_sigmas"
    case usesBeta = "use_beta_sigmas"
    case clipSample = "clip_sample"
    case clipSampleRange = "clip_sample_range"
    case thresholding
    case setAlphaToOne = "set_alpha_to_one"
    case stepsOffset = "steps_offset"
    case rescaleBetas = "rescale_betas_zero_snr"
    case varianceType = "variance_type"
    case flowShift = "flow_shift"
    case shift
  }

  private static let betaSchedules = ["linear", "scaled_linear", "squaredcos_cap_v2"]
  private static let predictionTypes = ["epsilon", "v_prediction", "sample", "flow_prediction"]
  private static let spacings = ["linspace", "leading", "trailing"]
  /// The schedulers of diffusers that clip the clean sample by default.
  private static let clipping: Set = ["DDIMScheduler", "DDPMScheduler"]

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    className = try values.value(.className, default: "DDIMScheduler")
    if className.hasPrefix("EDM") {
      throw ConfigurationProblem.unsupported(
        "_class_name", supported: "a scheduler for ordinary noise (DDIM, Euler, DPM++ …)",
        found: CheckpointError.quoted(className))
    }
    let isFlow = className.hasPrefix("FlowMatch")
    trainTimesteps = try values.count(.trainTimesteps, default: 1000, in: 1...100_000)
    betaStart = try values.number(.betaStart, default: 0.0001, in: 0...1)
    betaEnd = try values.number(.betaEnd, default: 0.02, in: 0...1)
    betaSchedule = try values.value(.betaSchedule, default: "linear")
    trainedBetas = try values.optional([Float].self, .trainedBetas)
    predictionType = try values.value(
      .predictionType, default: isFlow ? "flow_prediction" : "epsilon")
    timestepSpacing = try values.optional(String.self, .timestepSpacing)
    let levels: [(CodingKeys, String)] = [
      (.usesKarras, "karras"), (.usesExponential, "exponential"), (.usesBeta, "beta"),
    ]
    levelSpacing = try levels.first { try values.value($0.0, default: false) }?.1
    clipsSample = try values.value(
      .clipSample, default: Self.clipping.contains(className))
    clipSampleRange = try values.number(.clipSampleRange, default: 1, in: 0.0001...1_000_000)
    if try values.value(.thresholding, default: false) {
      throw ConfigurationProblem.unsupported(
        "thresholding", supported: "false", found: "true")
    }
    setsAlphaToOne = try values.value(.setAlphaToOne, default: true)
    stepsOffset = try values.count(.stepsOffset, default: 0, in: 0...100_000)
    rescalesBetasToZeroSNR = try values.value(.rescaleBetas, default: false)
    addsAllVariance = (try values.optional(String.self, .varianceType) ?? "").hasPrefix(
      "fixed_large")
    let shift = try values.number(.shift, default: 1, in: 0.0001...1000)
    flowShift = try values.number(.flowShift, default: shift, in: 0.0001...1000)
    try check()
  }

  private func check() throws {
    func choose(_ key: CodingKeys, _ value: String, among choices: [String]) throws {
      guard choices.contains(value) else {
        throw ConfigurationProblem.unsupported(
          key.rawValue, supported: choices.joined(separator: ", "),
          found: CheckpointError.quoted(value))
      }
    }
    try choose(.betaSchedule, betaSchedule, among: Self.betaSchedules)
    try choose(.predictionType, predictionType, among: Self.predictionTypes)
    if let timestepSpacing { try choose(.timestepSpacing, timestepSpacing, among: Self.spacings) }
    guard betaStart <= betaEnd, betaEnd < 1 else {
      throw ConfigurationProblem.wrong(
        "beta_end", expected: "a number from beta_start up, below 1",
        found: "\(betaStart) to \(betaEnd)")
    }
    if let betas = trainedBetas {
      guard betas.count == trainTimesteps, betas.allSatisfy({ 0 <= $0 && $0 < 1 }) else {
        throw ConfigurationProblem.wrong(
          "trained_betas", expected: "\(trainTimesteps) numbers from 0 up, below 1",
          found: "\(betas.count) numbers, or some out of range")
      }
    }
  }
}
