import Cells
import Pictures
import Recipes

/// Settings that a configuration file or the command line chose.
public struct ExplorerPreferences: Sendable, Hashable {
  /// The first prompt; a good one where `nil`.
  public var prompt: String?
  /// What to stay away from.
  public var negativePrompt: String = ""
  /// Settings of runs that are not to be the model's own.
  public var chosen = ChosenSettings()
  /// Where the next run's seed comes from.
  public var seedMode = SeedMode.fixed
  /// What the canvas shows.
  public var view = ViewMode.sample
  /// The glyphs of pictures.
  public var glyphs = GlyphSet.halves
  /// Steps a second while playing.
  public var speed = 10
  /// The keys.
  public var keymap = Keymap()
  /// The themes to turn through; the first is shown.
  public var themes: [Theme] = [.dark]
  /// Whether the theme may follow the terminal's background.
  public var themeFollowsTerminal = false
  /// Earlier prompts, the newest last.
  public var history: [String] = []
  /// A saved picture's settings to begin with.
  public var opening: Infotext.Contents?
  /// What was wrong with the configuration; told at once.
  public var warnings: [String] = []
  /// Whether the mouse is taken.
  public var usesMouse = true
  /// The lesson of the tour that was left, from 0.
  public var lesson = 0
  /// Whether the tour is on from the start.
  public var beginsTour = false
  /// Whether it then begins with the lesson that was left, not with the first.
  public var resumesTour = false
  /// Whether the picture is shown large, as to a class.
  public var presents = false
  /// The picture that runs begin with, where that is not noise alone.
  public var startingPicture: Recipe.StartingPicture?
  /// The size of pictures; the model's own where `nil`.
  public var size: PictureSize?

  /// Nothing chosen.
  public init() {}
}

extension Explorer {
  /// Settings that a configuration file or the command line chose.
  public typealias Preferences = ExplorerPreferences
}
