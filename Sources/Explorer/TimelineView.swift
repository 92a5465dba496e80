import Cells
import Diffusion

/// The timeline: a plot of the noise, a mark for each step, and what the step shown is.
extension Explorer {
  private static let bars: [Character] = Array(" ▁▂▃▄▅▆▇█")

  func drawTimeline(_ layout: Layout, _ buffer: inout CellBuffer) {
    guard let shown else { return }
    let line = layout.timeline
    let track = line.maxY - 1
    let marks = shown.marks
    for x in line.x..<line.maxX {
      // Where there are more steps than columns, a column stands for several.
      let step = layout.position(at: x, of: shown.steps)
      let next = max(step + 1, layout.position(at: x + 1, of: shown.steps))
      if line.height > 1 { drawBar(step, of: shown, x: x, y: line.y, &buffer) }
      let isFirst = layout.column(of: step, steps: shown.steps) == x
      let isMarked = isFirst && (step..<next).contains { marks.contains($0) }
      buffer[x, track] = mark(step, of: shown, x: x, isMarked: isMarked, layout)
    }
    let place = layout.column(of: position, steps: shown.steps)
    buffer[place, track] = Cell("●", theme.text(theme.ink, .bold))
    drawFacts(shown, layout, &buffer)
  }

  /// The share of noise in a step's sample, as a bar: bright where the step is computed.
  private func drawBar(_ step: Int, of run: Run, x: Int, y: Int, _ buffer: inout CellBuffer) {
    guard let level = run.level(of: step), level.noiseLevel.isFinite else { return }
    // The eighth eighth stays free, so that the plot never touches the picture.
    let height = Int((Double(max(0, min(1, level.noiseLevel))) * 7).rounded(.up))
    let color =
      step == position ? theme.ink : step < run.frames.count ? theme.done : theme.line
    buffer[x, y] = Cell(Explorer.bars[height], theme.text(color))
  }

  private func mark(_ step: Int, of run: Run, x: Int, isMarked: Bool, _ layout: Layout) -> Cell {
    let isDone = step <= run.lastPosition && !run.frames.isEmpty
    if isMarked { return Cell("◆", theme.text(isDone ? theme.done : theme.line)) }
    if isDone { return Cell("━", theme.text(theme.done)) }
    guard run.isOpen, step == run.frames.count else { return Cell("┈", theme.text(theme.line)) }
    // The step being computed fills up within its own mark.
    let from = layout.column(of: step, steps: run.steps)
    let width = max(1, layout.column(of: step + 1, steps: run.steps) - from)
    let filled = Double(x - from) < run.progress * Double(width)
    return Cell(filled ? "━" : "╍", theme.text(filled ? theme.done : theme.dim))
  }

  // MARK: Facts

  private func drawFacts(_ run: Run, _ layout: Layout, _ buffer: inout CellBuffer) {
    guard let frame else { return }
    let row = layout.facts
    let state = self.state(of: run, isShort: row.width < 70)
    let width = CellWidth.of(state)
    let room = Rect(x: row.x, y: row.y, width: row.width - width - 1, height: 1)
    let whole = facts(frame)
    let text = CellWidth.of(whole) > room.width ? shortFacts(frame) : whole
    buffer.print(text, x: row.x, y: row.y, theme.text(theme.ink), in: room)
    buffer.print(state, x: row.maxX - width, y: row.y, theme.text(theme.dim), in: row)
  }

  /// Which run it is, where it comes from, and what it does.
  private func state(of run: Run, isShort: Bool) -> String {
    var parts: [String] = []
    if runs.count > 1 {
      var place = "run \(runs.number(of: run.id))/\(runs.count)"
      if let origin = run.origin, runs[origin.run] != nil, !isShort {
        place += " from \(runs.number(of: origin.run)) at \(origin.step + 1)"
      }
      parts.append(place)
    }
    let doing =
      switch run.status {
      case .running: "computing"
      case .paused: "paused"
      case .finished: isFollowing ? "done" : "scrubbing"
      case .cancelled: "cancelled"
      case .failed: "stopped"
      }
    parts.append(playing == nil ? doing : playing == 1 ? "playing" : "playing back")
    return parts.joined(separator: " · ")
  }

  private func shortFacts(_ frame: Frame) -> String {
    if showsFinished { return "the picture" }
    let percent = Int((frame.noiseLevel * 100).rounded())
    return "\(frame.index + 1)/\(frame.count) · \(percent)% noise"
  }

  private func facts(_ frame: Frame) -> String {
    if showsFinished { return "the picture after \(frame.count) steps" }
    let number = Explorer.padded("\(frame.index + 1)", "\(frame.count)".count)
    let percent = Explorer.padded("\(Int((frame.noiseLevel * 100).rounded()))", 3)
    let sigma = Explorer.padded(Explorer.fixed(Double(frame.sigma), 2), 6)
    let kept = frame.index == position ? "" : " (\(position + 1) was not kept)"
    return "step \(number) of \(frame.count)\(kept) ·\(percent)% noise left · σ \(sigma)"
  }

  /// A number with as many digits behind the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "∞" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((abs(value) * scale).rounded())
    let head = (value < 0 ? "-" : "") + "\(whole / Int(scale))"
    guard digits > 0 else { return head }
    let tail = "\(whole % Int(scale))"
    return head + "." + String(repeating: "0", count: digits - tail.count) + tail
  }

  /// Text pushed to the right of a column, so that numbers keep their places.
  static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
