import Cells

/// How things are shown: the size of the screen, its colours, its glyphs and what stands on the canvas.
struct Display: Sendable, Hashable {
  /// What the canvas shows of a step.
  var mode: ViewMode
  /// Whether two runs stand side by side.
  var isComparing = false
  /// Whether the picture takes the place of the fields.
  var isFull = false
  /// Whether the picture is shown to a class: large, with a caption, and nothing else.
  var isPresenting: Bool
  /// Columns of the screen.
  private(set) var columns = 80
  /// Rows of the screen.
  private(set) var rows = 24
  /// The colours that the terminal has.
  let colors: ColorDepth
  private(set) var glyphs: GlyphSet
  private(set) var usesMouse: Bool
  private var chosenTheme: Theme
  private let themes: [Theme]
  private var themeFollowsTerminal: Bool

  init(_ preferences: ExplorerPreferences, colors: ColorDepth) {
    mode = preferences.view
    isPresenting = preferences.presents
    glyphs = preferences.glyphs
    usesMouse = preferences.usesMouse
    themes = preferences.themes
    chosenTheme = preferences.themes.first ?? .dark
    themeFollowsTerminal = preferences.themeFollowsTerminal
    self.colors = colors
  }

  /// The theme, in the colours that the terminal has.
  var theme: Theme { chosenTheme.shown(in: colors) }

  var painter: Painter { Painter(theme: theme, colors: colors, glyphs: glyphs) }

  mutating func resize(columns: Int, rows: Int) { (self.columns, self.rows) = (columns, rows) }

  /// Leaves what was chosen last of two pictures, presenting and the full screen.
  mutating func goBack() {
    if isComparing {
      isComparing = false
    } else if isPresenting {
      isPresenting = false
    } else {
      isFull = false
    }
  }

  /// The terminal told whether its background is light.
  mutating func adapt(isLight: Bool) {
    guard themeFollowsTerminal, isLight != theme.isLight else { return }
    chosenTheme =
      themes.first { $0.name == (isLight ? "light" : "dark") } ?? (isLight ? .light : .dark)
  }

  /// Goes to the next theme, which the terminal's background changes no more.
  mutating func turnTheme() {
    guard let index = themes.firstIndex(where: { $0.name == theme.name }) else {
      chosenTheme = themes.first ?? chosenTheme
      return
    }
    chosenTheme = themes[(index + 1) % themes.count]
    themeFollowsTerminal = false
  }

  /// Goes to the next set of glyphs; false where there are no colours, and so no choice.
  mutating func turnGlyphs() -> Bool {
    guard colors != .none else { return false }
    glyphs = glyphs.turned(by: 1)
    return true
  }

  mutating func toggleMouse() { usesMouse.toggle() }
}
