import ArgumentParser
import Foundation
import Pictures

/// Files that show a whole run.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: """
      Save the run as an animation. The file extension sets the format: .png, .gif or .webp. The \
      picture itself is then saved only with --output.
      """, completion: .file())
  var animate: String?

  @Option(
    help: .rare(
      """
      Save the run as a terminal recording for asciinema, such as run.cast. The picture itself is then saved only \
      with --output.
      """), completion: .file())
  var cast: String?

  @Flag(help: .rare("Write prompt, seed and step under each frame of --animate and --cast."))
  var caption = false

  /// The options as plain values.
  var request: RecordingRequest {
    RecordingRequest(animate: animate, cast: cast, caption: caption)
  }

  /// Why the requested recording is impossible; `nil` if it is possible.
  var problem: String? {
    if caption, !request.isGiven { return "--caption needs --animate or --cast" }
    guard let animate, request.format == nil else { return nil }
    let path = animate as NSString
    let name = (path.lastPathComponent as NSString).deletingPathExtension
    return
      "animations are saved as .png, .gif or .webp, not as \(animate): call it \(name.isEmpty ? "run" : name).gif"
  }
}
