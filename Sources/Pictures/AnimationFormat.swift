import Foundation

/// The kinds of files that animations are written in.
public enum AnimationFormat: String, Sendable, Hashable, CaseIterable {
  /// Animated PNG.
  case png
  /// GIF, in 256 colours a frame.
  case gif
  /// Animated WebP, without loss.
  case webp

  /// The kind that a file's ending stands for, whatever its case; `nil` where it is none of them.
  public init?(pathExtension: String) {
    switch pathExtension.lowercased() {
    case "png", "apng": self = .png
    case "gif": self = .gif
    case "webp": self = .webp
    default: return nil
    }
  }

  /// The bytes of a file that shows pictures in turn, over and over.
  ///
  /// - Parameters:
  ///   - frames: The pictures, all of one size; they may be computed as they are needed.
  ///   - milliseconds: How long each is shown.
  ///   - text: Texts for the file. GIF and WebP have room for one, which is the first.
  /// - Throws: ``AnimationError`` or ``PNGError`` when there are no frames, they differ in size, are too large or memory
  ///   runs out.
  public func encode<Frames: RandomAccessCollection>(
    _ frames: Frames, milliseconds: [Int], text: [TextChunk] = []
  ) throws -> Data where Frames.Element == Picture {
    switch self {
    case .png:
      // Where nothing moves, the end is what counts.
      try AnimatedPNG.encode(frames, milliseconds: milliseconds, text: text, still: frames.last)
    case .gif:
      try AnimatedGIF.encode(frames, milliseconds: milliseconds, comment: text.first?.text ?? "")
    case .webp:
      try AnimatedWebP.encode(frames, milliseconds: milliseconds, comment: text.first?.text ?? "")
    }
  }
}

extension AnimationFormat {
  /// The largest width and height that are written.
  public var largestSide: Int {
    switch self {
    case .png: PNG.largestSide
    case .gif: AnimatedGIF.largestSide
    case .webp: AnimatedWebP.largestSide
    }
  }
}
