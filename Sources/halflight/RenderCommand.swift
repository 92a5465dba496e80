import ArgumentParser
import Cells
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Session
import Tensors
import Terminal

extension GlyphSet: ExpressibleByArgument {}

struct RenderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Make a picture from a prompt and save it.",
    discussion: """
      Without --output the picture is saved under a name made from the prompt and the seed. Every \
      picture contains its settings; --from uses them to paint the same picture again.
      """)

  @Argument(help: "What to paint.")
  var words: String?

  @Option(name: [.short, .customLong("prompt")], help: .rare("The prompt, given as an option."))
  var prompt: String?

  @Option(name: [.short, .long], help: "Things to leave out.")
  var negativePrompt: String?

  @OptionGroup var sampling: SamplingOptions

  @Option(
    name: [.customShort("W"), .long], help: "The width in pixels; by default the model's own.")
  var width: Int?

  @Option(
    name: [.customShort("H"), .long], help: "The height in pixels; by default the model's own.")
  var height: Int?

  @OptionGroup var model: ModelOptions

  @OptionGroup var start: StartOptions

  @Option(name: [.short, .long], help: .rare("The number of threads."))
  var threads: Int?

  @Option(
    name: [.short, .long], help: "The PNG file to write, or - for standard output.",
    completion: .file())
  var output: String?

  @Option(help: "Enlarge every pixel of saved files to a block of this width and height.")
  var scale: Int = 1

  @Flag(help: "Replace existing files.")
  var force = false

  @Option(help: "Save every step as a PNG in this folder.", completion: .directory)
  var frames: String?

  @Flag(
    help: .rare(
      """
      With Stable Diffusion, save frames (--frames, --animate, --cast) as quick previews instead of decoding each one in full.
      """))
  var quickFrames = false

  @OptionGroup var recording: RecordingOptions

  @OptionGroup(visibility: .rare) var sheet: SheetOptions

  @Option(help: "The number of pictures to make, with consecutive seeds.")
  var count: Int = 1

  @Flag(
    help:
      "Print the picture in the terminal instead of saving it (unless --output is given).")
  var ansi = false

  @Option(help: .rare("The glyphs of --ansi: half blocks unless --graphics names a protocol."))
  var glyphs: GlyphSet?

  @Option(
    help: .rare("The protocol for the pixels of --ansi; auto detects what the terminal supports."))
  var graphics: GraphicsChoice = .auto

  @Option(
    help: .rare(
      "What frames show: sample (the noisy picture), x0 (the guess) or noise."))
  var view: FrameView?

  @Flag(help: .rare("Print one line of JSON for each picture."))
  var json = false

  @Option(help: "Repeat the settings saved in this picture.", completion: .file())
  var from: String?

  @OptionGroup var fullHelp: FullHelp

  func validate() throws {
    if let problem { throw ValidationError(problem) }
  }

  static let lacksPrompt = "give a prompt: halflight render \"a red apple\""

  /// The settings that do not come from a saved picture.
  private var given: Set<Setting> {
    let size: Set<Setting> = width != nil && height != nil ? [.size] : []
    return size.union(sampling.given).union(model.given).union(start.given).union(sheet.given)
  }

  var hasPrompt: Bool { words != nil || prompt != nil || from != nil || sheet.prompts != nil }

  /// The arguments as plain values, with the starting picture and the file of prompts read.
  ///
  /// - Throws: As ``StartOptions/picture(repeating:)`` and ``SheetOptions/request()``.
  func request(repeating saved: RenderRequest.Repeated? = nil) throws -> RenderRequest {
    var request = RenderRequest(prompt: words ?? prompt, negativePrompt: negativePrompt)
    request.sampling = sampling.chosen
    (request.width, request.height) = (width, height)
    request.saved = saved
    request.start = try start.picture(repeating: saved.map { ($0.contents.recipe, $0.file) })
    (request.view, request.count) = (view, count)
    request.sheet = try sheet.request()
    (request.output, request.scale, request.force) = (output, scale, force)
    (request.frames, request.quickFrames) = (frames, quickFrames)
    request.recording = recording.request
    let usual = graphics.forced == nil ? GlyphSet.halves : .pixels
    (request.glyphs, request.json) = (ansi ? glyphs ?? usual : nil, json)
    request.graphics = graphics
    (request.vaeTile, request.loras) = (model.vaeTile, model.lora)
    request.hasEmbeddings = !model.embedding.isEmpty
    return request
  }

  func run() async throws {
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    let saved = try from.map { path in
      let file = URL(fileURLWithPath: path)
      return RenderRequest.Repeated(
        contents: try SavedPicture(file).contents(given: given), file: file)
    }
    let request = try request(repeating: saved)
    let opening = try model.request(repeating: saved.map { ($0.contents.recipe, $0.file) })
      .adding(lorasOf: request.prompt ?? "", with: UserFolders.current)
    let job = RenderJob(request: request, pipeline: try await opening.open())
    // Only a model that takes no prompt can run without one.
    if !hasPrompt, job.pipeline.readsPrompt { throw ValidationError(Self.lacksPrompt) }
    for notice in job.pipeline.notices + job.changedFiles {
      StandardError.line("halflight: \(notice)")
    }
    try await Interruption.cancelling { try await job.run() }
  }
}
