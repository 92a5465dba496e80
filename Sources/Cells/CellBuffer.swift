/// A screenful of cells, into which views draw and which a screen displays.
public struct CellBuffer: Sendable, Hashable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// The cells, row by row.
  public private(set) var cells: [Cell]
  /// The pictures to which some of the cells belong; see ``picture(x:y:)``.
  public internal(set) var pictures: [PlacedPicture] = []
  /// The position of the terminal's cursor, if it is shown.
  public var cursor: (x: Int, y: Int)? {
    get { cursorPlace.map { ($0 % max(1, width), $0 / max(1, width)) } }
    set {
      cursorPlace = newValue.flatMap {
        bounds.contains(x: $0.x, y: $0.y) ? $0.y * width + $0.x : nil
      }
    }
  }
  private var cursorPlace: Int?

  /// A buffer of blank cells.
  public init(width: Int, height: Int, style: Style = Style()) {
    self.width = max(0, width)
    self.height = max(0, height)
    cells = Array(repeating: Cell(" ", style), count: self.width * self.height)
  }

  /// The whole buffer.
  public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

  /// The cell at a position; writing outside the buffer does nothing, and reading there returns a blank.
  public subscript(x: Int, y: Int) -> Cell {
    get { bounds.contains(x: x, y: y) ? cells[y * width + x] : Cell() }
    set { if bounds.contains(x: x, y: y) { cells[y * width + x] = newValue } }
  }

  /// Sets every cell of a rectangle.
  public mutating func fill(_ rect: Rect, with cell: Cell) {
    let rect = rect.intersection(bounds)
    for y in rect.y..<rect.maxY { for x in rect.x..<rect.maxX { self[x, y] = cell } }
  }

  /// Writes text from `x`, `y` to the right, up to the end of `clip`.
  ///
  /// A wide character takes two cells and is left out if only one is free.
  ///
  /// - Returns: The column after the text.
  @discardableResult
  public mutating func print(
    _ text: String, x: Int, y: Int, _ style: Style = Style(), in clip: Rect? = nil
  ) -> Int {
    let clip = (clip ?? bounds).intersection(bounds)
    var x = x
    guard y >= clip.y, y < clip.maxY else { return x }
    for character in text {
      if character.isASCII {
        guard CellWidth.of(character) > 0 else { continue }
        guard put(character, columns: 1, &x, y, style, clip) else { return x }
        continue
      }
      for (glyph, columns) in CellWidth.glyphs(of: character) {
        guard put(glyph, columns: columns, &x, y, style, clip) else { return x }
      }
    }
    return x
  }

  /// Writes a glyph into its cells and moves past it; false if there is no room for it.
  private mutating func put(
    _ glyph: Character, columns: Int, _ x: inout Int, _ y: Int, _ style: Style, _ clip: Rect
  ) -> Bool {
    guard x + columns <= clip.maxX else { return false }
    if x >= clip.x {
      self[x, y] = Cell(glyph, style)
      if columns == 2 { self[x + 1, y] = Cell(nil, style) }
    }
    x += columns
    return true
  }

  /// The cells of a rectangle.
  public func part(_ rect: Rect) -> CellBuffer {
    var part = CellBuffer(width: rect.width, height: rect.height)
    for y in 0..<part.height {
      for x in 0..<part.width { part[x, y] = self[rect.x + x, rect.y + y] }
    }
    part.pictures = pictures.map { placed in
      let place = placed.place
      return PlacedPicture(
        picture: placed.picture,
        place: Rect(
          x: place.x - rect.x, y: place.y - rect.y, width: place.width, height: place.height))
    }
    return part
  }

  /// Only the glyphs, one line for each row.
  public var text: String {
    (0..<height).map { y in
      String((0..<width).compactMap { self[$0, y].glyph })
    }.joined(separator: "\n")
  }
}
