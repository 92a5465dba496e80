import Cells
import Pictures

/// Draws the map of names, into cells and as a picture to save.
struct MapDrawing {
  let finding: PlacesFinding
  /// The prompt being typed.
  let prompt: String
  /// Its position; `nil` while it is being computed.
  let here: PlacesFinding.Place?
  /// The positions of its first words.
  let path: [PlacesFinding.Place]
  /// The path from the previous prompt, and that prompt's position.
  let line: [PlacesFinding.Point]
  let before: PlacesFinding.Place?

  /// Names that may be drawn on the map because they are nearest to the prompt.
  private var nearest: [Int] {
    (here?.nearest.map(\.name) ?? []).filter(finding.names.indices.contains)
  }

  /// Other names that may be drawn on the map, each typical of its surroundings.
  private var landmarks: [Int] {
    let near = Set(nearest)
    return finding.landmarks.filter { finding.names.indices.contains($0) && !near.contains($0) }
  }

  // MARK: Cells

  func draw(in room: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    let side = room.width >= 58 ? 30 : 0
    // If it does not fit beside the map, the legend gets a line below.
    let column = Rect(
      x: room.maxX - side + 2, y: room.y, width: max(0, side - 2), height: room.height)
    let legend = painter.colors == .none ? Legend.none : self.legend(beside: column, room)
    let height = room.height - (legend == .line ? 1 : 0)
    let map = Rect(x: room.x, y: room.y, width: room.width - side, height: height)
    guard map.height > 2, map.width > 2 else { return }
    drawDots(in: map, painter, &buffer)
    drawLabels(in: map, painter, &buffer)
    switch legend {
    case .none: break
    case .line:
      let row = Rect(x: room.x, y: room.maxY - 1, width: room.width, height: 1)
      drawLine(in: row, painter, &buffer)
    case .columns(let count):
      let rows = (finding.groups.count + count - 1) / count
      let place = Rect(x: column.x, y: column.maxY - rows, width: column.width, height: rows)
      drawColumns(count, in: place, painter, &buffer)
    }
    var list = column
    list.height = height
    if case .columns(let count) = legend {
      list.height -= (finding.groups.count + count - 1) / count + 1
    }
    drawNearest(in: list, painter, &buffer)
  }

  /// The cell of a mark.
  private func cell(_ x: Float, _ y: Float, in map: Rect) -> (x: Int, y: Int) {
    func place(_ share: Float, _ count: Int) -> Int {
      share.isFinite ? max(0, min(count - 1, Int(max(0, min(1, share)) * Float(count)))) : 0
    }
    return (map.x + place(x, map.width), map.y + place(y, map.height))
  }

