import ArgumentParser
import Diffusion
import Foundation

extension SamplerKind: ExpressibleByArgument {
  /// The names of the field, of diffusers and of stable-diffusion.cpp, whatever their case.
  public init?(argument: String) {
    let name = argument.lowercased()
    let other: [String: SamplerKind] = [
      "euler_a": .eulerAncestral, "dpm++2m": .dpmPlusPlus2M, "dpm++2m_sde": .dpmPlusPlus2MSDE,
      "ddim_trailing": .ddim, "eulerdiscretescheduler": .euler,
      "eulerancestraldiscretescheduler": .eulerAncestral, "heundiscretescheduler": .heun,
      "dpmsolvermultistepscheduler": .dpmPlusPlus2M, "ddimscheduler": .ddim, "lcmscheduler": .lcm,
      "ddpmscheduler": .ddpm,
    ]
    guard let kind = Self.allCases.first(where: { $0.rawValue.lowercased() == name }) ?? other[name]
    else { return nil }
    self = kind
  }
}

extension Spacing: ExpressibleByArgument {
  /// The names, whatever their case.
  public init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}

/// The settings of a run, as every command that makes one takes them; what is not given stays as it was.
struct SamplingOptions: ParsableArguments {
  @Option(
    name: [.short, .long], help: "Seed of the noise, 0 to 2^64-1; drawn at random if not given.")
  var seed: UInt64?

  @Option(
    name: [.long, .customLong("num-inference-steps")], help: "Steps from noise to picture.")
  var steps: Int?

  @Option(
    name: [.long, .customLong("cfg-scale"), .customLong("guidance-scale")],
    help: "How strongly the prompt steers; 1 is not at all beyond what the network does by itself.")
  var guidance: Float?

  @Option(help: "How much of guidance's contrast to take back, 0 to 1.")
  var guidanceRescale: Float?

  @Option(
    name: [.long, .customLong("sampling-method")],
    help: "\(SamplerKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sampler: SamplerKind?

  @Option(name: [.long, .customLong("scheduler")], help: "How the steps are spread.")
  var spacing: Spacing?

  @Option(help: "DDIM's share of fresh noise, 0 to 1.")
  var eta: Float?

  /// Whether any of it was given.
  var isGiven: Bool {
    seed != nil || steps != nil || guidance != nil || guidanceRescale != nil || sampler != nil
      || spacing != nil || eta != nil
  }

  /// The settings with everything that was given put in.
  ///
  /// - Throws: ``SamplingError`` for numbers that no run can have.
  func applied(to settings: SamplingSettings) throws -> SamplingSettings {
    var settings = settings
    if let seed { settings.seed = seed }
    if let steps { settings.steps = steps }
    if let guidance { settings.guidance.scale = guidance }
    if let guidanceRescale { settings.guidance.rescale = guidanceRescale }
    if let sampler { settings.sampler = sampler }
    if let spacing { settings.spacing = spacing }
    if let eta { settings.eta = eta }
    guard settings.guidance.scale.isFinite else {
      throw SamplingError.guidanceScale(found: settings.guidance.scale)
    }
    guard settings.steps >= 1 else {
      throw SamplingError.steps(found: settings.steps, most: 1000)
    }
    return settings
  }
}

/// What a frame shows.
enum FrameView: String, ExpressibleByArgument, CaseIterable {
  case sample, x0, noise
}
