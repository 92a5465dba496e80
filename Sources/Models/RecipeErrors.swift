import Pictures

/// A recipe whose starting picture is missing.
public struct MissingPictureError: Error, CustomStringConvertible, Sendable {
  /// The picture's file.
  public let file: String

  /// A sentence for people.
  public var description: String {
    "this run starts from the picture \(file); give it with --init-image \(file)"
  }
}

/// A decoder that produced NaN or infinity, which would look black in any picture.
public struct NotFinitePictureError: Error, CustomStringConvertible, Sendable {
  /// A sentence for people.
  public var description: String {
    "the autoencoder produced NaN or infinity instead of a picture: its weights may be damaged, or its values are too "
      + "large for bf16; try --precision f32"
  }
}

/// A picture size that the model cannot paint.
public struct SizeError: Error, CustomStringConvertible, Sendable {
  /// The model.
  public let model: String
  /// The sizes that it can paint.
  public let sizes: PictureSizes
  /// The requested size.
  public let asked: PictureSize

  /// A sentence for people.
  public var description: String {
    "the model \(model) paints pictures of \(sizes), not \(asked); "
      + (sizes.isFree
        ? "choose a --width and --height from these" : "leave out --width and --height")
  }
}
