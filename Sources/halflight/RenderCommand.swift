import ArgumentParser
import Cells
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Session
import Tensors

extension GlyphSet: ExpressibleByArgument {}

struct RenderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Make a picture from a prompt and save it.",
    discussion: """
      Without --output the picture is saved under a name made from the prompt and the seed. Every picture has its \
      settings inside; --from uses them to paint the same picture again.
      """)

  @Argument(help: "What to paint.")
  var words: String?

  @Option(name: [.short, .customLong("prompt")], help: "The prompt, given as an option.")
  var prompt: String?

  @Option(name: [.short, .long], help: "Things to leave out.")
  var negativePrompt: String?

  @OptionGroup var sampling: SamplingOptions

  @Option(name: [.customShort("W"), .long], help: "Width in pixels; by default the model's own.")
  var width: Int?

  @Option(name: [.customShort("H"), .long], help: "Height in pixels; by default the model's own.")
  var height: Int?

  @OptionGroup var model: ModelOptions

  @OptionGroup var start: StartOptions

  @Option(name: [.short, .long], help: "Threads to compute on.")
  var threads: Int?

  @Option(
    name: [.short, .long], help: "The PNG file to write; - writes it to standard output.")
  var output: String?

  @Option(help: "Enlarge every pixel of saved files to a block this wide and high.")
  var scale: Int = 1

  @Flag(help: "Replace existing files.")
  var force = false

  @Option(help: "Save every step as a PNG in this folder.")
  var frames: String?

  @Flag(
    help: """
      With Stable Diffusion, save frames (--frames, --animate, --cast) as quick previews instead of decoding each one.
      """)
  var quickFrames = false

  @OptionGroup var recording: RecordingOptions

  @OptionGroup var sheet: SheetOptions

  @Option(help: "Pictures to make, with seeds counting up.")
  var count: Int = 1

  @Flag(
    help:
      "Print the picture as coloured half blocks instead of saving it (unless --output is given).")
  var ansi = false

  @Option(help: "The glyphs of --ansi: halves, quadrants, sextants or shades.")
  var glyphs: GlyphSet = .halves

  @Option(
    help:
      "What frames show: sample (the noisy picture), x0 (the guess) or noise."
  )
  var view: FrameView?

  @Flag(help: "Print one line of JSON for each picture.")
  var json = false

  @Option(help: "Repeat the settings saved in this picture.")
  var from: String?

  func validate() throws {
    if let problem { throw ValidationError(problem) }
  }

  /// Files that are not those a saved picture was made with, though they have the same names.
  private func otherFiles(than saved: Recipe, in job: RenderJob) -> [String] {
    typealias File = (name: String, hash: String?)
    func files(_ recipe: Recipe) -> [File] {
      recipe.loras.map { ($0.file, $0.hash) } + recipe.embeddings.map { ($0.file, $0.hash) }
        + (recipe.start.map { [($0.file, $0.hash)] } ?? [])
    }
    var now = job.pipeline.signature.withAdditions(saved)
    now.start = job.start
    return zip(files(saved), files(now)).compactMap { old, new in
      guard old.name == new.name, let hash = old.hash, let own = new.hash, hash != own else {
        return nil
      }
      return
        "\(old.name) differs from the file that \(from ?? "the picture") was made with; it is used anyway"
    }
  }

  static let lacksPrompt = "say what to paint: halflight render \"a red apple\""

  /// The settings that do not come from a saved picture.
  private var given: Set<Setting> {
    let size: Set<Setting> = width != nil && height != nil ? [.size] : []
    return size.union(sampling.given).union(model.given).union(start.given).union(sheet.given)
  }

  var hasPrompt: Bool { words != nil || prompt != nil || from != nil || sheet.prompts != nil }

  func run() async throws {
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    let saved = try from.map { path in
      let file = URL(fileURLWithPath: path)
      return (file: file, contents: try SavedPicture(file).contents(given: given))
    }
    let repeated = saved.map { ($0.contents.recipe, $0.file) }
    let picture = try start.picture(repeating: repeated)
    let request = try model.request(repeating: repeated)
      .adding(lorasOf: words ?? prompt ?? "", with: UserFolders.current)
    let job = RenderJob(
      command: self, saved: saved?.contents, start: picture, pipeline: try await request.open())
    // Only a model that reads none can do without.
    if !hasPrompt, job.pipeline.readsPrompt { throw ValidationError(Self.lacksPrompt) }
    let changed = saved.map { otherFiles(than: $0.contents.recipe, in: job) } ?? []
    for notice in job.pipeline.notices + changed {
      StandardError.line("halflight: \(notice)")
    }
    try await Interruption.cancelling { try await job.run() }
  }
}
