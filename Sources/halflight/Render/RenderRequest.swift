import Cells
import Explorer
import Foundation
import Recipes
import Terminal

/// The options of `render` as plain values. ``RenderCommand`` builds it from its arguments; the jobs use nothing else.
struct RenderRequest: Sendable {
  /// A saved picture whose settings are repeated.
  struct Repeated: Sendable {
    /// The settings in the file.
    var contents: Infotext.Contents
    var file: URL
  }

  // MARK: Pictures

  /// The prompt, if given.
  var prompt: String?
  /// Things to leave out, if given.
  var negativePrompt: String?
  /// The sampling settings that were given.
  var sampling = ChosenSettings()
  /// The size in pixels; `nil` for the size of the repeated picture or of the model.
  var width: Int?
  var height: Int?
  var saved: Repeated?
  /// The starting picture; `nil` to start from noise alone.
  var start: Recipe.StartingPicture?
  /// What frames show; `nil` for the view of the repeated picture, or the noisy picture.
  var view: FrameView?
  /// The number of pictures, with consecutive seeds.
  var count = 1
  /// The contact sheet to make instead of single pictures.
  var sheet: SheetRequest?

  // MARK: Files

  /// The picture's file, or `-` for standard output; `nil` for a name made from the prompt and the seed.
  var output: String?
  /// The folder for the pictures of all steps.
  var frames: String?
  /// Whether the pictures of steps are quick previews rather than fully decoded pictures.
  var quickFrames = false
  var recording = RecordingRequest()
  /// The side of the block for each pixel in saved files.
  var scale = 1
  /// Whether existing files are replaced.
  var force = false

  // MARK: Standard output

  /// The glyphs to print the picture with; `nil` to save it instead.
  var glyphs: GlyphSet?
  /// How the picture is printed in pixels.
  var graphics = GraphicsChoice.auto
  /// Whether a line of JSON is printed for each picture.
  var json = false

  // MARK: Options of the model, for notes about those without effect

  var vaeTile: Int?
  var loras: [LoRAArgument] = []
  var hasEmbeddings = false

  /// Whether the picture goes to standard output.
  var writesToStandardOutput: Bool { output == "-" }

  /// Why pictures of this size cannot be enlarged by ``scale``; `nil` if they can.
  func scaleProblem(width: Int, height: Int) -> String? {
    recording.scaleProblem(scale, width: width, height: height)
  }
}
