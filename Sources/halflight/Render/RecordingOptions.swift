import ArgumentParser
import Foundation
import Pictures

/// Files that show a whole run.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: """
      Save the run as an animation. The name's ending sets the format: .png, .gif or .webp. The picture itself is \
      then saved only with --output.
      """)
  var animate: String?

  @Option(
    help: """
      Save the run as a terminal recording for asciinema, such as run.cast. The picture itself is then saved only \
      with --output.
      """)
  var cast: String?

  @Flag(help: "Write prompt, seed and step under each frame of --animate and --cast.")
  var caption = false

  /// Whether there is anything to record.
  var isGiven: Bool { animate != nil || cast != nil }

  /// What the animation's ending says; `nil` where there is no animation.
  var format: AnimationFormat? {
    animate.flatMap { AnimationFormat(pathExtension: ($0 as NSString).pathExtension) }
  }

  /// Why nothing can be recorded as was asked for; `nil` where it can.
  var problem: String? {
    if caption, !isGiven { return "--caption needs --animate or --cast" }
    guard let animate, format == nil else { return nil }
    let path = animate as NSString
    let name = (path.lastPathComponent as NSString).deletingPathExtension
    return
      "animations are saved as .png, .gif or .webp, not as \(animate): call it \(name.isEmpty ? "run" : name).gif"
  }

  /// Why pictures of this size, once enlarged, are too large for the animation; `nil` where they are not.
  func problem(width: Int, height: Int) -> String? {
    guard let format, max(width, height) > format.largestSide else { return nil }
    return """
      \(animate ?? "the animation") would be \(width)x\(height) pixels, and this format allows at most \(format.largestSide) \
      a side; give a smaller --scale, or another format
      """
  }
}
