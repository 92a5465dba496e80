import Cells
import Pictures
import Recipes

extension Explorer {
  /// The current screen.
  public func view(width: Int, height: Int) -> CellBuffer {
    let painter = display.painter
    let theme = painter.theme
    var buffer = CellBuffer(width: width, height: height, style: painter.text(theme.ink))
    let layout = layout(width: width, height: height)
    guard layout.isUsable else {
      let least = "\(Layout.least.width)x\(Layout.least.height)"
      // A number that is cut off would be a different number.
      let texts = ["halflight needs \(least)", "needs \(least)"]
      let text = texts.first { $0.count <= width } ?? least
      buffer.print(text, x: 0, y: 0, painter.text(theme.ink))
      return buffer
    }
    drawTitle(layout, painter, &buffer)
    fieldsDrawing(layout).draw(&buffer)
    tourDrawing.draw(in: layout.lesson, painter, &buffer)
    // Without a model, nothing is being computed.
    if let open = views.open, model.facts != nil {
      // A failure is shown, so that the view does not look as if it were still being computed.
      if let problem = views.problem(in: context) {
        ViewDrawing(context).draw(ViewContents(problem), in: layout.canvas, &buffer)
      } else {
        open.view.draw(in: context, layout.canvas, &buffer)
      }
    } else {
      Canvas(explorer: self, layout: layout, painter: painter).draw(&buffer)
    }
    Timeline(runs: runs, isOfOtherSettings: hasOtherSettings, layout: layout, painter: painter)
      .draw(&buffer)
    caption?.draw(in: layout.caption, painter, &buffer)
    StatusLine(explorer: self, layout: layout, painter: painter).draw(&buffer)
    if let picker { pickerDrawing(picker, items(of: picker), layout).draw(painter, &buffer) }
    return buffer
  }

  /// The positions of everything on the current screen.
  var layout: Layout { layout(width: display.columns, height: display.rows) }

  private func layout(width: Int, height: Int) -> Layout {
    Layout(
      width: width, height: height, focus: fields.focus,
      lessonRows: tourDrawing.rows(width: width),
      hasStrength: fields.startingPicture != nil, hasNegative: !fields.negative.text.isEmpty,
      isFull: display.isFull, captionRows: captionRows(height: height))
  }

  func fieldsDrawing(_ layout: Layout) -> FieldsDrawing {
    FieldsDrawing(
      fields: fields, layout: layout, painter: display.painter,
      tokenLimit: model.facts?.tokenLimit,
      model: model.facts?.blank.painter ?? (model.problem == nil ? "loading" : "none"),
      isCovered: picker != nil)
  }

  func pickerDrawing(_ picker: Picker, _ items: [Picker.Item], _ layout: Layout) -> PickerDrawing {
    PickerDrawing(
      picker: picker, items: items, explanation: picker.kind == .help ? explanation : "",
      box: layout.picker,
      pictureColumns: PickerDrawing.pictureColumns(of: picker.kind, screen: layout.width))
  }

  /// The current place, and the keys that have a special meaning there.
  private var explanation: String {
    let onCanvas = fields.focus == .canvas
    let lessons = keymap.label(of: .lessons).map { ", \($0) lists the lessons" } ?? ""
    let tour =
      !self.tour.isOn || !onCanvas
      ? "" : " In the tour, n goes on, N goes back\(lessons) and esc leaves it."
    guard onCanvas, let open = views.open, let entry = ViewTable.entry(open.id) else {
      return fields.focus.explanation + tour
    }
    let own = open.view.hints(in: context).map { "\($0.key) \($0.word)" }
    let name = entry.help.prefix(1).uppercased() + entry.help.dropFirst()
    return name + (own.isEmpty ? "." : ". Here: " + own.joined(separator: ", ") + ".") + tour
  }

  // MARK: Title

  private func drawTitle(_ layout: Layout, _ painter: Painter, _ buffer: inout CellBuffer) {
    let row = layout.title
    guard !row.isEmpty else { return }
    let theme = painter.theme
    buffer.print("halflight", x: row.x, y: row.y, painter.text(theme.ink, .bold))
    let text = title(columns: row.width - 11)
    buffer.print(
      text, x: max(row.x, row.maxX - CellWidth.of(text)), y: row.y, painter.text(theme.dim),
      in: row)
  }

  /// The facts about the model and the run; if there is not enough room, the time and the number format are dropped
  /// first.
  private func title(columns: Int) -> String {
    guard let model = model.facts else {
      return self.model.problem == nil ? "loading the model" : "no model"
    }
    let own = shown.map(\.recipe) ?? model.blank
    let (ownSize, isOther) = ("\(own.width)x\(own.height)", own.model != model.blank.model)
    // The size and the time belong to the model that made the run.
    let size = model.blank.painter + (isOther ? "" : " " + ownSize)
    let time = (isOther ? nil : shown?.frames.last).map {
      "\($0.milliseconds.fixed(1).padded(5)) ms per step"
    }
    let start = fields.startingPicture.map { "starts from \($0.file)" }
    let painter = shown?.recipe.painter
    let other =
      self.model.loading != nil
      ? "loading"
      : painter.flatMap {
        $0 == model.blank.painter ? nil : "shown: \(isOther ? ownSize + " " : "")by \($0)"
      }
    let titles = [
      [size, model.format, time, start, other], [size, model.format, start, other],
      [size, start, other],
    ]
    .map { ($0 + [pictureRemark]).compactMap(\.self).joined(separator: " · ") }
    return titles.first { CellWidth.of($0) <= columns } ?? titles[2].cut(columns: columns)
  }

  /// A remark on how a step's picture was made, or on a better one that is being made.
  private var pictureRemark: String? {
    guard model.facts?.decodes == true, !runs.showsFinished, let shown, let frame else {
      return nil
    }
    if runs.decoding.current != nil { return "decoding in full" }
    let place = FramePlace(run: shown.id, step: frame.index, kind: display.pictureKind)
    if runs.decoding[place] != nil { return "decoded in full" }
    return frame.previewMilliseconds.map { "preview \($0.fixed(0)) ms" }
  }
}
