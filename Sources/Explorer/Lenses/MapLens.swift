import Cells
import Pictures

/// Where prompts lie among the names that the model was taught.
public struct PlacesFinding: Sendable, Hashable {
  /// A name on the map.
  public struct Name: Sendable, Hashable {
    /// From the left, 0 to 1.
    public var x: Float
    /// From the top, 0 to 1.
    public var y: Float
    /// Its group's number.
    public var group: Int

    /// A name of a group in a place.
    public init(x: Float, y: Float, group: Int) { (self.x, self.y, self.group) = (x, y, group) }
  }

  /// A place on the map.
  public struct Point: Sendable, Hashable {
    /// From the left, 0 to 1.
    public var x: Float
    /// From the top, 0 to 1.
    public var y: Float

    /// A place.
    public init(x: Float, y: Float) { (self.x, self.y) = (x, y) }
  }

  /// A name near a prompt.
  public struct Neighbour: Sendable, Hashable {
    /// The name.
    public var text: String
    /// The cosine of the angle between the two embeddings.
    public var similarity: Float
    /// Its group's number.
    public var group: Int

    /// A name that is so similar.
    public init(text: String, similarity: Float, group: Int) {
      (self.text, self.similarity, self.group) = (text, similarity, group)
    }
  }

  /// A prompt on the map.
  public struct Place: Sendable, Hashable {
    /// From the left, 0 to 1.
    public var x: Float
    /// From the top, 0 to 1.
    public var y: Float
    /// The names nearest to it, the nearest first.
    public var nearest: [Neighbour]

    /// A place with its nearest names.
    public init(x: Float, y: Float, nearest: [Neighbour]) {
      (self.x, self.y, self.nearest) = (x, y, nearest)
    }
  }

  /// All names.
  public var names: [Name]
  /// What the groups are called.
  public var groups: [String]
  /// The prompts asked for, in their order.
  public var places: [Place]
  /// The way from the first of two prompts to the second: places of the embeddings between.
  public var line: [Point]

  /// Prompts among these names.
  public init(
    names: [Name], groups: [String], places: [Place], line: [Point] = []
  ) {
    (self.names, self.groups, self.places, self.line) = (names, groups, places, line)
  }
}

/// The map of names, and on it the prompt as it is typed: its path word by word, and the line to the prompt before.
struct MapLens: Lens {
  static let id = "map"
  init(opening explorer: Explorer) {}

  /// The prompt as it is now.
  private func now(_ explorer: Explorer) -> Study { .places([explorer.prompt.text]) }

  /// The prompt word by word, as many as can be told apart.
  private func path(_ explorer: Explorer) -> [Study] {
    let words = explorer.prompt.text.split(separator: " ").prefix(12)
    return (1..<max(1, words.count)).map { .places([words.prefix($0).joined(separator: " ")]) }
  }

  /// The way from the prompt before to the one that is typed.
  private func line(_ explorer: Explorer) -> Study? {
    guard let before = explorer.promptBefore, before != explorer.prompt.text else { return nil }
    return .places([before, explorer.prompt.text])
  }

  func questions(in explorer: Explorer) -> [Study] {
    [now(explorer)] + path(explorer) + [line(explorer)].compactMap { $0 }
  }

  private func finding(_ study: Study?, _ explorer: Explorer) -> PlacesFinding? {
    guard let study, case .places(let found) = explorer.findings[study] else { return nil }
    return found
  }

  func hints(in explorer: Explorer) -> [Hint] {
    explorer.keymap.hints([(.edit(.prompt), "type another prompt")]) + [("enter", "run it")]
  }

  func contents(in explorer: Explorer) -> LensContents {
    LensContents(
      "Each dot is a name that the embedded model was taught; similar meanings lie close together. ● is the prompt, ○ its first words, ◆ the prompt before."
    )
  }

