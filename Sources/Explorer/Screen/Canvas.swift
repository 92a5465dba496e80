import Cells
import Diffusion
import Pictures

/// The pictures of the step shown.
struct Canvas {
  let explorer: Explorer
  let layout: Layout
  let painter: Painter

  private var theme: Theme { painter.theme }
  private var art: CellArt { painter.art }
  private var mode: ViewMode { explorer.display.mode }
  private var runs: Runs { explorer.runs }

  func draw(_ buffer: inout CellBuffer) {
    let canvas = layout.canvas
    guard let left = explorer.picture(mode) else {
      drawEmpty(canvas, &buffer)
      return
    }
    // Where one presents, one picture is as large as can be, and its caption is below it. Lessons speak of two.
    let isAlone = explorer.isPresenting && !explorer.tour.isOn && explorer.compared == nil
    let captions = canvas.height >= 10 && !isAlone ? 1 : 0
    let room = Rect(
      x: canvas.x, y: canvas.y + captions, width: canvas.width, height: canvas.height - captions)
    let alone = art.size(of: left, fitting: room)
    let half = Rect(x: room.x, y: room.y, width: (room.width - 2) / 2, height: room.height)
    let paired = art.size(of: left, fitting: half)
    // A second picture stands beside the first where that costs it nothing, or where one compares.
    let panels = comparison ?? (paired == alone && !isAlone ? pair : nil)
    let whole = isAlone ? filling(room, with: left) : left
    let shown = panels ?? [Panel(picture: whole, caption: caption(of: mode), isSaved: true)]
    let gap = min(6, room.width - shown.count * paired.columns)
    let width = panels == nil ? room.width : paired.columns
    let start = panels == nil ? room.x : room.x + (room.width - 2 * width - gap) / 2
    let columns = shown.map {
      art.size(of: $0.picture, fitting: Rect(x: 0, y: 0, width: width, height: room.height)).columns
    }
    let most = columns.max() ?? 0
    let isOfOneShape = shown.allSatisfy {
      left.width * $0.picture.height == left.height * $0.picture.width
    }
    for (index, panel) in shown.enumerated() {
      let rect = Rect(
        x: start + index * (width + gap), y: room.y, width: width, height: room.height)
      // A quick picture is smaller than one that was decoded in full: beside that it is made as large.
      let picture =
        isOfOneShape && columns[index] < most
        ? panel.picture.resized(
          width: most, height: max(1, panel.picture.height * most / panel.picture.width))
        : panel.picture
      art.draw(picture, in: rect, into: &buffer)
      if captions > 0 {
        draw(panel, over: art.place(of: picture, in: rect), in: rect, &buffer)
      }
    }
  }

  /// A picture that is smaller than its room, enlarged until it fills that, be it by half a pixel.
  private func filling(_ room: Rect, with picture: Picture) -> Picture {
    let lines = 2 * room.height
    guard picture.width > 0, picture.height > 0, picture.width < room.width, picture.height < lines
    else { return picture }
    let isWide = room.width * picture.height < lines * picture.width
    return picture.resized(
      width: isWide ? room.width : max(1, lines * picture.width / picture.height),
      height: isWide ? max(1, room.width * picture.height / picture.width) : lines)
  }

  /// What is said where there is no picture yet.
  private func drawEmpty(_ canvas: Rect, _ buffer: inout CellBuffer) {
    let problem = explorer.model.problem
    let lines = (problem ?? waiting).wrapped(columns: min(72, canvas.width))
    let top = canvas.y + max(0, (canvas.height - lines.count) / 2)
    for (index, line) in lines.enumerated() {
      let x = canvas.x + (canvas.width - CellWidth.of(line)) / 2
      let color = problem == nil ? theme.dim : theme.warning
      buffer.print(line, x: x, y: top + index, painter.text(color), in: canvas)
    }
  }

  /// What one waits for.
  private var waiting: String {
    if explorer.model.facts == nil { return "loading the model" }
    guard let active = runs.active, active.isOpen else {
      return "nothing is painted yet: \(explorer.keymap.way(to: .run)) runs the prompt"
    }
    return active.loading.map { "reading the \($0.part): \($0.amount)" }
      ?? "computing the first step"
  }

  /// A picture on the canvas and what is said above it.
  private struct Panel {
    let picture: Picture
    /// In plain words, and in the field's.
    let caption: (words: String, symbol: String)
    /// Whether it is the one that would be saved.
    let isSaved: Bool
  }

  /// What the model is shown on the left, what it makes of it on the right; behind the last step, the noise that the run
  /// began with and the picture that came of it.
  private var pair: [Panel]? {
    guard let frame = runs.frame, let shown = runs.shown else { return nil }
    if runs.showsFinished, mode != .noise, let first = shown.frame(at: 0),
      let picture = frame.finished
    {
      return [
        Panel(
          picture: first.sample,
          caption: (
            shown.recipe.start == nil ? "the starting noise" : "the start", ""
          ), isSaved: false),
        Panel(picture: picture, caption: ("the picture", ""), isSaved: true),
      ]
    }
    let left = mode == .noise ? ViewMode.noise : .sample
    return [left, .denoised].compactMap { view in
      explorer.picture(view).map {
        Panel(picture: $0, caption: caption(of: view), isSaved: view == mode)
      }
    }
  }

  /// Two runs at the same place, each called by what it has for itself.
  private var comparison: [Panel]? {
    guard let compared = explorer.compared, let shown = runs.shown,
      let other = explorer.picture(mode, of: compared), let own = explorer.picture(mode, of: shown)
    else { return nil }
    return [(compared, other), (shown, own)].map { run, picture in
      let theirs = run.id == shown.id ? compared : shown
      let maker = run.recipe.painter == theirs.recipe.painter ? [] : [run.recipe.painter]
      let facts =
        [run.recipe.steering(at: runs.position).prompt] + maker
        + run.settings(besides: theirs, at: runs.position)
      return Panel(
        picture: picture,
        caption: ("\(runs.number(of: run.id)) ", facts.joined(separator: " · ")),
        isSaved: run.id == shown.id)
    }
  }

  private func caption(of view: ViewMode) -> (String, String) {
    runs.showsFinished && view != .noise ? ("the picture", "") : (view.caption, " " + view.symbol)
  }

  private func draw(
    _ panel: Panel, over cells: Rect, in rect: Rect, _ buffer: inout CellBuffer
  ) {
    var (words, symbol) = panel.caption
    // A caption may be wider than a small picture, but not reach into the next.
    let most = max(rect.maxX, cells.maxX) + 2 - rect.x
    // Where the plain words would be cut, the field's stands alone.
    if CellWidth.of(words) > most, symbol.hasPrefix(" ") {
      (words, symbol) = ("", String(symbol.dropFirst()))
    }
    let width = CellWidth.of(words + symbol)
    let start = max(rect.x, cells.x + (cells.width - width) / 2)
    let room = Rect(x: start, y: cells.y - 1, width: rect.x + most - start, height: 1)
    let color = panel.isSaved ? theme.ink : theme.dim
    let style = painter.text(color, panel.isSaved ? .bold : [])
    let x = buffer.print(words, x: start, y: cells.y - 1, style, in: room)
    // Half a symbol would be another one; what is longer is cut where there is room for some of it.
    let left = room.maxX - x
    let shown =
      CellWidth.of(symbol) <= left
      ? symbol : left >= 8 ? CellWidth.prefix(symbol, columns: left - 1) + "…" : ""
    buffer.print(shown, x: x, y: cells.y - 1, painter.text(theme.dim), in: room)
  }
}
