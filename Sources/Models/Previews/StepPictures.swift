import Pictures

/// The pictures of a step, made quickly.
public struct StepPictures: Sendable {
  /// How the pictures of latents were made.
  public enum Kind: String, Sendable {
    /// The clean sample and the noisy one by TAESD.
    case whole = "TAESD"
    /// The clean sample by TAESD, from latents of half the height and width; the noisy one in linear colours.
    case half = "TAESD of half the size"
    /// All in linear colours, a pixel for each place.
    case linear = "linear colours"
  }

  /// `x_t`, the sample that the step began with.
  public let sample: Picture
  /// `x_0`, the clean sample.
  public let denoised: Picture
  /// The noise predicted in it.
  public let noise: Picture
  /// How they were made, and the milliseconds that it took; `nil` where samples are pictures themselves.
  public var preview: (kind: Kind, milliseconds: Double)?
}
