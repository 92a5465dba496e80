import Cells
import WordGame

/// Draws the word game. A mark beside each word shows what the word is; colours only repeat the marks.
struct GameDrawing {
  /// A stretch of text in one style.
  private typealias Piece = (text: String, style: Style)

  /// The largest width of the game, in columns.
  private static let columns = 100
  /// Columns between the text and the bars.
  private static let gap = 2
  /// The minimum width, in columns, for drawing the bars beside the text.
  private static let wide = Scene.columns + gap + 12
  /// The approximate height of the game on a tall screen, in rows.
  private static let usualRows = 22
  /// The minimum width, in columns, for drawing the sentence in large letters, if there are enough rows.
  private static let columnsForLarge = 160
  /// Rows needed besides those of a large sentence.
  private static let rowsBesideLarge = 14
  /// The approximate height of the game with a large sentence, in rows.
  private static let largeRows = 3 * largeRow + rowsBesideLarge

  private let scene: Scene
  private let problem: String?
  private let painter: Painter
  private var theme: Theme { painter.theme }

  /// - Parameter problem: Why the program cannot continue.
  init(_ scene: Scene, problem: String?, _ painter: Painter) {
    (self.scene, self.problem, self.painter) = (scene, problem, painter)
  }

  /// Draws the game. On a low canvas, it drops the rows between its parts, then bars, then explanations (the first ones
  /// first), then the heading.
  func draw(in canvas: Rect, _ buffer: inout CellBuffer) {
    let room = canvas.inset(1, 0)
    guard !room.isEmpty else { return }
    let large = largeRows(in: room)
    let width = large == nil ? min(room.width, Self.columns) : room.width - 2
    // The number of rows is the same whatever the game says, so that rows keep their places.
    let top = room.y + max(0, (room.height - (large == nil ? Self.usualRows : Self.largeRows)) / 3)
    let block = Rect(
      x: room.x + (room.width - width) / 2, y: top, width: width, height: room.maxY - top)
    let parts = parts(in: block, large: large)
    var y = block.y
    put(parts.heading, gap: parts.gap, y: &y, in: block, &buffer)
    if let end = put(parts.sentence, gap: parts.gap, y: &y, in: block, &buffer),
      scene.typed != nil
    {
      buffer.cursor = end
    }
    for row in large ?? [] {
      draw(row, x: block.x, y: y, &buffer)
      y += Self.largeRow
    }
    put(parts.choices, gap: parts.gap, y: &y, in: block, &buffer)
    let side = block.x + Scene.columns + Self.gap
    let beside = Rect(
      x: side, y: y, width: block.maxX - side, height: min(12, block.maxY - y))
    put(parts.texts, gap: parts.gap, y: &y, in: block, &buffer)
    let below = Rect(x: block.x, y: y, width: width, height: parts.barRows)
    drawBars(in: width >= Self.wide ? beside : below, &buffer)
  }

  /// The parts that fit on the canvas.
  private struct Parts {
    var heading: [[Piece]]
    var sentence: [[Piece]] = []
    var choices: [[Piece]]
    var texts: [[Piece]]
    /// Rows of bars below the texts.
    var barRows = 0
    /// Rows between the parts.
    var gap = 0
  }

  private func parts(in block: Rect, large: [[LargeWord]]?) -> Parts {
    let columns = block.width
    var parts = Parts(
      heading: headingRows(columns: columns), choices: scene.choices.map { [piece($0)] },
      texts: textRows(columns: min(columns, Scene.columns)))
    if large == nil {
      parts.sentence =
        scene.typed == nil ? sentenceRows(columns: columns) : [typedRow(columns: columns)]
    }
    let sentence = large.map { $0.count * Self.largeRow } ?? parts.sentence.count
    if parts.heading.count + sentence + parts.choices.count + min(2, parts.texts.count)
      > block.height
    {
      parts.choices = flowing(scene.choices.map(piece), columns: columns)
    }
    let fixed = sentence + parts.choices.count
    if fixed + parts.heading.count + 1 > block.height { parts.heading = [] }
    parts.texts = parts.texts.suffix(max(1, block.height - fixed - parts.heading.count))
    var spare = max(0, block.height - fixed - parts.heading.count - parts.texts.count)
    if !scene.bars.isEmpty, columns < Self.wide { parts.barRows = min(8, spare) }
    spare -= parts.barRows
    if spare >= 3 { parts.gap = 1 }
    return parts
  }

  /// Draws rows below one another, followed by the gap.
  ///
  /// - Returns: The row below the last one; `nil` if there is none.
  @discardableResult
  private func put(
    _ rows: [[Piece]], gap: Int, y: inout Int, in block: Rect, _ buffer: inout CellBuffer
  ) -> (x: Int, y: Int)? {
    var end: (x: Int, y: Int)?
    for row in rows where y < block.maxY {
      var x = block.x
      for piece in row { x = buffer.print(piece.text, x: x, y: y, piece.style, in: block) }
      end = (min(x, block.maxX - 1), y)
      y += 1
    }
    if !rows.isEmpty { y += gap }
    return end
  }

  // MARK: Rows

  private func headingRows(columns: Int) -> [[Piece]] {
    let heading: Piece = (scene.heading, painter.text(theme.ink, .bold))
    guard let hint = scene.hint else { return [[heading]] }
    let style = painter.text(theme.ink)
    let together = scene.heading + " · " + hint
    return CellWidth.of(together) <= columns
      ? [[heading, (" · " + hint, style)]] : [[heading], [(hint, style)]]
  }

  private func sentenceRows(columns: Int) -> [[Piece]] {
    flowing(scene.words.map(piece), columns: columns)
  }

