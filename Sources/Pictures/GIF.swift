import CGIF
import Foundation

/// GIF files (GIF89a), through giflib.
enum GIF {
  private static let codec = Codec(size: hl_gif_size, read: hl_gif_read)

  /// The screen size in a file's header, enlarged if necessary to contain the first frame.
  static func size(_ data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    try codec.size(of: data)
  }

  /// The first frame, on a screen with the size from ``size(_:)``; the area it does not cover is transparent.
  static func decode(_ data: Data, width: Int, height: Int) throws(CodecFailure) -> Cutout {
    try codec.decode(data, width: width, height: height)
  }
}

/// Animated GIF files, each frame with its own palette.
public enum AnimatedGIF {
  /// The largest width and height.
  static let largestSide = 65535

  /// The bytes of an animated GIF file that loops.
  ///
  /// - Parameters:
  ///   - frames: The frames in order, all of the same size; each is reduced to 256 colours.
  ///   - milliseconds: The duration of each frame, rounded to hundredths of a second, at least two of them: browsers
  ///     slow down shorter frames.
  ///   - comment: A text for the file; empty for none.
  /// - Throws: ``AnimationError`` when there are no frames, they differ in size or memory runs out.
  public static func encode<Frames: RandomAccessCollection>(
    _ frames: Frames, milliseconds: [Int], comment: String = ""
  ) throws -> Data where Frames.Element == Picture {
    let size = try AnimationError.size(frames, milliseconds, largestSide: largestSide)
    // A zero byte would end a C string early.
    let text = comment.filter { $0 != "\0" }
    guard let writer = hl_gif_begin(Int32(size.width), Int32(size.height), text) else {
      throw AnimationError("not enough memory")
    }
    defer { hl_gif_free(writer) }
    for (index, (frame, time)) in zip(frames, milliseconds).enumerated() {
      try AnimationError.check(frame, index, size)
      let reduced = ReducedPicture(frame)
      let hundredths = Int32(max(2, min(65535, (time + 5) / 10)))
      try AnimationError.check { message, length in
        hl_gif_add(
          writer, reduced.palette, Int32(reduced.palette.count / 3), reduced.indices, hundredths,
          message, length)
      }
    }
    try AnimationError.check { hl_gif_end(writer, $0, $1) }
    return writer.pointee.bytes.map { Data(bytes: $0, count: writer.pointee.count) } ?? Data()
  }
}
