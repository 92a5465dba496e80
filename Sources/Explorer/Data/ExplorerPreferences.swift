import Cells
import Pictures
import Recipes

/// Settings from the configuration file or the command line.
public struct ExplorerPreferences: Sendable, Hashable {
  /// The first prompt; if `nil`, a good example is used.
  public var prompt: String?
  /// The negative prompt.
  public var negativePrompt: String = ""
  /// Settings of runs that replace the model's own.
  public var chosen = ChosenSettings()
  /// Where the next run's seed comes from.
  public var seedMode = SeedMode.fixed
  /// What the canvas shows.
  public var pictureKind = PictureKind.sample
  /// The glyphs of pictures.
  public var glyphs = GlyphSet.halves
  /// Playing speed in steps per second.
  public var speed = 10
  /// The keys.
  public var keymap = Keymap()
  /// The themes to switch between; the first is shown.
  public var themes: [Theme] = [.dark]
  /// Whether the theme may follow the terminal's background.
  public var themeFollowsTerminal = false
  /// Earlier prompts, the newest last.
  public var history: [String] = []
  /// The settings of a saved picture to open at the start.
  public var opening: Infotext.Contents?
  /// Errors in the configuration, shown at the start.
  public var warnings: [String] = []
  /// Whether mouse capture is on.
  public var usesMouse = true
  /// The index of the lesson at which the tour was left.
  public var lesson = 0
  /// Whether the tour starts immediately.
  public var beginsTour = false
  /// Whether it then starts with the lesson at which it was left, not with the first.
  public var resumesTour = false
  /// Whether the explorer starts in presentation mode.
  public var presents = false
  /// The starting picture of runs; `nil` for noise alone.
  public var startingPicture: Recipe.StartingPicture?
  /// The size of pictures; the model's own if `nil`.
  public var size: PictureSize?

  /// No preferences.
  public init() {}
}

extension Explorer {
  /// Settings from the configuration file or the command line.
  public typealias Preferences = ExplorerPreferences
}
