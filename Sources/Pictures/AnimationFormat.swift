import Foundation

/// The kinds of files for animations.
public enum AnimationFormat: String, Sendable, Hashable, CaseIterable {
  /// Animated PNG.
  case png
  /// GIF, with 256 colours in each frame.
  case gif
  /// Animated WebP, lossless.
  case webp

  /// The kind for a file extension in any case; `nil` for any other extension.
  public init?(pathExtension: String) {
    switch pathExtension.lowercased() {
    case "png", "apng": self = .png
    case "gif": self = .gif
    case "webp": self = .webp
    default: return nil
    }
  }

  /// The bytes of a file that shows pictures in a loop.
  ///
  /// - Parameters:
  ///   - frames: The pictures, all of the same size; they may be computed lazily.
  ///   - milliseconds: How long each is shown.
  ///   - text: Texts for the file. GIF and WebP can contain only one, so the first is used.
  /// - Throws: ``AnimationError`` or ``PNGError`` when there are no frames, they differ in size, are too large or
  ///   memory runs out.
  public func encode<Frames: RandomAccessCollection>(
    _ frames: Frames, milliseconds: [Int], text: [TextChunk] = []
  ) throws -> Data where Frames.Element == Picture {
    switch self {
    case .png:
      // If nothing moves, only the last picture matters.
      try AnimatedPNG.encode(frames, milliseconds: milliseconds, text: text, still: frames.last)
    case .gif:
      try AnimatedGIF.encode(frames, milliseconds: milliseconds, comment: text.first?.text ?? "")
    case .webp:
      try AnimatedWebP.encode(frames, milliseconds: milliseconds, comment: text.first?.text ?? "")
    }
  }
}

extension AnimationFormat {
  /// The maximum width and height of a file.
  public var largestSide: Int {
    switch self {
    case .png: PNG.largestSide
    case .gif: AnimatedGIF.largestSide
    case .webp: AnimatedWebP.largestSide
    }
  }
}