  func draw(in explorer: Explorer, _ canvas: Rect, _ buffer: inout CellBuffer) {
    let theme = explorer.theme
    let sentence = contents(in: explorer).sentence
    let wanted = Explorer.wrapped(sentence, columns: canvas.width - 2).count
    let said =
      explorer.lesson != nil && canvas.height < 20
      ? 0 : max(1, min(canvas.height / 6, wanted))
    explorer.drawLines(
      sentence, in: Rect(x: canvas.x + 1, y: canvas.y, width: canvas.width - 2, height: said),
      theme.text(theme.ink), &buffer)
    let side = canvas.width >= 60 ? 30 : 0
    let map = Rect(
      x: canvas.x + 1, y: canvas.y + said, width: canvas.width - side - 2,
      height: canvas.height - said)
    guard map.height > 2, let finding = finding(now(explorer), explorer) ?? explorer.lastPlaces
    else { return }
    drawDots(finding, in: map, explorer, &buffer)
    let here = self.finding(now(explorer), explorer)?.places.first
    for study in path(explorer) {
      guard let place = self.finding(study, explorer)?.places.first else { continue }
      put("○", place.x, place.y, in: map, theme.text(theme.ink), &buffer)
    }
    if let line = self.finding(line(explorer), explorer) {
      for point in line.line {
        put("·", point.x, point.y, in: map, theme.text(theme.ink, .bold), &buffer)
      }
      if let before = line.places.first {
        put("◆", before.x, before.y, in: map, theme.text(theme.ink, .bold), &buffer)
      }
    }
    if let here {
      // On the accent, so that it is told from the names.
      let ground = theme.accent
      let ink = theme.isLight ? Color(255, 255, 255) : Color(0, 0, 0)
      let mark =
        explorer.colors == .none
        ? theme.text(theme.accent, [.bold, .reverse]) : Style(ink, on: ground, .bold)
      put("●", here.x, here.y, in: map, mark, &buffer)
      drawNearest(here, finding, beside: map, side, explorer, &buffer)
    }
  }

  private func put(
    _ mark: String, _ x: Float, _ y: Float, in map: Rect, _ style: Style, _ buffer: inout CellBuffer
  ) {
    let column = map.x + min(map.width - 1, max(0, Int(x * Float(map.width))))
    let row = map.y + min(map.height - 1, max(0, Int(y * Float(map.height))))
    buffer.print(mark, x: column, y: row, style, in: map)
  }

  /// The names as dots, two to a cell, in the colour of the group that most of a dot belong to.
  private func drawDots(
    _ finding: PlacesFinding, in map: Rect, _ explorer: Explorer, _ buffer: inout CellBuffer
  ) {
    let lines = 2 * map.height
    var counts = Array(repeating: [Int: Int](), count: map.width * lines)
    for name in finding.names {
      let x = min(map.width - 1, max(0, Int(name.x * Float(map.width))))
      let y = min(lines - 1, max(0, Int(name.y * Float(lines))))
      counts[y * map.width + x][name.group, default: 0] += 1
    }
    let colors = MapLens.colors(isLight: explorer.theme.isLight)
    func color(_ x: Int, _ y: Int) -> Color? {
      let most = counts[y * map.width + x].max { ($0.value, $1.key) < ($1.value, $0.key) }
      return most.map { colors[$0.key % colors.count] }
    }
    for y in 0..<map.height {
      for x in 0..<map.width {
        let (upper, lower) = (color(x, 2 * y), color(x, 2 * y + 1))
        guard let ink = upper ?? lower else { continue }
        var style = explorer.theme.text(ink)
        if upper != nil, let lower, explorer.colors != .none { style.background = lower }
        buffer[map.x + x, map.y + y] = Cell(upper == nil ? "▄" : "▀", style)
      }
    }
  }

