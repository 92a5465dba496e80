import Foundation
import Pictures

/// The options for files that show a whole run, as plain values.
struct RecordingRequest: Sendable {
  /// The animation's file.
  var animate: String?
  /// The terminal recording's file.
  var cast: String?
  /// Whether prompt, seed and step are written under each frame.
  var caption = false

  /// Whether there is anything to record.
  var isGiven: Bool { animate != nil || cast != nil }

  /// The animation's format, from its file extension; `nil` if there is no animation.
  var format: AnimationFormat? {
    animate.flatMap { AnimationFormat(pathExtension: ($0 as NSString).pathExtension) }
  }

  /// Why pictures of this size cannot be enlarged by this factor: `--from` and `info` must be able to read saved files.
  /// `nil` if they can, and for sizes that no model paints, which are rejected elsewhere.
  ///
  /// - Parameter scale: The side of the block for each pixel.
  func scaleProblem(_ scale: Int, width: Int, height: Int) -> String? {
    let sides = 1...PictureFile.largestSide
    func isReadable(_ scale: Int) -> Bool {
      PictureFile.reads(width: width * scale, height: height * scale)
    }
    guard sides.contains(width), sides.contains(height) else { return nil }
    guard scale > 1, !isReadable(scale) else {
      return problem(width: width * scale, height: height * scale)
    }
    let most = (1..<scale).last(where: isReadable) ?? 1
    return """
      --scale \(scale) makes \(width * scale)x\(height * scale) pixels of \(width)x\(height), too large to open \
      again; give at most --scale \(most)
      """
  }

  /// Why enlarged pictures of this size are too large for the animation; `nil` if they are not.
  private func problem(width: Int, height: Int) -> String? {
    guard let format, max(width, height) > format.largestSide else { return nil }
    return """
      \(animate ?? "the animation") would be \(width)x\(height) pixels, and this format allows at most \(format.largestSide) \
      a side; give a smaller --scale, or another format
      """
  }
}