  /// The names as dots, two in each cell, each in the colour of the group with the most names there. A group without a
  /// colour of its own has a cross where it has the cell to itself.
  private func drawDots(in map: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    let half = Rect(x: 0, y: 0, width: map.width, height: 2 * map.height)
    var counts = Array(repeating: [Int: Int](), count: half.width * half.height)
    for name in finding.names {
      let (x, y) = cell(name.x, name.y, in: half)
      counts[y * half.width + x][name.group, default: 0] += 1
    }
    func group(_ x: Int, _ y: Int) -> Int? {
      counts[y * half.width + x].max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
    func color(_ group: Int) -> Color { GroupColors.color(group, painter.theme, painter.colors) }
    let crosses = Set(
      finding.groups.indices.filter {
        GroupColors.glyph($0, painter.theme, painter.colors) == GroupColors.cross
      })
    for y in 0..<map.height {
      for x in 0..<map.width {
        let (upper, lower) = (group(x, 2 * y), group(x, 2 * y + 1))
        guard let first = upper ?? lower else { continue }
        var (glyph, style) = (upper == nil ? "▄" : "▀", painter.text(color(first)))
        if crosses.contains(first), lower == nil || upper == nil || lower == upper {
          glyph = GroupColors.cross
        } else if upper != nil, let lower, painter.colors != .none {
          style.background = color(lower)
        }
        buffer[map.x + x, map.y + y] = Cell(Character(glyph), style)
      }
    }
  }

  /// The marks and the names, none covering another. The prompt gets its space first and is drawn last.
  private func drawLabels(in map: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    let theme = painter.theme
    var places = LabelPlacing(in: map)
    let own = here.map { cell($0.x, $0.y, in: map) }
    var words: (text: String, rect: Rect)?
    if let own {
      // The text has a space at each end, so that it stands out.
      let text = " " + prompt.cut(columns: min(28, map.width / 2)) + " "
      let width = CellWidth.of(text)
      if width > 2, let rect = places.place(width: width, height: 1, at: own.x, own.y, gap: 0) {
        words = (text, rect)
      }
      places.take(Rect(x: own.x, y: own.y, width: 1, height: 1))
    }
    let bold = painter.text(theme.ink, .bold)
    var marks: [(glyph: String, x: Int, y: Int, style: Style)] = []
    func mark(_ glyph: String, _ x: Float, _ y: Float, _ style: Style) {
      let place = cell(x, y, in: map)
      marks.append((glyph, place.x, place.y, style))
      places.take(Rect(x: place.x, y: place.y, width: 1, height: 1))
    }
    for place in path { mark("○", place.x, place.y, painter.text(theme.ink)) }
    for point in line { mark("·", point.x, point.y, bold) }
    if let before { mark("◆", before.x, before.y, bold) }
    // More names would hide the dots, and more nearby names would leave the rest of the map without any.
    let most = max(4, map.width * map.height / 100)
    var count = 0
    for (names, most) in [(nearest, max(2, most / 3)), (landmarks, most)] {
      for name in names.map({ finding.names[$0] }) where count < most {
        let place = cell(name.x, name.y, in: map)
        let width = CellWidth.of(name.text)
        guard let rect = places.place(width: width, height: 1, at: place.x, place.y, gap: 1)
        else { continue }
        count += 1
        buffer.print(name.text, x: rect.x, y: rect.y, painter.text(theme.dim), in: map)
      }
    }
    for mark in marks { buffer.print(mark.glyph, x: mark.x, y: mark.y, mark.style, in: map) }
    guard let own else { return }
    // It is drawn on the accent colour, to distinguish it from the names.
    let ink = theme.isLight ? Color(255, 255, 255) : Color(0, 0, 0)
    let style =
      painter.colors == .none
      ? painter.text(theme.accent, [.bold, .reverse]) : Style(ink, on: theme.accent, .bold)
    buffer.print("●", x: own.x, y: own.y, style, in: map)
    if let words { buffer.print(words.text, x: words.rect.x, y: words.rect.y, style, in: map) }
  }

  /// The nearest names and how similar they are.
  private func drawNearest(in room: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    guard let here, room.width > 10, room.height >= 2 else { return }
    let theme = painter.theme
    buffer.print("nearest names", x: room.x, y: room.y, painter.text(theme.dim), in: room)
    let known = here.nearest.filter { finding.names.indices.contains($0.name) }
    for (index, neighbour) in known.prefix(room.height - 1).enumerated() {
      let y = room.y + 1 + index
      let name = finding.names[neighbour.name]
      let number = neighbour.similarity.fixed(2)
      buffer.print(
        GroupColors.glyph(name.group, theme, painter.colors), x: room.x, y: y,
        painter.text(GroupColors.color(name.group, theme, painter.colors)), in: room)
      let place = Rect(x: room.x + 2, y: y, width: room.width - 8, height: 1)
      let text = name.text.cut(columns: place.width)
      buffer.print(text, x: place.x, y: y, painter.text(theme.ink), in: place)
      buffer.print(number, x: room.maxX - number.count, y: y, painter.text(theme.dim), in: room)
    }
  }

  // MARK: Legend

  /// Where the legend is drawn.
  private enum Legend: Equatable {
    case none
    case line
    case columns(Int)
  }

  private func legend(beside column: Rect, _ room: Rect) -> Legend {
    let count = finding.groups.count
    // The nearest names get at least three rows and a heading, with a blank row below.
    if column.width > 0, column.height >= count + 8 { return .columns(1) }
    if column.width > 0, column.height >= (count + 1) / 2 + 5 { return .columns(2) }
    return room.height >= 5 ? .line : .none
  }

  /// A one-word name for a group.
  private func word(_ group: Int) -> String {
    let name = finding.groups[group]
    return name.range(of: " & ").map { String(name[..<$0.lowerBound]) } ?? name
  }

  private func drawColumns(
    _ count: Int, in room: Rect, _ painter: Painter, _ buffer: inout CellBuffer
  ) {
    let width = room.width / max(1, count)
    for group in finding.groups.indices {
      let x = room.x + group / max(1, room.height) * width
      let y = room.y + group % max(1, room.height)
      drawGroup(
        group, count == 1 ? finding.groups[group] : word(group), x: x, y: y, in: room, painter,
        &buffer)
    }
  }

  /// As many groups as fit: first those of the nearest names, then the largest.
  private func drawLine(in row: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    var sizes = Array(repeating: 0, count: finding.groups.count)
    for name in finding.names where sizes.indices.contains(name.group) { sizes[name.group] += 1 }
    for group in Set(nearest.map { finding.names[$0].group }) where sizes.indices.contains(group) {
      sizes[group] += finding.names.count
    }
    var x = row.x
    for group in finding.groups.indices.sorted(by: { (sizes[$0], $1) > (sizes[$1], $0) }) {
      let text = word(group)
      guard x + 1 + CellWidth.of(text) <= row.maxX else { continue }
      x = drawGroup(group, text, x: x, y: row.y, in: row, gap: 0, painter, &buffer) + 1
    }
  }

  @discardableResult
  private func drawGroup(
    _ group: Int, _ text: String, x: Int, y: Int, in room: Rect, gap: Int = 1, _ painter: Painter,
    _ buffer: inout CellBuffer
  ) -> Int {
    let color = GroupColors.color(group, painter.theme, painter.colors)
    let glyph = GroupColors.glyph(group, painter.theme, painter.colors)
    let end = buffer.print(glyph, x: x, y: y, painter.text(color), in: room)
    return buffer.print(text, x: end + gap, y: y, painter.text(painter.theme.dim), in: room)
  }

  // MARK: Pictures

  private static let side = 512

  /// The map as coloured dots with names, the prompt as a cross with its words, and the legend below.
  var picture: Picture {
    let rows = legendRows
    let map = Rect(x: 0, y: 0, width: Self.side, height: Self.side)
    let height = Self.side + 6 + rows.count * PixelText.lineHeight
    var picture = Picture(
      width: Self.side, height: height,
      pixels: Array(repeating: 16, count: 3 * Self.side * height))
    for name in finding.names {
      let (x, y) = cell(name.x, name.y, in: map)
      picture.fill(
        Rect(x: x, y: y, width: 2, height: 2), GroupColors.color(name.group, .dark, .trueColor))
    }
    var places = LabelPlacing(in: map)
    let white = SIMD3<UInt8>(255, 255, 255)
    if let here {
      let (x, y) = cell(here.x, here.y, in: map)
      let cross = [
        Rect(x: x - 9, y: y - 1, width: 19, height: 3),
        Rect(x: x - 1, y: y - 9, width: 3, height: 19),
      ]
      for arm in cross {
        picture.fill(arm, Color(255, 255, 255))
        places.take(arm)
      }
      write(prompt, at: (x, y), apart: 12, white, &places, &picture)
    }
    for name in (nearest + landmarks).map({ finding.names[$0] }) {
      let place = cell(name.x, name.y, in: map)
      write(name.text, at: place, apart: 3, SIMD3(190, 190, 190), &places, &picture)
    }
    for (index, row) in rows.enumerated() {
      let y = Self.side + 4 + index * PixelText.lineHeight
      for (group, x) in row {
        let color = GroupColors.color(group, .dark, .trueColor)
        picture.fill(Rect(x: x, y: y + 1, width: 5, height: 5), color)
        PixelText.draw(finding.groups[group], x: x + 9, y: y, color: white, into: &picture)
      }
    }
    return picture
  }

  /// The groups in each row of a picture's legend, and the pixel at which each begins.
  private var legendRows: [[(group: Int, x: Int)]] {
    var rows: [[(group: Int, x: Int)]] = []
    var x = Self.side
    for group in finding.groups.indices {
      let width = 9 + PixelText.ascii(finding.groups[group]).count * PixelText.advance
      if x + width > Self.side - 4 {
        rows.append([])
        x = 4
      }
      rows[rows.count - 1].append((group, x))
      x += width + 12
    }
    return rows
  }

  /// Draws a text beside a place if it fits.
  private func write(
    _ text: String, at place: (x: Int, y: Int), apart: Int, _ color: SIMD3<UInt8>,
    _ places: inout LabelPlacing, _ picture: inout Picture
  ) {
    let text = PixelText.lines(text, columns: 40, most: 1).first ?? ""
    guard !text.isEmpty,
      let rect = places.place(
        width: text.count * PixelText.advance, height: 9, at: place.x, place.y - 4, apart: apart,
        gap: 2)
    else { return }
    PixelText.draw(text, x: rect.x, y: rect.y + 1, color: color, into: &picture)
  }
}

extension Picture {
  /// Fills the part of a rectangle that is inside the picture.
  fileprivate mutating func fill(_ rect: Rect, _ color: Color) {
    for y in max(0, rect.y)..<max(0, rect.y, min(height, rect.maxY)) {
      for x in max(0, rect.x)..<max(0, rect.x, min(width, rect.maxX)) {
        let place = 3 * (y * width + x)
        pixels[place] = color.red
        pixels[place + 1] = color.green
        pixels[place + 2] = color.blue
      }
    }
  }
}
