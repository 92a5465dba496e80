import ArgumentParser
import Cells
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

struct ExploreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Open the explorer (the default command).",
    discussion: """
      Type a prompt, press enter and watch the picture appear. The arrows go back and forth through the steps, s saves \
      what is shown, ? shows every key.
      """)

  @Argument(help: "The first prompt.")
  var words: String?

  @Option(name: [.short, .long], help: "The first prompt, given as an option.")
  var prompt: String?

  @Option(
    name: [.customShort("W"), .long],
    help: "Width of pictures in pixels, for models with more than one size.")
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
    abstract: "Open a saved picture and its run in the explorer.",
    discussion:
      "The run is computed again from the picture's settings and shows the saved step."
  )

  @Argument(help: "A \(PictureFile.kinds) file that halflight or another program saved.")
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
    abstract: "Learn in nine short lessons how a picture comes out of noise.",
    discussion:
      "The lessons are in the explorer itself, and everything in it can be tried. E lists them, with a mark where you left."
  )

  @Flag(help: "Continue with the last lesson.")
  var resume = false

  @OptionGroup var options: ExploreOptions

  func run() async throws {
    var settings = try options.settings()
    settings.preferences.beginsTour = true
    // It is for the time after the tour, whose lessons are about noise alone.
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
      All keys of the explorer work: the arrows go through the steps, p plays them, r runs a new seed, Z starts the tour. \
      e goes to the prompt, which is shown while you type. esc opens the whole explorer.
      """)

  @Argument(help: "The first prompt.")
  var prompt: String?

  @Flag(help: "Begin with the tour.")
  var tour = false

  @OptionGroup var options: ExploreOptions

  func run() async throws {
    var settings = try options.settings()
    settings.preferences.startingPicture = try options.start.picture()
    settings.preferences.prompt = prompt ?? settings.preferences.prompt
    (settings.preferences.presents, settings.preferences.beginsTour) = (true, tour)
    try await options.explore(settings)
  }
}

/// What all ways into the explorer can be told.
struct ExploreOptions: ParsableArguments {
  @OptionGroup var sampling: SamplingOptions

  @Option(name: [.short, .long], help: "Things to leave out.")
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
    help: "Use the mouse; turn it off to select text in the terminal.")
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
    // What was turned to in the explorer last holds until a configuration or an option says otherwise.
    let remembered = DisplayFile.read()
    settings.preferences.glyphs = glyphs ?? settings.glyphs ?? remembered.glyphs ?? .halves
    if let mouse { settings.preferences.usesMouse = mouse }
    settings.color = color ?? settings.color
    let name = theme ?? settings.theme ?? remembered.theme.flatMap(ThemeFiles.known) ?? "auto"
    settings.preferences.themeFollowsTerminal = name == "auto"
    do {
      let (themes, problems) = try ThemeFiles.all(first: name)
      settings.preferences.themes = themes
      settings.preferences.warnings += problems
    } catch let error as ThemeError where theme == nil {
      // A mistake in the configuration is told; one on the command line ends it.
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
    let request = try model.request(repeating: saved, configured: settings.model)
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    await Compute.yieldToInterface()
    try await MainActor.run {
      let screen = try NcursesScreen(
        colors: settings.color, mouse: settings.preferences.usesMouse,
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
    // All is saved. What is still being computed computes on while the libraries below it are torn down, which it would
    // not survive: the process ends without that.
    fflush(nil)
    _exit(0)
  }
}
