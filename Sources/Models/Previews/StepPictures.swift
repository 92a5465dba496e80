import Pictures

/// The previews of a step.
public struct StepPictures: Sendable {
  /// How the pictures of latents were made.
  public enum Kind: String, Sendable {
    /// The clean sample and the noisy one by TAESD.
    case whole = "TAESD"
    /// The clean sample by TAESD, from latents at half height and width; the noisy one in linear colours.
    case half = "TAESD at half size"
    /// All in linear colours, one pixel for each position.
    case linear = "linear colours"
  }

  /// `x_t`, the sample at the start of the step.
  public let sample: Picture
  /// `x_0`, the clean sample.
  public let denoised: Picture
  /// The predicted noise.
  public let noise: Picture
  /// How they were made, and the milliseconds it took; `nil` if samples are pictures themselves.
  public var preview: (kind: Kind, milliseconds: Double)?
}
