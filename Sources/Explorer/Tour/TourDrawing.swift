import Cells

/// Draws a lesson of the tour above the canvas.
struct TourDrawing {
  let tour: Tour
  let keymap: Keymap
  /// Whether the tour's keys work in the current context.
  let hasKeys: Bool

  /// The number of rows that the lesson takes at a screen width, with its frame; 0 outside the tour.
  func rows(width: Int) -> Int {
    guard let lesson = tour.content else { return 0 }
    let columns = width - 6
    return lesson.text.wrapped(columns: columns).count
      + task(of: lesson).wrapped(columns: columns).count + 2
  }

  func draw(in box: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    guard let index = tour.lesson, let lesson = tour.content, !box.isEmpty else { return }
    let task = self.task(of: lesson).wrapped(columns: box.width - 4).count
    // Besides the task and the frame, at least two rows of text must fit; with fewer, only half a sentence would be
    // shown.
    guard box.height >= min(rows(width: box.width + 2), task + 4) else {
      drawBrief(lesson, number: index, in: box.inset(1, 0), painter, &buffer)
      return
    }
    let (all, theme) = (Lesson.all, painter.theme)
    let part = lesson.isContinued ? ", second part" : ""
    painter.frame(
      box,
      label: "\(all.number(of: index)) of \(all.number(of: all.count))\(part) · \(lesson.title)",
      isFocused: false, &buffer)
    let inside = box.inset(2, 1)
    let lines = lesson.text.wrapped(columns: inside.width).count
    let above = min(lines, inside.height - task)
    painter.lines(
      lesson.text, in: Rect(x: inside.x, y: inside.y, width: inside.width, height: above),
      painter.text(theme.ink), &buffer)
    painter.lines(
      self.task(of: lesson),
      in: Rect(x: inside.x, y: inside.y + above, width: inside.width, height: task),
      painter.text(theme.accent, .bold), &buffer)
    let keys = " " + self.keys(columns: box.width - 6) + " "
    let x = box.maxX - 2 - CellWidth.of(keys)
    buffer.print(keys, x: x, y: box.maxY - 1, painter.text(theme.dim), in: box)
  }

  /// On a very small screen, the frame and the text are left out: one row has the title and the keys, and the task is
  /// below it.
  private func drawBrief(
    _ lesson: Lesson, number: Int, in rows: Rect, _ painter: Painter, _ buffer: inout CellBuffer
  ) {
    let (all, theme) = (Lesson.all, painter.theme)
    let title = "\(all.number(of: number))/\(all.number(of: all.count)) \(lesson.brief.title)"
    let end = buffer.print(title, x: rows.x, y: rows.y, painter.text(theme.ink, .bold), in: rows)
    let keys = self.keys(columns: rows.maxX - end - 1)
    buffer.print(
      keys, x: rows.maxX - CellWidth.of(keys), y: rows.y, painter.text(theme.dim), in: rows)
    let below = Rect(x: rows.x, y: rows.y + 1, width: rows.width, height: rows.height - 1)
    let task = self.task(of: lesson)
    let isRoom = task.wrapped(columns: below.width).count <= below.height
    painter.lines(
      isRoom ? task : "▸ " + keymap.filled(lesson.brief.task), in: below,
      painter.text(theme.accent, .bold), &buffer)
  }

  private func task(of lesson: Lesson) -> String { "▸ " + keymap.filled(lesson.task) }

  /// The keys that go forward, go back and leave the tour, as many as fit.
  private func keys(columns: Int) -> String {
    let lessons = keymap.label(of: .lessons).map { " · \($0) lessons" } ?? ""
    let next = hasKeys ? "n next" : "esc, then n next"
    let leave = hasKeys ? " · esc leaves the tour" : ""
    let all = [
      next + " · N back" + lessons + leave, next + " · N back" + lessons, next + " · N back", next,
    ]
    return all.first { CellWidth.of($0) <= columns } ?? ""
  }
}