  /// The end of the typed text, as much as fits.
  private func typedRow(columns: Int) -> [Piece] {
    let text = scene.typed ?? ""
    var (count, width) = (0, 0)
    for character in text.reversed() {
      width += CellWidth.of(character)
      guard width <= columns - 3 else { break }
      count += 1
    }
    return [
      ("▸ ", painter.text(theme.accent, .bold)),
      (String(text.suffix(count)), painter.text(theme.ink)),
    ]
  }

  private func textRows(columns: Int) -> [[Piece]] {
    let problem = (problem?.wrapped(columns: columns) ?? []).map { line -> [Piece] in
      [(line, painter.text(theme.warning, .bold))]
    }
    return scene.lines.flatMap { $0.wrapped(columns: columns) }.map { line -> [Piece] in
      [(line, painter.text(theme.ink))]
    } + problem
  }

  /// Draws pieces one after another, in as many rows as they need.
  private func flowing(_ pieces: [Piece], columns: Int) -> [[Piece]] {
    var rows: [[Piece]] = []
    var width = 0
    for piece in pieces {
      let own = CellWidth.of(piece.text)
      if rows.isEmpty || width + own > columns {
        rows.append([])
        width = 0
      }
      rows[rows.count - 1].append(piece)
      width += own
    }
    return rows
  }

  // MARK: Words

  /// The mark and the colour of a word's kind.
  private func look(of word: Scene.Word) -> (mark: String, style: Style) {
    switch word.mark {
    case .plain: (" ", painter.text(theme.ink))
    case .wrong: ("✗", painter.text(theme.warning))
    case .right: ("✓", painter.text(theme.done))
    case .changed: ("◆", painter.text(theme.ink, .bold))
    }
  }

  /// A word with the focus mark before it and the mark of its kind after it. Both marks have columns of their own, so
  /// words do not move when the marks appear.
  private func piece(_ word: Scene.Word) -> Piece {
    let (mark, style) = look(of: word)
    return marked(word.text + mark, isSelected: word.isSelected, style)
  }

  private func piece(_ choice: Scene.Choice) -> Piece {
    marked(
      choice.text + (choice.isRejected ? "✗" : " "), isSelected: choice.isSelected,
      painter.text(choice.isRejected ? theme.dim : theme.ink))
  }

  private func marked(_ text: String, isSelected: Bool, _ style: Style) -> Piece {
    isSelected ? ("▸" + text, painter.text(theme.accent, .bold)) : (" " + text, style)
  }

  // MARK: Large words

  /// A word and its letters.
  private typealias LargeWord = (word: Scene.Word, letters: LargeText)

  /// The height of a line of large words: the letters and the marks below them, in rows.
  private static let largeRow = LargeText.rows + 1
  /// Columns between two large words.
  private static let largeGap = 6

  /// The sentence in lines of large words; `nil` if it does not fit.
  private func largeRows(in room: Rect) -> [[LargeWord]]? {
    guard scene.typed == nil, room.width >= Self.columnsForLarge else { return nil }
    var rows: [[LargeWord]] = [[]]
    var width = 0
    for word in scene.words {
      guard let letters = LargeText(word.text) else { return nil }
      if width + letters.columns > room.width - 2, width > 0 {
        rows.append([])
        width = 0
      }
      rows[rows.count - 1].append((word, letters))
      width += letters.columns + Self.largeGap
    }
    return rows.count * Self.largeRow + Self.rowsBesideLarge <= room.height ? rows : nil
  }

  private func draw(_ row: [LargeWord], x: Int, y: Int, _ buffer: inout CellBuffer) {
    var x = x
    for (word, letters) in row {
      let (mark, style) = look(of: word)
      let focus = painter.text(theme.accent, .bold)
      letters.draw(x: x, y: y, word.isSelected ? focus : style, &buffer)
      let below = y + LargeText.rows
      if word.isSelected {
        let line = "▸" + String(repeating: "━", count: max(0, letters.columns - 1))
        buffer.print(line, x: x, y: below, focus)
      }
      if word.mark != .plain {
        buffer.print(mark, x: x + letters.columns / 2, y: below, style)
      }
      x += letters.columns + Self.largeGap
    }
  }

  // MARK: Bars

  /// The distance of each step from the goal; an arrow points to the shown step.
  private func drawBars(in rect: Rect, _ buffer: inout CellBuffer) {
    guard !rect.isEmpty, !scene.bars.isEmpty else { return }
    // A bar and the empty column after it.
    let columns = max(1, min(3, rect.width / 25))
    let count = max(1, min(scene.bars.count, rect.width / columns))
    let shown = scene.bars.firstIndex(where: \.isShown) ?? 0
    let first = max(0, min(shown - count / 2, scene.bars.count - count))
    let below = rect.height >= 4 ? 2 : rect.height >= 2 ? 1 : 0
    let rows = rect.height - below
    for (place, bar) in scene.bars[first..<first + count].enumerated() {
      let x = rect.x + place * columns
      let eighths = max(1, min(8 * rows, Int((bar.share * Double(8 * rows)).rounded())))
      for row in 0..<rows {
        let filled = max(0, min(8, eighths - 8 * (rows - 1 - row)))
        let cell = Cell(
          Painter.bars[filled], painter.text(bar.isShown ? theme.ink : theme.plot))
        for column in 0..<max(1, columns - 1) where filled > 0 {
          buffer[x + column, rect.y + row] = cell
        }
      }
      if below > 0, bar.isShown {
        buffer[x, rect.y + rows] = Cell("▲", painter.text(theme.ink, .bold))
      }
    }
    guard below > 1 else { return }
    let label = ["distance to the goal", "distance"].first { $0.count <= rect.width } ?? ""
    buffer.print(label, x: rect.x, y: rect.maxY - 1, painter.text(theme.dim), in: rect)
  }
}
