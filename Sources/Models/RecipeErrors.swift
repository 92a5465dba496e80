import Pictures

/// A recipe whose run begins with a picture that is not at hand.
public struct MissingPictureError: Error, CustomStringConvertible, Sendable {
  /// The picture's file.
  public let file: String

  /// A sentence for people.
  public var description: String {
    "this run begins with the picture \(file); give it with --init-image \(file)"
  }
}

/// A decoder that made values of a latent that are no numbers: black in any picture.
public struct NotFinitePictureError: Error, CustomStringConvertible, Sendable {
  /// A sentence for people.
  public var description: String {
    "the autoencoder gave values that are no numbers instead of a picture: its weights may be damaged, or its numbers too "
      + "large for bf16, which --precision f32 mends"
  }
}

/// A picture size that the model cannot paint.
public struct SizeError: Error, CustomStringConvertible, Sendable {
  /// The model.
  public let model: String
  /// The sizes that it can paint.
  public let sizes: PictureSizes
  /// The size asked for.
  public let asked: PictureSize

  /// A sentence for people.
  public var description: String {
    "the model \(model) paints pictures of \(sizes), not of \(asked); "
      + (sizes.isFree ? "give it such a --width and --height" : "leave --width and --height away")
  }
}
