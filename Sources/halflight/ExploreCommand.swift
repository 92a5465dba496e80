import ArgumentParser
import Cells
import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Tensors
import Terminal

extension ColorChoice: ExpressibleByArgument {}

struct ExploreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Open the explorer (what halflight does by itself).",
    discussion: """
      Type a prompt, press enter and watch the noise resolve; the arrows go back and forth through the steps, s saves \
      what is shown, ? shows every key.
      """)

  @Argument(help: "The first prompt.")
  var words: String?

  @Option(name: [.short, .long], help: "The same as an option.")
  var prompt: String?

  @Option(
    name: [.customShort("W"), .long],
    help: "Width of pictures in pixels, where the model is free to choose one.")
  var width: Int?

  @Option(name: [.customShort("H"), .long], help: "Height in pixels.")
  var height: Int?

  @OptionGroup var options: ExploreOptions

  func validate() throws {
    guard (width == nil) == (height == nil) else {
      throw ValidationError("--width and --height go together")
    }
  }

  func run() async throws {
    var settings = try options.settings()
    settings.preferences.startingPicture = try options.start.picture()
    settings.preferences.prompt = words ?? prompt ?? settings.preferences.prompt
    if let width, let height {
      settings.preferences.size = PictureSize(width: width, height: height)
    }
    try await options.explore(settings)
  }
}

struct OpenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Open a saved picture in the explorer, and get its run back.",
    discussion:
      "The run is made again from the settings in the picture, and stands at the step that was saved."
  )

  @Argument(help: "A PNG, JPEG or WebP file that halflight or another program of its kind saved.")
  var file: String

  @OptionGroup var options: ExploreOptions

  func run() async throws {
    var settings = try options.settings()
    let file = UserFolders.url(file)
    var contents = try SavedPicture(file).contents(given: options.given)
    let saved = (contents.recipe, file)
    try options.change(&contents.recipe)
    contents.recipe.start = try options.start.picture(repeating: saved)
    settings.preferences.opening = contents
    try await options.explore(settings, repeating: saved)
  }
}

struct TourCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour",
    abstract: "See in eight short lessons how a picture comes out of noise.",
    discussion:
      "The lessons are in the explorer itself, and everything in it can be tried. The tour goes on where it was left."
  )

  @Flag(help: "Begin with the first lesson.")
  var fromTheStart = false

  @OptionGroup var options: ExploreOptions

  func run() async throws {
    var settings = try options.settings()
    settings.preferences.beginsTour = true
    // It is for the time after the tour, whose lessons are about noise alone.
    settings.preferences.startingPicture = try options.start.picture()
    if fromTheStart { settings.preferences.lesson = 0 }
    try await options.explore(settings)
  }
}

/// What all ways into the explorer can be told.
struct ExploreOptions: ParsableArguments {
  @OptionGroup var sampling: SamplingOptions

  @Option(name: [.short, .long], help: "What to stay away from.")
  var negativePrompt: String?

  @OptionGroup var model: ModelOptions

  @OptionGroup var start: StartOptions

  @Option(name: [.short, .long], help: "Threads to compute on.")
  var threads: Int?

  @Option(help: "The theme: auto, a name, or a .toml file.")
  var theme: String?

  @Option(help: "Colours: 24bit, 256, 16 or none; auto decides from the environment.")
  var color: ColorChoice?

  @Option(help: "The glyphs of pictures: halves, quadrants, sextants or shades.")
  var glyphs: GlyphSet?

  @Flag(
    inversion: .prefixedNo,
    help: "Have clicks and the wheel; without it the terminal can select text.")
  var mouse: Bool?

  func validate() throws {
    if let problem = ThreadCount.problem(threads) { throw ValidationError(problem) }
  }

  /// The settings that do not come from a saved picture.
  var given: Set<Setting> { sampling.given.union(model.given).union(start.given) }

  /// Puts what the command line says in the place of what a saved picture does.
  func change(_ recipe: inout Recipe) throws {
    recipe.sampling = try sampling.applied(to: recipe.sampling)
    if let negativePrompt { recipe.negativePrompt = negativePrompt }
    // What is asked for anew is meant for the whole run.
    for index in recipe.changes.indices {
      if sampling.guidance != nil { recipe.changes[index].guidance = nil }
      if negativePrompt != nil { recipe.changes[index].negativePrompt = nil }
    }
  }

  /// The configuration file's settings with those of the command line put in.
  func settings() throws -> ConfigurationFile {
    var settings = ConfigurationFile.read()
    _ = try model.precision.resolved()
    let chosen = try sampling.applied(to: SamplingSettings())
    guard chosen.steps <= 1000 else { throw SamplingError.steps(found: chosen.steps, most: 1000) }
    guard (-100...100).contains(chosen.guidance.scale) else {
      throw ValidationError("--guidance must be -100 to 100 here, not \(chosen.guidance.scale)")
    }
    settings.preferences.chosen = sampling.chosen.or(settings.preferences.chosen)
    if let negativePrompt { settings.preferences.negativePrompt = negativePrompt }
    if let glyphs { settings.preferences.glyphs = glyphs }
    if let mouse { settings.preferences.usesMouse = mouse }
    settings.color = color ?? settings.color
    settings.preferences.themeFollowsTerminal = (theme ?? settings.theme) == "auto"
    do {
      let (themes, problems) = try ThemeFiles.all(first: theme ?? settings.theme)
      settings.preferences.themes = themes
      settings.preferences.warnings += problems
    } catch let error as ThemeError where theme == nil {
      // A mistake in the configuration is told; one on the command line ends it.
      settings.preferences.themes = ThemeFiles.all().themes
      settings.preferences.warnings.append(error.description)
    }
    settings.preferences.history = PromptHistory.read()
    settings.preferences.lesson = LessonPlace.read()
    return settings
  }

  func explore(
    _ settings: ConfigurationFile, repeating saved: (recipe: Recipe, file: URL)? = nil
  ) async throws {
    let choice = try model.choice(repeating: saved, configured: settings.model)
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    await Compute.yieldToInterface()
    try await MainActor.run {
      let screen = try NcursesScreen(
        colors: settings.color, mouse: settings.preferences.usesMouse,
        environment: ProcessInfo.processInfo.environment)
      let colors = screen.colors
      Task.detached { CellArt.prepare(colors) }
      let here = FileManager.default.currentDirectoryPath
      var loop = ExploreLoop(
        screen: screen,
        explorer: Explorer(
          settings.preferences, colors: screen.colors, randomSeed: .random(in: 0 ... .max)),
        model: choice,
        folder: settings.folder.map(UserFolders.url) ?? URL(fileURLWithPath: here),
        opening: settings.preferences.opening?.recipe)
      loop.run()
      screen.close()
    }
    // All is saved. What is still being computed computes on while the libraries below it are torn down, which it would
    // not survive: the process ends without that.
    fflush(nil)
    _exit(0)
  }
}
