import ArgumentParser
import Cells
import Diffusion
import Foundation
import Models
import Pictures
import Tensors

extension GlyphSet: ExpressibleByArgument {}

struct RenderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Make a picture from a prompt and save it.",
    discussion: """
      Without --output the picture is saved under a name made of the prompt and the seed. Every picture carries its \
      settings; --from repeats those of a saved one to the same pixels.
      """)

  @Argument(help: "What to paint.")
  var words: String?

  @Option(name: [.short, .customLong("prompt")], help: "What to paint, as an option.")
  var prompt: String?

  @Option(name: [.short, .long], help: "What to stay away from.")
  var negativePrompt: String?

  @OptionGroup var sampling: SamplingOptions

  @Option(name: [.customShort("W"), .long], help: "Width in pixels; the model's own.")
  var width: Int?

  @Option(name: [.customShort("H"), .long], help: "Height in pixels; the model's own.")
  var height: Int?

  @OptionGroup var model: ModelOptions

  @OptionGroup var start: StartOptions

  @Option(name: [.short, .long], help: "Threads to compute on.")
  var threads: Int?

  @Option(name: [.short, .long], help: "The PNG file to write.")
  var output: String?

  @Option(help: "Enlarge every pixel to a block of this side.")
  var scale: Int = 1

  @Flag(help: "Replace files that are there.")
  var force = false

  @Option(help: "Save every step as a PNG in this folder.")
  var frames: String?

  @Flag(help: "Save the frames of Stable Diffusion as quick pictures instead of decoding each.")
  var quickFrames = false

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

  @Option(help: "Repeat the settings saved in this PNG.")
  var from: String?

  func validate() throws {
    if let problem { throw ValidationError(problem) }
  }

  private var problem: String? {
    if words != nil, prompt != nil { return "give the prompt once, as a word or with --prompt" }
    if !hasPrompt, model.model == nil { return Self.lacksPrompt }
    if let problem = outputProblem { return problem }
    if quickFrames, frames == nil { return "--quick-frames needs --frames" }
    if !(1...64).contains(scale) { return "--scale must be 1 to 64" }
    if !(1...100_000).contains(count) { return "--count must be 1 to 100000" }
    if let problem = ThreadCount.problem(threads) { return problem }
    guard let width, let height else { return nil }
    return scaleProblem(width: width, height: height)
  }

  /// Why nothing can be called as `--output` says.
  private var outputProblem: String? {
    guard let output else { return nil }
    if output == "-" {
      return "pictures are saved as files: give --output a name, such as apple.png"
    }
    let suffix = (output as NSString).pathExtension.lowercased()
    guard ["jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"].contains(suffix) else { return nil }
    let name = ((output as NSString).lastPathComponent as NSString).deletingPathExtension
    return "pictures are saved as PNG, not as .\(suffix): call it \(name).png"
  }

  /// Why pictures of this size cannot be enlarged as was asked for: what is saved must be read again, by `--from` and
  /// `info`. `nil` where they can be, and for sizes that no model paints, which are refused as such.
  func scaleProblem(width: Int, height: Int) -> String? {
    let sides = 1...PictureFile.largestSide
    func isReadable(_ scale: Int) -> Bool {
      PictureFile.reads(width: width * scale, height: height * scale)
    }
    guard scale > 1, sides.contains(width), sides.contains(height), !isReadable(scale) else {
      return nil
    }
    let most = (1..<scale).last(where: isReadable) ?? 1
    return """
      --scale \(scale) makes \(width * scale)x\(height * scale) pixels of \(width)x\(height), more than can be read \
      again; give at most --scale \(most)
      """
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
        "\(old.name) is another file than the one that \(from ?? "the picture") was made with; it is used all the same"
    }
  }

  private static let lacksPrompt = "say what to paint: halflight render \"a red apple\""

  /// The settings that do not come from a saved picture.
  private var given: Set<Setting> {
    let size: Set<Setting> = width != nil && height != nil ? [.size] : []
    return size.union(sampling.given).union(model.given).union(start.given)
  }

  private var hasPrompt: Bool { words != nil || prompt != nil || from != nil }

  func run() async throws {
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    let saved = try from.map { path in
      let file = URL(fileURLWithPath: path)
      return (file: file, contents: try SavedPicture(file).contents(given: given))
    }
    let repeated = saved.map { ($0.contents.recipe, $0.file) }
    let picture = try start.picture(repeating: repeated)
    let choice = try model.choice(repeating: repeated)
    let job = RenderJob(
      command: self, saved: saved?.contents, start: picture, pipeline: try await choice.open())
    // Only a model that reads none can do without.
    if !hasPrompt, job.pipeline.readsPrompt { throw ValidationError(Self.lacksPrompt) }
    let changed = saved.map { otherFiles(than: $0.contents.recipe, in: job) } ?? []
    for notice in job.pipeline.notices + changed {
      StandardError.write("halflight: " + PlainText.of(notice) + "\n")
    }
    try await Interruption.cancelling { try await job.run() }
  }
}
