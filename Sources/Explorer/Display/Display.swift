import Cells

/// How things are displayed: the size of the screen, its colours, the glyphs and the contents of the canvas.
struct Display: Sendable, Hashable {
  /// What the canvas shows of a step.
  var pictureKind: PictureKind
  /// Whether two runs are shown side by side.
  var isComparing = false
  /// Whether the picture replaces the fields.
  var isFull = false
  /// Whether presentation mode is on: a large picture with a caption, and nothing else.
  var isPresenting: Bool
  /// Columns of the screen.
  private(set) var columns = 80
  /// Rows of the screen.
  private(set) var rows = 24
  /// The number of colours in the terminal.
  let colors: ColorDepth
  /// The chosen glyphs of pictures; see ``shownGlyphs``.
  private(set) var glyphs: GlyphSet
  /// Whether the terminal can show pictures as pixels.
  private(set) var hasPixels = false
  private(set) var usesMouse: Bool
  private var chosenTheme: Theme
  private let themes: [Theme]
  private var themeFollowsTerminal: Bool

  init(_ preferences: ExplorerPreferences, colors: ColorDepth) {
    pictureKind = preferences.pictureKind
    isPresenting = preferences.presents
    glyphs = preferences.glyphs
    usesMouse = preferences.usesMouse
    themes = preferences.themes
    chosenTheme = preferences.themes.first ?? .dark
    themeFollowsTerminal = preferences.themeFollowsTerminal
    self.colors = colors
  }

  /// The theme, converted to the terminal's colours.
  var theme: Theme { chosenTheme.shown(in: colors) }

  /// The chosen glyphs, or half blocks in place of pixels that the terminal cannot show.
  private var shownGlyphs: GlyphSet { glyphs == .pixels && !hasPixels ? .halves : glyphs }

  var painter: Painter { Painter(theme: theme, colors: colors, glyphs: shownGlyphs) }

  mutating func resize(columns: Int, rows: Int) { (self.columns, self.rows) = (columns, rows) }

  /// Leaves two pictures, presentation mode or full screen, whichever was chosen last.
  mutating func goBack() {
    if isComparing {
      isComparing = false
    } else if isPresenting {
      isPresenting = false
    } else {
      isFull = false
    }
  }

  /// Records whether the terminal's background is light.
  mutating func adapt(isLight: Bool) {
    guard themeFollowsTerminal, isLight != theme.isLight else { return }
    chosenTheme =
      themes.first { $0.name == (isLight ? "light" : "dark") } ?? (isLight ? .light : .dark)
  }

  /// Records that the terminal can show pictures as pixels.
  mutating func takePixels() { hasPixels = true }

  /// Switches to the next theme; from then on, the terminal's background no longer changes it.
  mutating func turnTheme() {
    guard let index = themes.firstIndex(where: { $0.name == theme.name }) else {
      chosenTheme = themes.first ?? chosenTheme
      return
    }
    chosenTheme = themes[(index + 1) % themes.count]
    themeFollowsTerminal = false
  }

  /// Switches to the next set of glyphs; false if there are no colours and therefore no choice.
  mutating func turnGlyphs() -> Bool {
    guard colors != .none else { return false }
    glyphs = glyphs.turned(by: 1)
    if glyphs == .pixels, !hasPixels { glyphs = glyphs.turned(by: 1) }
    return true
  }

  mutating func toggleMouse() { usesMouse.toggle() }

  /// Undoes what keys have changed since an earlier state, but nothing that the terminal reported.
  mutating func takeBack(to before: Display) {
    (pictureKind, isComparing) = (before.pictureKind, before.isComparing)
    (isFull, isPresenting) = (before.isFull, before.isPresenting)
    (glyphs, usesMouse) = (before.glyphs, before.usesMouse)
    // If a theme still follows the terminal, no key has changed it.
    guard !themeFollowsTerminal else { return }
    (chosenTheme, themeFollowsTerminal) = (before.chosenTheme, before.themeFollowsTerminal)
  }
}
