import Cells
import Diffusion

extension Explorer {
  private static let bars: [Character] = Array(" ▁▂▃▄▅▆▇█")

  func drawTimeline(_ layout: Layout, _ buffer: inout CellBuffer) {
    guard let shown else { return }
    let steps = shown.recipe.sampling.steps
    let line = layout.timeline
    for step in 0...steps {
      let from = layout.column(of: step, steps: steps)
      let to = max(from + 1, layout.column(of: step + 1, steps: steps))
      for x in from..<min(to, line.maxX) {
        if line.height > 1 { drawBar(step, of: shown, x: x, y: line.y, &buffer) }
        drawMark(step, of: shown, x: x, y: line.maxY - 1, &buffer)
      }
    }
    let place = layout.column(of: position, steps: steps)
    buffer[place, line.maxY - 1] = Cell("●", theme.text(theme.ink, .bold))
    drawFacts(shown, layout, &buffer)
  }

  /// The share of noise in a step's sample, as a bar.
  private func drawBar(_ step: Int, of run: Run, x: Int, y: Int, _ buffer: inout CellBuffer) {
    guard step < run.frames.count else { return }
    // The eighth eighth stays free, so that the plot never touches the picture.
    let level = Int((Double(run.frames[step].noiseLevel) * 7).rounded(.up))
    let color = step == position ? theme.ink : theme.done
    buffer[x, y] = Cell(Explorer.bars[max(0, min(8, level))], theme.text(color))
  }

  private func drawMark(_ step: Int, of run: Run, x: Int, y: Int, _ buffer: inout CellBuffer) {
    let isDone = step <= run.lastPosition && !run.frames.isEmpty
    let isNext = run.status == .running && step == run.frames.count
    let glyph: Character = isDone ? "━" : isNext ? "╍" : "┈"
    buffer[x, y] = Cell(glyph, theme.text(isDone || isNext ? theme.done : theme.line))
  }

  private func drawFacts(_ run: Run, _ layout: Layout, _ buffer: inout CellBuffer) {
    guard let frame else { return }
    let row = layout.facts
    let state =
      switch run.status {
      case .running: "computing"
      case .paused: "paused"
      case .finished: isFollowing ? "done" : "scrubbing"
      case .cancelled: "cancelled"
      case .failed: "stopped"
      }
    let room = Rect(x: row.x, y: row.y, width: row.width - state.count - 1, height: 1)
    let whole = facts(frame)
    let text = CellWidth.of(whole) > room.width ? shortFacts(frame) : whole
    buffer.print(text, x: row.x, y: row.y, theme.text(theme.ink), in: room)
    buffer.print(state, x: row.maxX - state.count, y: row.y, theme.text(theme.dim), in: row)
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
    return "step \(number) of \(frame.count) ·\(percent)% noise left · σ \(sigma)"
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
