import Cells

/// Where everything stands on a screen of a given size.
///
/// A screen that grows shorter loses, in this order, the title, the prompt's frame, the negative prompt and the line
/// of sampler and spacing; the picture and the timeline stay to the last.
struct Layout {
  /// The smallest screen that is of use.
  static let least = (width: 40, height: 12)

  let width: Int
  let height: Int
  let title: Rect
  let prompt: Rect
  let hasFrame: Bool
  let negative: Rect
  let numbers: Rect
  let choices: Rect
  let canvas: Rect
  let timeline: Rect
  let facts: Rect
  let status: Rect

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    var top = 0
    func rows(_ count: Int) -> Rect {
      defer { top += count }
      return Rect(x: 1, y: top, width: width - 2, height: count)
    }
    let isWide = width >= 98
    title = rows(height >= 22 ? 1 : 0)
    hasFrame = height >= 34
    prompt = rows(hasFrame ? 3 : 1)
    negative = rows(height >= 28 ? 1 : 0)
    numbers = rows(1)
    // On a wide screen sampler and spacing stand behind the numbers.
    choices =
      isWide
      ? Rect(x: 49, y: numbers.y, width: width - 50, height: 1) : rows(height >= 16 ? 1 : 0)
    if height >= 34 { top += 1 }
    let bottom = height >= 16 ? 4 : 3
    let gap = height >= 34 ? 1 : 0
    canvas = Rect(x: 1, y: top, width: width - 2, height: height - top - bottom - gap)
    let plot = height >= 16 ? 2 : 1
    timeline = Rect(x: 2, y: canvas.maxY + gap, width: width - 4, height: plot)
    facts = Rect(x: 2, y: timeline.maxY, width: width - 4, height: 1)
    status = Rect(x: 2, y: height - 1, width: width - 4, height: 1)
  }

  var isUsable: Bool { width >= Layout.least.width && height >= Layout.least.height }

  /// The fields that are there, in the order that Tab goes through them.
  var panes: [Explorer.Focus] {
    var panes: [Explorer.Focus] = [.canvas, .prompt]
    if !negative.isEmpty { panes.append(.negative) }
    panes += [.seed, .steps, .guidance]
    if !choices.isEmpty { panes += [.sampler, .spacing] }
    return panes
  }

  /// Columns of the fields in the line of numbers, and of choices, from their left ends.
  var numberColumns: [(pane: Explorer.Focus, x: Int, width: Int)] {
    width < 50
      ? [(.seed, 0, 15), (.steps, 15, 11), (.guidance, 26, 12)]
      : [(.seed, 0, 18), (.steps, 18, 13), (.guidance, 31, 16)]
  }
  static let choiceColumns: [(pane: Explorer.Focus, x: Int, width: Int)] = [
    (.sampler, 0, 24), (.spacing, 24, 22),
  ]

  /// The pane in a place.
  func pane(x: Int, y: Int) -> Explorer.Focus? {
    if prompt.contains(x: x, y: y) { return .prompt }
    if negative.contains(x: x, y: y) { return .negative }
    if choices.contains(x: x, y: y) {
      return Layout.choiceColumns.last { x >= choices.x + $0.x }?.pane
    }
    if numbers.contains(x: x, y: y) {
      return numberColumns.last { x >= numbers.x + $0.x }?.pane
    }
    return canvas.contains(x: x, y: y) ? .canvas : nil
  }

  /// The column where a place of the run begins: its steps, and the picture behind them.
  func column(of position: Int, steps: Int) -> Int {
    timeline.x + position * timeline.width / (steps + 1)
  }

  /// The place of the run in a column.
  func position(at x: Int, of steps: Int) -> Int {
    guard timeline.width > 0 else { return 0 }
    let place = ((x - timeline.x) * (steps + 1) + timeline.width - 1) / timeline.width
    return max(0, min(steps, column(of: place, steps: steps) > x ? place - 1 : place))
  }
}
