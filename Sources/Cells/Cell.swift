/// A 24-bit colour.
public struct Color: Sendable, Hashable {
  /// Red, 0 to 255.
  public var red: UInt8
  /// Green, 0 to 255.
  public var green: UInt8
  /// Blue, 0 to 255.
  public var blue: UInt8

  /// A colour with these values.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}

/// How a cell's glyph is drawn besides its colours.
public struct Attributes: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt8

  /// These bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Heavier.
  public static let bold = Attributes(rawValue: 1)
  /// Fainter.
  public static let dim = Attributes(rawValue: 2)
  /// Underlined.
  public static let underline = Attributes(rawValue: 4)
  /// Foreground and background swapped.
  public static let reverse = Attributes(rawValue: 8)
}

/// Colours and attributes of text; a colour that is `nil` is the terminal's own.
public struct Style: Sendable, Hashable {
  /// The glyph's colour.
  public var foreground: Color?
  /// The colour behind it.
  public var background: Color?
  /// Bold, dim, underlined, reversed.
  public var attributes: Attributes

  /// A style with these values.
  public init(
    _ foreground: Color? = nil, on background: Color? = nil, _ attributes: Attributes = []
  ) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }
}

/// One cell of the screen.
public struct Cell: Sendable, Hashable {
  /// Its content: one grapheme; empty in the right half of a wide one.
  public var glyph: Character?
  /// How it is drawn.
  public var style: Style

  /// A cell; a blank one by default.
  public init(_ glyph: Character? = " ", _ style: Style = Style()) {
    self.glyph = glyph
    self.style = style
  }
}

/// A rectangle of cells.
public struct Rect: Sendable, Hashable {
  /// The leftmost column.
  public var x: Int
  /// The topmost row.
  public var y: Int
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A rectangle; negative sizes become 0.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// The column after the last.
  public var maxX: Int { x + width }
  /// The row below the last.
  public var maxY: Int { y + height }
  /// Whether it is empty.
  public var isEmpty: Bool { width == 0 || height == 0 }

  /// Whether the cell at `x`, `y` is inside.
  public func contains(x: Int, y: Int) -> Bool {
    x >= self.x && x < maxX && y >= self.y && y < maxY
  }

  /// The rectangle without a border of `columns` and `rows` on each side.
  public func inset(_ columns: Int, _ rows: Int) -> Rect {
    Rect(x: x + columns, y: y + rows, width: width - 2 * columns, height: height - 2 * rows)
  }

  /// The intersection with another rectangle.
  public func intersection(_ other: Rect) -> Rect {
    let (left, top) = (max(x, other.x), max(y, other.y))
    return Rect(
      x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
  }
}
