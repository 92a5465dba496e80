import Diffusion

/// Everything needed to make a picture again: what is written into a saved PNG and read back from it.
public struct Recipe: Sendable, Hashable {
  /// What to paint.
  public var prompt: String
  /// What to stay away from; empty for nothing.
  public var negativePrompt: String
  /// Seed, steps, guidance, sampler and spacing.
  public var sampling: SamplingSettings
  /// Guidance scales taken over while the run went, in their order.
  public var guidanceChanges: [GuidanceChange] = []
  /// Picture width in pixels.
  public var width: Int
  /// Picture height in pixels.
  public var height: Int
  /// The model's name, such as `mini`.
  public var model: String
  /// The first ten hexadecimal digits of the SHA-256 of the network's weights, where known.
  public var modelHash: String?

  /// A recipe of these parts.
  public init(
    prompt: String, negativePrompt: String = "", sampling: SamplingSettings = SamplingSettings(),
    width: Int, height: Int, model: String, modelHash: String? = nil
  ) {
    self.prompt = prompt
    self.negativePrompt = negativePrompt
    self.sampling = sampling
    self.width = width
    self.height = height
    self.model = model
    self.modelHash = modelHash
  }
}

/// A guidance scale taken over in the middle of a run.
public struct GuidanceChange: Sendable, Hashable {
  /// The first step that used it, from 0.
  public var step: Int
  /// The scale.
  public var scale: Float

  /// A change to `scale` from `step` on.
  public init(step: Int, scale: Float) {
    self.step = step
    self.scale = scale
  }
}
