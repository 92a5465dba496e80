import ArgumentParser
import Diffusion
import Explorer
import Pictures
import Recipes

extension SamplerKind: ExpressibleByArgument {
  /// The names of the field, of diffusers and of stable-diffusion.cpp, whatever their case.
  public init?(argument: String) {
    guard let kind = SamplerNames.sampler(argument) else { return nil }
    self = kind
  }
}

extension Spacing: ExpressibleByArgument {
  /// The names of the field and of stable-diffusion.cpp, whatever their case.
  public init?(argument: String) {
    guard let spacing = SamplerNames.spacing(argument) else { return nil }
    self = spacing
  }
}

/// The settings of a run, as every command that makes one takes them; what is not given stays as it was.
struct SamplingOptions: ParsableArguments {
  @Option(
    name: [.short, .long], parsing: .unconditional,
    help: """
      Seed of the noise, 0 to 2^64-1. If not given, the explorer begins with 7, render draws one, and a saved picture \
      has its own.
      """, transform: Self.seed)
  var seed: UInt64?

  @Option(
    name: [.long, .customLong("num-inference-steps")], parsing: .unconditional,
    help: "Steps from noise to picture.")
  var steps: Int?

  @Option(
    name: [.long, .customLong("cfg-scale"), .customLong("guidance-scale")],
    parsing: .unconditional,
    help: """
      How strongly the prompt steers: 1 is not at all beyond what the network does by itself, 0 leaves the prompt out.
      """)
  var guidance: Float?

  @Option(help: "How much of guidance's contrast to take back, 0 to 1.")
  var guidanceRescale: Float?

  @Option(
    name: [.long, .customLong("sampling-method")],
    help: "\(SamplerKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sampler: SamplerKind?

  @Option(
    name: [.customLong("schedule"), .long, .customLong("scheduler")],
    help: """
      How the steps are laid over the noise levels: \
      \(Spacing.allCases.map(\.rawValue).joined(separator: ", ")); by default the model's own or the sampler's usual one.
      """)
  var spacing: Spacing?

  @Option(help: "DDIM's share of fresh noise, 0 to 1.")
  var eta: Float?

  private static func seed(_ text: String) throws -> UInt64 {
    guard let seed = UInt64(text) else {
      throw ValidationError(
        "the seed must be a whole number from 0 to \(UInt64.max), not \(text); without one there is a seed as well"
      )
    }
    return seed
  }

  /// What was given.
  var chosen: ChosenSettings {
    var chosen = ChosenSettings()
    (chosen.seed, chosen.steps, chosen.eta) = (seed, steps, eta)
    (chosen.guidance, chosen.guidanceRescale) = (guidance, guidanceRescale)
    (chosen.sampler, chosen.spacing) = (sampler, spacing)
    return chosen
  }

  /// The settings with everything that was given put in.
  ///
  /// - Throws: ``SamplingError`` for numbers that no run can have.
  func applied(to settings: SamplingSettings) throws -> SamplingSettings {
    let settings = chosen.applied(to: settings)
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
