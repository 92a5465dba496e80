import Cells
import Diffusion

/// The timeline: a plot of the noise, a mark for each step, and a description of the shown step.
struct Timeline {
  let runs: Runs
  /// Whether the fields differ from the shown run.
  let isOfOtherSettings: Bool
  let layout: Layout
  let painter: Painter

  private var theme: Theme { painter.theme }
  private var position: Int { runs.position }

  func draw(_ buffer: inout CellBuffer) {
    guard let shown = runs.shown else { return }
    let line = layout.timeline
    let track = line.maxY - 1
    let marks = shown.marks
    for x in line.x..<line.maxX {
      // If there are more steps than columns, a column represents several.
      let step = layout.position(at: x, of: shown.steps)
      let next = max(step + 1, layout.position(at: x + 1, of: shown.steps))
      if line.height > 1 { drawBar(step, of: shown, x: x, in: line, &buffer) }
      let isFirst = layout.column(of: step, steps: shown.steps) == x
      let isMarked = isFirst && (step..<next).contains { marks.contains($0) }
      buffer[x, track] = mark(step, of: shown, x: x, isMarked: isMarked)
    }
    let place = layout.column(of: position, steps: shown.steps)
    buffer[place, track] = Cell("●", painter.text(theme.ink, .bold))
    drawFacts(shown, &buffer)
  }

  /// The share of noise in a step's sample, as a bar over the track, bright if the step is computed.
  private func drawBar(_ step: Int, of run: Run, x: Int, in line: Rect, _ buffer: inout CellBuffer)
  {
    guard let level = run.level(of: step), level.noiseLevel.isFinite else { return }
    let rows = line.height - 1
    // The last eighth stays empty, so that the plot never touches the picture.
    let most = Double(8 * rows - 1)
    let height = Int((Double(max(0, min(1, level.noiseLevel))) * most).rounded(.up))
    let color =
      step == position ? theme.ink : step < run.frames.count ? theme.plot : theme.line
    for row in 0..<rows {
      let filled = max(0, min(8, height - 8 * (rows - 1 - row)))
      buffer[x, line.y + row] = Cell(Painter.bars[filled], painter.text(color))
    }
  }

  private func mark(_ step: Int, of run: Run, x: Int, isMarked: Bool) -> Cell {
    let isDone = step <= run.lastPosition && !run.frames.isEmpty
    if isMarked { return Cell("◆", painter.text(isDone ? theme.done : theme.line)) }
    let from = layout.column(of: step, steps: run.steps)
    // If there is room, each step is a separate mark with a gap before it.
    let isGap = x == from && layout.timeline.width >= 2 * (run.steps + 1)
    if isDone { return Cell(isGap ? "╺" : "━", painter.text(theme.done)) }
    guard run.isOpen, step == run.frames.count else {
      return Cell(isGap ? "╶" : "┈", painter.text(theme.line))
    }
    // The current step fills up inside its own mark.
    let width = max(1, layout.column(of: step + 1, steps: run.steps) - from)
    let isFilled = Double(x - from) < run.progress * Double(width)
    return isFilled
      ? Cell(isGap ? "╺" : "━", painter.text(theme.done))
      : Cell(isGap ? "╶" : "╍", painter.text(theme.dim))
  }

  // MARK: Facts

  private func drawFacts(_ run: Run, _ buffer: inout CellBuffer) {
    let row = layout.facts
    guard !row.isEmpty else { return }
    let state = self.state(of: run, isShort: row.width < 70)
    let width = CellWidth.of(state)
    let room = Rect(x: row.x, y: row.y, width: row.width - width - 1, height: 1)
    let whole = runs.frame.map(facts) ?? "step 1 of \(run.steps)"
    var text = CellWidth.of(whole) > room.width ? runs.frame.map(shortFacts) ?? whole : whole
    // The fields describe the next run, which may differ from the shown one.
    let left = room.width - CellWidth.of(text) - 3
    if isOfOtherSettings, left >= 12 {
      let made =
        "seed \(run.recipe.sampling.seed) · \(run.recipe.steering(at: position).prompt)"
      text += " · " + made.cut(columns: left)
    }
    buffer.print(text, x: row.x, y: row.y, painter.text(theme.ink), in: room)
    buffer.print(state, x: row.maxX - width, y: row.y, painter.text(theme.dim), in: row)
  }

  /// The number of the run, where it branched, and its state.
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
      case .running where run.loading != nil: "reading"
      case .running: isSlow(run) ? "computing" + share(run) : "computing"
      case .paused: "paused"
      case .finished: runs.isFollowing ? "done" : "scrubbing"
      case .cancelled: "cancelled"
      case .failed: "stopped"
      }
    switch runs.playing.direction {
    case nil: parts.append(doing)
    case 1?: parts.append("playing")
    default: parts.append("playing back")
    }
    // A run without steps is not shown, but the user is waiting for it.
    if let active = runs.active, active.id != run.id, active.isOpen, active.frames.isEmpty {
      let number = "run \(runs.number(of: active.id))"
      let begins = active.progress > 0 ? number + ":" + share(active) : number + " begins"
      parts = [
        active.status == .paused
          ? number + " is paused"
          : active.loading.map { "\(number): \($0.part), \($0.amount)" } ?? begins
      ]
    }
    return parts.joined(separator: " · ")
  }

  /// Whether a step takes so long that its progress is worth showing.
  private func isSlow(_ run: Run) -> Bool {
    run.frames.last.map { $0.milliseconds > 1500 } ?? (run.progress > 0)
  }

  private func share(_ run: Run) -> String {
    " step \(run.frames.count + 1)," + "\(Int(run.progress * 100))%".padded(4)
  }

  private func shortFacts(_ frame: Frame) -> String {
    if runs.showsFinished { return "the picture" }
    let percent = Int((frame.noiseLevel * 100).rounded())
    return "\(frame.index + 1)/\(frame.count) · \(percent)% noise"
  }

  private func facts(_ frame: Frame) -> String {
    if runs.showsFinished {
      return "the picture after \(frame.count) step\(frame.count == 1 ? "" : "s")"
    }
    let number = "\(frame.index + 1)".padded("\(frame.count)".count)
    let percent = "\(Int((frame.noiseLevel * 100).rounded()))".padded(3)
    let sigma = frame.sigma.fixed(2).padded(6)
    let kept = frame.index == position ? "" : " (\(position + 1) was not kept)"
    return "step \(number) of \(frame.count)\(kept) ·\(percent)% noise left · σ \(sigma)"
  }
}
