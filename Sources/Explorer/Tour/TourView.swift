import Cells

extension Explorer {
  /// The lesson, above the canvas.
  func drawLesson(_ layout: Layout, _ buffer: inout CellBuffer) {
    guard let lesson, Lesson.all.indices.contains(lesson), !layout.lesson.isEmpty else { return }
    let content = Lesson.all[lesson]
    let box = layout.lesson
    // Where there is hardly any room, what to do is said, and the frame is left out.
    guard box.height >= 4 else {
      drawLines(
        task(of: content) + " n goes on.", in: box.inset(1, 0),
        theme.text(theme.accent, .bold), &buffer)
      return
    }
    let all = Lesson.all
    let part = content.isContinued ? ", second part" : ""
    frame(
      box,
      label: "\(all.number(of: lesson)) of \(all.number(of: all.count))\(part) · \(content.title)",
      isFocused: false, &buffer)
    let inside = box.inset(2, 1)
    let task = min(
      inside.height - 1, Explorer.wrapped(self.task(of: content), columns: inside.width).count)
    let lines = Explorer.wrapped(content.text, columns: inside.width).count
    let above = min(lines, inside.height - task)
    drawLines(
      content.text, in: Rect(x: inside.x, y: inside.y, width: inside.width, height: above),
      theme.text(theme.ink), &buffer)
    drawLines(
      self.task(of: content),
      in: Rect(x: inside.x, y: inside.y + above, width: inside.width, height: task),
      theme.text(theme.accent, .bold), &buffer)
    let keys = " n next · N back · esc leaves the tour "
    let x = box.maxX - 2 - CellWidth.of(keys)
    buffer.print(keys, x: x, y: box.maxY - 1, theme.text(theme.dim), in: box)
  }

  /// Rows that the lesson takes on a screen of a width, its frame among them; none without a tour.
  func lessonRows(width: Int) -> Int {
    guard let lesson, Lesson.all.indices.contains(lesson) else { return 0 }
    let columns = width - 6
    let content = Lesson.all[lesson]
    return Explorer.wrapped(content.text, columns: columns).count
      + Explorer.wrapped(task(of: content), columns: columns).count + 2
  }

  private func task(of lesson: Lesson) -> String { "▸ " + keymap.filled(lesson.task) }
}
