import Cells
import Pictures

/// Writes the pictures of frames over their cells, as sixel or inline images: they are sent again whenever something on
/// the screen may have damaged them.
///
/// A partly covered picture is drawn in cells instead.
struct PaintedWriter {
  private let isSixel: Bool
  /// The pictures that are completely visible on the screen.
  private var shown: [PlacedPicture] = []

  /// - Parameter isSixel: Whether to write sixel images; otherwise inline images.
  init(isSixel: Bool) { self.isSixel = isSixel }

  /// The numbers of the pictures that must be drawn in cells: those that are partly covered, those in the last row,
  /// where the screen would scroll, and all of them if they must be one image and it is too large.
  func unpaintable(_ buffer: CellBuffer, _ facts: PixelFacts) -> Set<Int> {
    let cells = buffer.visiblePictureCells
    let visible = buffer.pictures.indices.filter { cells[$0] > 0 }
    if isSixel, facts.paintsTogether, visible.count > 1, let largest = facts.largestSixel {
      let places = visible.map { buffer.pictures[$0].place }
      let across = (places.map(\.maxX).max() ?? 0) - (places.map(\.x).min() ?? 0)
      let down = (places.map(\.maxY).max() ?? 0) - (places.map(\.y).min() ?? 0)
      if across * facts.cell.width > largest.width || down * facts.cell.height > largest.height {
        return Set(visible)
      }
    }
    let numbers = buffer.pictures.indices.filter { number in
      let place = buffer.pictures[number].place
      return cells[number] > 0
        && (cells[number] < place.width * place.height || place.maxY >= buffer.height)
    }
    return Set(numbers)
  }

  /// Forgets what is on the screen.
  mutating func forget() { shown = [] }

  /// The bytes for a frame in which no picture is partly covered.
  ///
  /// - Parameters:
  ///   - isNew: Whether the screen shows nothing of the last frame any longer.
  ///   - touched: The rows that ncurses wrote to.
  mutating func bytes(
    _ buffer: CellBuffer, isNew: Bool, touched: [Bool], facts: PixelFacts
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    let cells = buffer.visiblePictureCells
    let placed = buffer.pictures.enumerated().filter { cells[$0.offset] > 0 }.map(\.element)
    var damaged: [PlacedPicture] = []
    for picture in placed {
      let place = picture.place
      let isTouched =
        isNew || (place.y..<place.maxY).contains { !touched.indices.contains($0) || touched[$0] }
      if !isTouched, shown.contains(picture) { continue }
      // A picture of the same proportions completely covers the one before.
      let covers = shown.contains {
        $0.place == place
          && $0.picture.width * picture.picture.height == $0.picture.height * picture.picture.width
      }
      if isTouched || !covers { bytes += blanks(place, in: buffer) }
      damaged.append(picture)
    }
    shown = placed
    guard !damaged.isEmpty else { return [] }
    if isSixel, facts.paintsTogether { return bytes + sixel(placed, facts) }
    for picture in damaged {
      bytes += isSixel ? sixel([picture], facts) : inlineImage(picture, facts)
    }
    return bytes
  }

  private func blanks(_ place: Rect, in buffer: CellBuffer) -> [UInt8] {
    var text = ""
    for y in place.y..<place.maxY {
      let background = buffer[place.x, y].style.background
      text += "\u{1b}[\(y + 1);\(place.x + 1)H\u{1b}[0"
      if let background {
        text += ";48;2;\(background.red);\(background.green);\(background.blue)"
      }
      text += "m\u{1b}[\(place.width)X"
    }
    return Array(text.utf8)
  }

  private func inlineImage(_ placed: PlacedPicture, _ facts: PixelFacts) -> [UInt8] {
    let place = placed.place
    return Array("\u{1b}[\(place.y + 1);\(place.x + 1)H".utf8)
      + InlineImage.encode(
        InlineImage.reduced(placed.picture, in: place, facts), columns: place.width,
        rows: place.height, isInTmux: facts.isInTmux)
  }

  /// One image of several pictures. It begins at the corner of a cell.
  private func sixel(_ pictures: [PlacedPicture], _ facts: PixelFacts) -> [UInt8] {
    let cell = facts.cell
    // Less than one cell is left unpainted before the first picture, across and down.
    let largest = facts.largestSixel.flatMap {
      PixelSize(width: $0.width - cell.width, height: $0.height - cell.height)
    }
    let fits = pictures.map { placed in
      PixelFit(placed.picture, in: placed.place, cell: cell, largest: largest)
    }
    let corners = zip(pictures, fits).map { placed, fit in
      (x: placed.place.x * cell.width + fit.x, y: placed.place.y * cell.height + fit.y)
    }
    let column = (corners.map(\.x).min() ?? 0) / cell.width
    let row = (corners.map(\.y).min() ?? 0) / cell.height
    let tiles = pictures.indices.compactMap { index in
      Sixel.Tile(
        pictures[index].picture, x: corners[index].x - column * cell.width,
        y: corners[index].y - row * cell.height, width: fits[index].width,
        height: fits[index].height)
    }
    return Array("\u{1b}[\(row + 1);\(column + 1)H".utf8)
      + Sixel.encode(tiles, colors: facts.sixelColors)
  }
}

extension InlineImage {
  /// The picture, reduced to the pixels of its cells; terminals count those of screens with fine pixels by half.
  static func reduced(_ picture: Picture, in place: Rect, _ facts: PixelFacts) -> Picture {
    let fine = PixelSize(width: 2 * facts.cell.width, height: 2 * facts.cell.height)
    return PixelFit(picture, in: place, cell: fine ?? facts.cell).reduced(picture)
  }
}
