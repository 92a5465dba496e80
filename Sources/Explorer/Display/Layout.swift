import Cells

/// The position of everything on a screen of a given size.
///
/// As the screen gets shorter, these disappear in this order: the prompt's frame, the negative prompt, the title, and
/// the line of sampler, schedule and model; the picture and the timeline always stay. Without a line of its own, the
/// negative prompt replaces the prompt while it has the focus; if it is not empty, it has a line on all but the
/// shortest screens. The strength of a starting picture gets a field if there is room, and the other fields of its line
/// may become narrow for it. In full screen, the picture takes the lines of all fields. While presenting, it takes all
/// lines except those of a lesson, its caption and the bare timeline. A lesson of the tour takes the lines of the
/// negative prompt and of sampler, schedule and model, and on a short screen also the prompt's frame and the title.
struct Layout {
  /// The smallest usable screen.
  static let least = (width: 40, height: 12)

  let width: Int
  let height: Int
  let title: Rect
  let prompt: Rect
  let hasFrame: Bool
  let negative: Rect
  let numbers: Rect
  let choices: Rect
  /// A lesson of the tour; empty if there is none.
  let lesson: Rect
  let canvas: Rect
  /// The caption of a presented picture; empty otherwise.
  let caption: Rect
  let timeline: Rect
  let facts: Rect
  let status: Rect
  /// The pane whose text appears in the prompt's line.
  let promptPane: Focus
  /// Whether runs have a starting picture, which has a strength.
  private let hasStrength: Bool

  /// - Parameter captionRows: The height of the caption while presenting; `nil` otherwise.
  init(
    width: Int, height: Int, focus: Focus = .canvas, lessonRows: Int = 0,
    hasStrength: Bool = false, hasNegative: Bool = false, isFull: Bool = false,
    captionRows: Int? = nil
  ) {
    self.hasStrength = hasStrength
    let isFull = isFull || captionRows != nil
    let hasLesson = lessonRows > 0
    // The layout is as if the screen were that much shorter.
    let free = height - lessonRows
    self.width = width
    self.height = height
    var top = 0
    func rows(_ count: Int) -> Rect {
      defer { top += count }
      return Rect(x: 2, y: top, width: width - 4, height: count)
    }
    let numbersWidth = Layout.numbersWidth + (hasStrength ? Layout.strengthWidth : 0)
    let isWide = width - numbersWidth >= Layout.wide - Layout.numbersWidth
    title = rows((hasLesson ? free : height) >= 22 && !isFull ? 1 : 0)
    hasFrame = (hasLesson ? free : height) >= 34 && !isFull
    prompt = rows(isFull ? 0 : hasFrame ? 3 : 1)
    negative = rows(height >= (hasNegative ? 16 : 28) && !hasLesson && !isFull ? 1 : 0)
    promptPane = focus == .negative && negative.isEmpty ? .negative : .prompt
    numbers = rows(isFull ? 0 : 1)
    // On a wide screen, sampler, schedule and model are to the right of the numbers.
    choices =
      isWide
      ? Rect(
        x: 2 + numbersWidth, y: numbers.y, width: width - 4 - numbersWidth, height: numbers.height)
      : rows(height >= 16 && !hasLesson && !isFull ? 1 : 0)
    if height >= 34, !hasLesson, !isFull { top += 1 }
    // The picture keeps five rows, however long the message is.
    let least = (height >= 16 ? 4 : 3) + 5
    lesson = Rect(
      x: 1, y: top, width: width - 2,
      height: hasLesson ? max(1, min(lessonRows, height - top - least)) : 0)
    top += lesson.height
    if let captionRows {
      let rows = max(0, min(captionRows, height - top - 6))
      canvas = Rect(x: 0, y: top, width: width, height: height - top - rows - 1)
      caption = Rect(x: 0, y: canvas.maxY, width: width, height: rows)
      timeline = Rect(x: 2, y: caption.maxY, width: width - 4, height: 1)
      // A message temporarily covers the last lines.
      facts = Rect(x: 2, y: height, width: width - 4, height: 0)
      status = facts
      return
    }
    caption = Rect(x: 0, y: 0, width: 0, height: 0)
    let track = height >= 50 ? 4 : (hasLesson ? free : height) >= (hasLesson ? 24 : 16) ? 2 : 1
    let bottom = track + 2
    let gap = height >= 34 ? 1 : 0
    canvas = Rect(x: 1, y: top, width: width - 2, height: height - top - bottom - gap)
    timeline = Rect(x: 2, y: canvas.maxY + gap, width: width - 4, height: track)
    facts = Rect(x: 2, y: timeline.maxY, width: width - 4, height: 1)
    status = Rect(x: 2, y: height - 1, width: width - 4, height: 1)
  }

