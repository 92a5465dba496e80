import CWebP
import Foundation

/// WebP files, lossy and lossless, through libwebp.
enum WebP {
  private static let codec = Codec(size: hl_webp_size, read: hl_webp_read)

  /// The size in a file's header; for an animation, that of its canvas.
  static func size(_ data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    try codec.size(of: data)
  }

  /// The picture as stored, whose size must equal ``size(_:)``. For an animation it is the first frame; the area it
  /// does not cover is transparent.
  static func decode(_ data: Data, width: Int, height: Int) throws(CodecFailure) -> Cutout {
    try codec.decode(data, width: width, height: height)
  }
}

/// Animated WebP files.
public enum AnimatedWebP {
  /// The largest width and height of the format.
  static let largestSide = 16383

  /// The bytes of a lossless animated WebP file that loops.
  ///
  /// - Parameters:
  ///   - frames: The frames in order, all of the same size.
  ///   - milliseconds: How long each frame is shown.
  ///   - comment: A text for the file, stored as the Exif comment; empty for none.
  /// - Throws: ``AnimationError`` when there are no frames, they differ in size, are too large or memory runs out.
  public static func encode<Frames: RandomAccessCollection>(
    _ frames: Frames, milliseconds: [Int], comment: String = ""
  ) throws -> Data where Frames.Element == Picture {
    let size = try AnimationError.size(frames, milliseconds, largestSide: largestSide)
    guard let writer = hl_webp_begin(Int32(size.width), Int32(size.height)) else {
      throw AnimationError("not enough memory")
    }
    defer { hl_webp_free(writer) }
    for (index, (frame, time)) in zip(frames, milliseconds).enumerated() {
      try AnimationError.check(frame, index, size)
      let milliseconds = Int32(max(1, min(65535, time)))
      try AnimationError.check { hl_webp_add(writer, frame.pixels, milliseconds, $0, $1) }
    }
    let exif = comment.isEmpty ? [] : Exif.tiff(comment: comment)
    try AnimationError.check { hl_webp_end(writer, exif, exif.count, $0, $1) }
    let file = writer.pointee.file
    return file.bytes.map { Data(bytes: $0, count: file.size) } ?? Data()
  }
}
