import ArgumentParser
import Cells
import DefaultModel
import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Recipes
import Session
import Tensors
import Terminal

extension ColorChoice: ExpressibleByArgument {}
extension GraphicsChoice: ExpressibleByArgument {}

struct ExploreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Open the explorer (the default command).",
    discussion: """
      Type a prompt, press enter and watch the picture appear. The arrows go back and forth \
      through the steps, s saves what is shown, and ? shows every key.
      """)

  @Argument(help: "The first prompt.")
  var words: String?

  @Option(name: [.short, .long], help: .rare("The first prompt, given as an option."))
  var prompt: String?

  @Option(
    name: [.customShort("W"), .long],
    help: "The width of pictures in pixels, for models with more than one size.")
  var width: Int?

  @Option(name: [.customShort("H"), .long], help: "The height in pixels.")
  var height: Int?

  @OptionGroup var options: ExploreOptions

  @OptionGroup var fullHelp: FullHelp

  func validate() throws {
    guard (width == nil) == (height == nil) else {
      throw ValidationError("--width and --height must be given together")
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
    abstract: "Open a saved picture and its run in the explorer.",
    discussion:
      "Computes the run again from the picture's settings and shows the saved step."
  )

  @Argument(
    help: "A \(PictureFile.kinds) file that halflight or another program saved.",
    completion: .file())
  var file: String

  @OptionGroup var options: ExploreOptions

  @OptionGroup var fullHelp: FullHelp

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
    abstract: "Learn in nine short lessons how a picture emerges from noise.",
    discussion:
      "The lessons are inside the explorer, and everything in them can be tried. E lists them and marks where you left off."
  )

  @Flag(help: "Resume at the last lesson.")
  var resume = false

  @OptionGroup(visibility: .rare) var options: ExploreOptions

  @OptionGroup var fullHelp: FullHelp

  func run() async throws {
    var settings = try options.settings()
    settings.preferences.beginsTour = true
    // The starting picture is used after the tour, whose lessons use noise alone.
    settings.preferences.startingPicture = try options.start.picture()
    settings.preferences.resumesTour = resume
    try await options.explore(settings)
  }
}

struct PresentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "present",
    abstract: "Show a class one large picture and its caption.",
    discussion: """
      All keys of the explorer work: the arrows go through the steps, p plays them, r runs a new \
      seed, Z starts the tour. e goes to the prompt, which is shown while you type. esc opens the \
      full explorer.
      """)

  @Argument(help: "The first prompt.")
  var prompt: String?

  @Flag(help: "Start with the tour.")
  var tour = false

  @OptionGroup(visibility: .rare) var options: ExploreOptions

  @OptionGroup var fullHelp: FullHelp

  func run() async throws {
    var settings = try options.settings()
    settings.preferences.startingPicture = try options.start.picture()
    settings.preferences.prompt = prompt ?? settings.preferences.prompt
    (settings.preferences.presents, settings.preferences.beginsTour) = (true, tour)
    try await options.explore(settings)
  }
}

/// Options that all commands for the explorer share.
struct ExploreOptions: ParsableArguments {
  @OptionGroup var sampling: SamplingOptions

  @Option(name: [.short, .long], help: "Things to leave out.")
  var negativePrompt: String?

  @OptionGroup var model: ModelOptions

  @OptionGroup var start: StartOptions

  @Option(name: [.short, .long], help: .rare("The number of threads."))
  var threads: Int?

  @Option(help: "The theme: auto, a name, or a .toml file.", completion: .file())
  var theme: String?

  @Option(help: "The terminal's colours; auto detects them from the environment.")
  var color: ColorChoice?

  @Option(help: .rare("The glyphs of pictures."))
  var glyphs: GlyphSet?

  @Option(
    help: .rare("The protocol for pictures in pixels; auto detects what the terminal supports."))
  var graphics: GraphicsChoice?

  @Flag(
    inversion: .prefixedNo,
    help: .rare("Use the mouse; turn it off to select text in the terminal."))
  var mouse: Bool?

  func validate() throws {
    if let problem = ThreadCount.problem(threads) { throw ValidationError(problem) }
  }

  /// The settings that do not come from a saved picture.
  var given: Set<Setting> { sampling.given.union(model.given).union(start.given) }

  /// Replaces a saved picture's settings with those from the command line.
  func change(_ recipe: inout Recipe) throws {
    recipe.sampling = try sampling.applied(to: recipe.sampling)
    if let negativePrompt { recipe.negativePrompt = negativePrompt }
    // A setting given on the command line applies to the whole run.
    for index in recipe.changes.indices {
      if sampling.guidance != nil { recipe.changes[index].guidance = nil }
      if negativePrompt != nil { recipe.changes[index].negativePrompt = nil }
    }
  }

  /// The configuration file's settings, overridden by those of the command line.
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
    // A display setting last chosen in the explorer applies unless the configuration or an option overrides it.
    let remembered = DisplayFile.read()
    // A user who names a protocol wants pixels.
    func named(_ choice: GraphicsChoice?) -> GlyphSet? { choice?.forced == nil ? nil : .pixels }
    settings.preferences.glyphs =
      glyphs ?? named(graphics) ?? settings.glyphs ?? named(settings.graphics)
      ?? remembered.glyphs ?? .halves
    settings.graphics = graphics ?? settings.graphics
    if let mouse { settings.preferences.usesMouse = mouse }
    settings.color = color ?? settings.color
    let name = theme ?? settings.theme ?? remembered.theme.flatMap(ThemeFiles.known) ?? "auto"
    settings.preferences.themeFollowsTerminal = name == "auto"
    do {
      let (themes, problems) = try ThemeFiles.all(first: name)
      settings.preferences.themes = themes
      settings.preferences.warnings += problems
    } catch let error as ThemeError where theme == nil {
      // A mistake in the configuration is reported; one on the command line ends the program.
      settings.preferences.themes = ThemeFiles.all().themes
      settings.preferences.warnings.append(error.description)
    }
    settings.preferences.history = PromptHistoryFile.read()
    settings.preferences.prompt = settings.preferences.prompt ?? settings.preferences.history.last
    settings.preferences.lesson = LessonPlace.read()
    return settings
  }

  func explore(
    _ settings: ConfigurationFile, repeating saved: (recipe: Recipe, file: URL)? = nil
  ) async throws {
    let request = try model.request(
      repeating: saved, configured: settings.model, server: settings.server)
    // An incomplete installation is reported before the screen opens.
    if request.path == nil, DefaultModel.folder == nil { throw MissingDefaultModel() }
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    await Compute.yieldToInterface()
    try await MainActor.run {
      let screen = try NcursesScreen(
        colors: settings.color, graphics: settings.graphics, mouse: settings.preferences.usesMouse,
        environment: ProcessInfo.processInfo.environment)
      let colors = screen.colors
      Task.detached { CellArt.prepare(colors) }
      var loop = ExploreLoop(
        screen: screen,
        explorer: Explorer(
          settings.preferences, colors: screen.colors, randomSeed: .random(in: 0 ... .max)),
        model: request, folder: settings.folder.map(UserFolders.url) ?? UserFolders.current,
        animation: settings.animation, opening: settings.preferences.opening?.recipe)
      loop.run()
      screen.close()
    }
    // Everything is saved. Computations that are still running would crash while their libraries are unloaded, so the
    // process ends without that.
    fflush(nil)
    _exit(0)
  }
}