  /// The minimum width, in columns, at which all fields fit in one line.
  private static let wide = 118
  private static let numbersWidth = 56
  private static let strengthWidth = 17

  var isUsable: Bool { width >= Layout.least.width && height >= Layout.least.height }

  /// The visible fields, in Tab order.
  var panes: [Focus] {
    var panes: [Focus] = [.canvas, .prompt, .negative] + numberColumns.map(\.pane)
    if !choices.isEmpty { panes += choiceColumns.map(\.pane) }
    return panes
  }

  /// The columns of the fields in the numbers' line, from its left end.
  var numberColumns: [(pane: Focus, x: Int, width: Int)] {
    let room = width - 4
    let isNarrow = hasNarrowNumbers
    var widths: [(pane: Focus, width: Int)] = [(.steps, 13), (.guidance, 16)]
    if isNarrow { widths = [(.steps, 12), (.guidance, 13)] }
    let least = 11 + widths.reduce(0) { $0 + $1.width }
    if hasStrength, room >= least + Layout.strengthWidth - 1 {
      widths.append((.strength, Layout.strengthWidth))
    }
    // The seed, which can be long, gets the space that the others leave.
    let others = widths.reduce(0) { $0 + $1.width }
    var columns = [(pane: Focus.seed, x: 0, width: min(27, room + 1 - others))]
    for (pane, width) in widths { columns.append((pane, columns.map(\.width).reduce(0, +), width)) }
    return columns
  }

  /// Whether the fields of seed, steps and guidance have only their minimum width.
  var hasNarrowNumbers: Bool {
    let needed = hasStrength ? Layout.numbersWidth + Layout.strengthWidth + 3 : 59
    return width < needed
  }

  /// The columns of the choices, from their left end; the model only if there is room.
  var choiceColumns: [(pane: Focus, x: Int, width: Int)] {
    let columns: [(pane: Focus, x: Int, width: Int)] = [
      (.sampler, 0, 23), (.spacing, 23, 22), (.model, 45, choices.width - 45),
    ]
    return columns.filter { $0.width >= 12 && $0.x + 12 <= choices.width }
  }

  /// The pane at a position.
  func pane(x: Int, y: Int) -> Focus? {
    if prompt.contains(x: x, y: y) { return promptPane }
    if negative.contains(x: x, y: y) { return .negative }
    if choices.contains(x: x, y: y) {
      return choiceColumns.last { x >= choices.x + $0.x }?.pane
    }
    if numbers.contains(x: x, y: y) {
      return numberColumns.last { x >= numbers.x + $0.x }?.pane
    }
    return canvas.contains(x: x, y: y) ? .canvas : nil
  }

  /// The box of a list over the explorer.
  var picker: Rect {
    let (columns, lines) = (min(width, 92), min(height, max(14, height * 3 / 4)))
    return Rect(
      x: (width - columns) / 2, y: (height - lines) / 2, width: columns, height: lines)
  }

  // MARK: Timeline

  /// The column at which a place of the run begins: its steps, then the final picture.
  func column(of position: Int, steps: Int) -> Int {
    timeline.x + position * timeline.width / (steps + 1)
  }

  /// The place of the run at a column.
  func position(at x: Int, of steps: Int) -> Int {
    guard timeline.width > 0 else { return 0 }
    let place = ((x - timeline.x) * (steps + 1) + timeline.width - 1) / timeline.width
    return max(0, min(steps, column(of: place, steps: steps) > x ? place - 1 : place))
  }
}