  /// The nearest names and how similar they are, and what the colours mean.
  private func drawNearest(
    _ here: PlacesFinding.Place, _ finding: PlacesFinding, beside map: Rect, _ side: Int,
    _ explorer: Explorer, _ buffer: inout CellBuffer
  ) {
    guard side > 0 else { return }
    let theme = explorer.theme
    let room = Rect(x: map.maxX + 2, y: map.y, width: side - 2, height: map.height)
    let colors = MapLens.colors(isLight: theme.isLight)
    buffer.print("nearest names", x: room.x, y: room.y, theme.text(theme.dim), in: room)
    let hasLegend = room.height >= finding.groups.count + 8
    let rows = room.height - 1 - (hasLegend ? finding.groups.count + 1 : 0)
    for (index, name) in here.nearest.prefix(rows).enumerated() {
      let y = room.y + 1 + index
      let number = Explorer.fixed(Double(name.similarity), 2)
      buffer.print("●", x: room.x, y: y, theme.text(colors[name.group % colors.count]), in: room)
      let place = Rect(x: room.x + 2, y: y, width: room.width - 8, height: 1)
      let isCut = CellWidth.of(name.text) > place.width
      let text = isCut ? CellWidth.prefix(name.text, columns: place.width - 1) + "…" : name.text
      buffer.print(text, x: place.x, y: y, theme.text(theme.ink), in: place)
      buffer.print(number, x: room.maxX - number.count, y: y, theme.text(theme.dim), in: room)
    }
    guard hasLegend else { return }
    for (index, group) in finding.groups.enumerated() {
      let y = room.maxY - finding.groups.count + index
      buffer.print("●", x: room.x, y: y, theme.text(colors[index % colors.count]), in: room)
      buffer.print(group, x: room.x + 2, y: y, theme.text(theme.dim), in: room)
    }
  }

  /// Colours that can be told apart, also by most who see few of them; darker on light backgrounds.
  private static func colors(isLight: Bool) -> [Color] {
    let bright: [(UInt8, UInt8, UInt8)] = [
      (86, 180, 233), (230, 159, 0), (0, 158, 115), (240, 228, 66), (213, 94, 0), (204, 121, 167),
      (148, 148, 255), (140, 200, 80), (200, 200, 200), (255, 130, 130), (120, 220, 220),
    ]
    return bright.map { red, green, blue in
      isLight
        ? Color(UInt8(Int(red) * 5 / 8), UInt8(Int(green) * 5 / 8), UInt8(Int(blue) * 5 / 8))
        : Color(red, green, blue)
    }
  }

  func note(in explorer: Explorer) -> String { explorer.prompt.text }

  /// The map is of what stands in the field, which need not be what was run.
  mutating func restore(_ note: String, in explorer: inout Explorer) {
    if !note.isEmpty { explorer.prompt.replace(with: note) }
  }

  /// The map as dots of colour, the prompt a cross.
  func picture(in explorer: Explorer) -> Picture? {
    guard let finding = finding(now(explorer), explorer) else { return nil }
    let side = 512
    var picture = Picture(
      width: side, height: side, pixels: Array(repeating: 16, count: 3 * side * side))
    func dot(_ x: Float, _ y: Float, _ color: Color, reach: ClosedRange<Int>, isCross: Bool = false)
    {
      for dy in reach {
        for dx in reach where !isCross || dx == 0 || dy == 0 {
          let column = Int(x * Float(side - 1)) + dx
          let row = Int(y * Float(side - 1)) + dy
          guard (0..<side).contains(column), (0..<side).contains(row) else { continue }
          let place = 3 * (row * side + column)
          picture.pixels.replaceSubrange(
            place..<(place + 3), with: [color.red, color.green, color.blue])
        }
      }
    }
    let colors = MapLens.colors(isLight: false)
    for name in finding.names {
      dot(name.x, name.y, colors[name.group % colors.count], reach: 0...1)
    }
    for place in finding.places {
      dot(place.x, place.y, Color(255, 255, 255), reach: -9...9, isCross: true)
    }
    return picture
  }
}
