import Cells

extension Explorer {
  /// The lesson, above the canvas.
  func drawLesson(_ layout: Layout, _ buffer: inout CellBuffer) {
    guard let lesson, Lesson.all.indices.contains(lesson), !layout.lesson.isEmpty else { return }
    let content = Lesson.all[lesson]
    let box = layout.lesson
    let all = Lesson.all
    frame(
      box, label: "\(all.number(of: lesson)) of \(all.number(of: all.count)) · \(content.title)",
      isFocused: false,
      &buffer)
    let inside = box.inset(2, 1)
    let task = Explorer.wrapped("▸ " + content.task, columns: inside.width)
    let room = max(1, inside.height - task.count)
    let lines = Explorer.wrapped(content.text, columns: inside.width)
    for (index, line) in lines.prefix(room).enumerated() {
      buffer.print(line, x: inside.x, y: inside.y + index, theme.text(theme.ink), in: inside)
    }
    for (index, line) in task.enumerated() {
      buffer.print(
        line, x: inside.x, y: inside.y + min(lines.count, room) + index,
        theme.text(theme.accent, .bold), in: inside)
    }
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
      + Explorer.wrapped("▸ " + content.task, columns: columns).count + 2
  }
}
