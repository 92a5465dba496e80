/// A recipe whose run begins with a picture that is not at hand.
public struct MissingPictureError: Error, CustomStringConvertible, Sendable {
  /// The picture's file.
  public let file: String

  /// A sentence for people.
  public var description: String {
    "this run begins with the picture \(file); give it with --init-image \(file)"
  }
}

/// A picture size that the model cannot paint.
public struct SizeError: Error, CustomStringConvertible, Sendable {
  /// The model.
  public let model: String
  /// Its width in pixels.
  public let width: Int
  /// Its height in pixels.
  public let height: Int
  /// The width asked for.
  public let askedWidth: Int
  /// The height asked for.
  public let askedHeight: Int

  /// A sentence for people.
  public var description: String {
    "the model \(model) paints \(width)x\(height) pixels, not \(askedWidth)x\(askedHeight); leave --width and --height away"
  }
}
