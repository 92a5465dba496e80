import Cells
import Diffusion
import Pictures

/// The pictures of the shown step.
struct Canvas {
  let explorer: Explorer
  let layout: Layout
  let painter: Painter

  private var theme: Theme { painter.theme }
  private var art: CellArt { painter.art }
  private var kind: PictureKind { explorer.display.pictureKind }
  private var runs: Runs { explorer.runs }

  func draw(_ buffer: inout CellBuffer) {
    let canvas = layout.canvas
    guard let left = explorer.picture(kind) else {
      drawEmpty(canvas, &buffer)
      return
    }
    // While presenting, one picture is as large as possible, with its caption below. Lessons mention two pictures.
    let isAlone = explorer.isPresenting && !explorer.tour.isOn && explorer.compared == nil
    let captions = canvas.height >= 10 && !isAlone ? 1 : 0
    let room = Rect(
      x: canvas.x, y: canvas.y + captions, width: canvas.width, height: canvas.height - captions)
    let alone = art.size(of: left, fitting: room)
    let half = Rect(x: room.x, y: room.y, width: (room.width - 2) / 2, height: room.height)
    let paired = art.size(of: left, fitting: half)
    // A second picture is shown beside the first if it does not make the first smaller, or if the user compares runs.
    let panels = comparison ?? (paired == alone && !isAlone ? pair : nil)
    let shown = panels ?? [Panel(picture: left, caption: caption(of: kind), isSaved: true)]
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
      // A preview is smaller than a fully decoded picture; beside one, it is enlarged to the same size.
      let picture =
        isOfOneShape && columns[index] < most
        ? panel.picture.resized(
          width: most, height: max(1, panel.picture.height * most / panel.picture.width))
        : panel.picture
      art.draw(picture, in: rect, fills: isAlone, into: &buffer)
      if captions > 0 {
        draw(panel, over: art.place(of: picture, in: rect), in: rect, &buffer)
      }
    }
  }

  /// The message if there is no picture yet.
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

  /// What the user is waiting for.
  private var waiting: String {
    if explorer.model.facts == nil { return "loading the model" }
    guard let active = runs.active, active.isOpen else {
      return "nothing painted yet: press \(explorer.keymap.way(to: .run)) to run the prompt"
    }
    return active.loading.map { "reading the \($0.part): \($0.amount)" }
      ?? "computing the first step"
  }

  /// A picture on the canvas with its caption.
  private struct Panel {
    let picture: Picture
    /// The caption in plain words, and in the field's terms.
    let caption: (words: String, symbol: String)
    /// Whether this picture is the one to save.
    let isSaved: Bool
  }

  /// The network's input on the left, its output on the right; after the last step, the run's starting noise and its
  /// final picture.
  private var pair: [Panel]? {
    guard let frame = runs.frame, let shown = runs.shown else { return nil }
    if runs.showsFinished, kind != .noise, let first = shown.frame(at: 0),
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
    let left = kind == .noise ? PictureKind.noise : .sample
    return [left, .denoised].compactMap { view in
      explorer.picture(view).map {
        Panel(picture: $0, caption: caption(of: view), isSaved: view == kind)
      }
    }
  }

  /// Two runs at the same place, each labelled with its differences from the other.
  private var comparison: [Panel]? {
    guard let compared = explorer.compared, let shown = runs.shown,
      let other = explorer.picture(kind, of: compared), let own = explorer.picture(kind, of: shown)
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

  private func caption(of view: PictureKind) -> (String, String) {
    runs.showsFinished && view != .noise ? ("the picture", "") : (view.caption, " " + view.symbol)
  }

  private func draw(
    _ panel: Panel, over cells: Rect, in rect: Rect, _ buffer: inout CellBuffer
  ) {
    var (words, symbol) = panel.caption
    // A caption may be wider than a small picture, but must not reach into the next one.
    let most = max(rect.maxX, cells.maxX) + 2 - rect.x
    // If the plain words would be cut, only the technical term is shown.
    if CellWidth.of(words) > most, symbol.hasPrefix(" ") {
      (words, symbol) = ("", String(symbol.dropFirst()))
    }
    let width = CellWidth.of(words + symbol)
    let start = max(rect.x, cells.x + (cells.width - width) / 2)
    let room = Rect(x: start, y: cells.y - 1, width: rect.x + most - start, height: 1)
    let color = panel.isSaved ? theme.ink : theme.dim
    let style = painter.text(color, panel.isSaved ? .bold : [])
    let x = buffer.print(words, x: start, y: cells.y - 1, style, in: room)
    // Half a symbol would be a different symbol; a longer caption is cut if part of it fits.
    let left = room.maxX - x
    let shown =
      CellWidth.of(symbol) <= left
      ? symbol : left >= 8 ? CellWidth.prefix(symbol, columns: left - 1) + "…" : ""
    buffer.print(shown, x: x, y: cells.y - 1, painter.text(theme.dim), in: room)
  }
}
