import ArgumentParser
import Diffusion
import Explorer
import Pictures
import Recipes

extension SamplerKind: ExpressibleByArgument {
  /// The names used in the field, in diffusers and in stable-diffusion.cpp, in any case.
  public init?(argument: String) {
    guard let kind = SamplerNames.sampler(argument) else { return nil }
    self = kind
  }
}

extension Spacing: ExpressibleByArgument {
  /// The names used in the field and in stable-diffusion.cpp, in any case.
  public init?(argument: String) {
    guard let spacing = SamplerNames.spacing(argument) else { return nil }
    self = spacing
  }
}

/// The settings of a run, shared by every command that makes one; settings that are not given stay unchanged.
struct SamplingOptions: ParsableArguments {
  @Option(
    name: [.short, .long], parsing: .unconditional,
    help: """
      The seed of the noise, 0 to 2^64-1. By default, the explorer starts with 7, render draws a \
      random one, and a saved picture has its own.
      """, transform: Self.seed)
  var seed: UInt64?

  @Option(
    name: [.long, .customLong("num-inference-steps")], parsing: .unconditional,
    help: "The number of steps from noise to picture.")
  var steps: Int?

  @Option(
    name: [.long, .customLong("cfg-scale"), .customLong("guidance-scale")],
    parsing: .unconditional,
    help: "How strongly to follow the prompt: 0 ignores it, 1 adds no guidance.")
  var guidance: Float?

  @Option(
    help: .rare("How much to reduce the contrast that guidance adds, 0 to 1 (guidance rescale)."))
  var guidanceRescale: Float?

  @Option(
    name: [.long, .customLong("sampling-method")],
    help: "The sampler, which computes each step.")
  var sampler: SamplerKind?

  @Option(
    name: [.customLong("schedule"), .long, .customLong("scheduler")],
    help: .rare(
      "The schedule, which sets the noise level of each step; by default the model's own or the sampler's usual one."
    ))
  var spacing: Spacing?

  @Option(help: .rare("DDIM's share of fresh noise (eta), 0 to 1."))
  var eta: Float?

  private static func seed(_ text: String) throws -> UInt64 {
    guard let seed = UInt64(text) else {
      throw ValidationError(
        "the seed must be a whole number from 0 to \(UInt64.max), not \(text); leave it out to get one automatically"
      )
    }
    return seed
  }

  /// The given settings.
  var chosen: ChosenSettings {
    var chosen = ChosenSettings()
    (chosen.seed, chosen.steps, chosen.eta) = (seed, steps, eta)
    (chosen.guidance, chosen.guidanceRescale) = (guidance, guidanceRescale)
    (chosen.sampler, chosen.spacing) = (sampler, spacing)
    return chosen
  }

  /// The settings with everything given applied.
  ///
  /// - Throws: ``SamplingError`` for impossible numbers.
  func applied(to settings: SamplingSettings) throws -> SamplingSettings {
    try chosen.checked(in: settings)
  }
}

extension ChosenSettings {
  /// The settings with everything chosen applied.
  ///
  /// - Throws: ``SamplingError`` for impossible numbers.
  func checked(in settings: SamplingSettings) throws -> SamplingSettings {
    let settings = applied(to: settings)
    guard settings.guidance.scale.isFinite else {
      throw SamplingError.guidanceScale(found: settings.guidance.scale)
    }
    guard settings.steps >= 1 else {
      throw SamplingError.steps(found: settings.steps, most: 1000)
    }
    guard (0...1).contains(settings.guidance.rescale) else {
      throw SamplingError.guidanceRescale(found: settings.guidance.rescale)
    }
    guard (0...1).contains(settings.eta) else { throw SamplingError.eta(found: settings.eta) }
    return settings
  }
}

/// What a frame shows.
enum FrameView: String, ExpressibleByArgument, CaseIterable {
  case sample, x0, noise
}
