import Cells
import Pictures

/// Draws what a view shows so that a high canvas has no empty bands: rows that pictures cannot use go to the curves.
struct ViewBands {
  private let context: ViewContext

  init(_ context: ViewContext) { self.context = context }

  /// The fewest and the most rows that a curve is given: a higher one says no more.
  private static let (least, most) = (9, 16)

  func draw(_ contents: ViewContents, in canvas: Rect, _ buffer: inout CellBuffer) {
    let drawing = ViewDrawing(context)
    let width = canvas.width - 2
    let sentence = min(2, contents.sentence.wrapped(columns: width).count)
    let facts = contents.facts.lines(columns: width, most: canvas.height / 6)
    let pictures = contents.rows.reduce(0) { $0 + rows(of: $1, width: width) }
    let curves = min(Self.most, canvas.height - sentence - pictures - facts.count)
    // Where little is left over, the usual shares are right.
    guard !contents.rows.isEmpty, !contents.curves.isEmpty, curves >= Self.least else {
      return drawing.draw(contents, in: canvas, &buffer)
    }
    var (upper, lower) = (contents, ViewContents(""))
    lower.curves = contents.curves
    (upper.curves, upper.facts) = ([], [])
    let height = canvas.height - curves - facts.count
    drawing.draw(
      upper, in: Rect(x: canvas.x, y: canvas.y, width: canvas.width, height: height), &buffer)
    drawing.draw(
      lower, in: Rect(x: canvas.x, y: canvas.y + height, width: canvas.width, height: curves),
      &buffer)
    for (index, line) in facts.enumerated() {
      let y = canvas.maxY - facts.count + index
      buffer.print(
        line, x: canvas.x + 1, y: y, context.painter.text(context.painter.theme.dim), in: canvas)
    }
  }

  /// The rows that a row of pictures can use, with what is said above and below; a picture that is still computed counts
  /// as a square one, so that nothing moves when it comes.
  private func rows(of panels: [ViewContents.Panel], width: Int) -> Int {
    guard !panels.isEmpty else { return 0 }
    let columns = width / panels.count - 1
    let room = Rect(x: 0, y: 0, width: columns, height: 1000)
    let heights = panels.map { panel in
      panel.picture.map { context.painter.art.size(of: $0, fitting: room).rows } ?? columns / 2
    }
    return 2 + (heights.max() ?? 0)
  }
}
