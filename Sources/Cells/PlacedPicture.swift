import Pictures

/// A picture that a terminal is to show as pixels, and the cells that it takes.
public struct PlacedPicture: Sendable, Hashable {
  /// The picture, of any size: it is scaled to fit its cells and keeps its proportions.
  public let picture: Picture
  /// Its cells.
  public let place: Rect
}

extension CellBuffer {
  /// Marks cells as those of a picture; see ``PicturePlaceholder``. What is drawn there later covers the picture.
  ///
  /// The colour of a cell is the picture's number in ``pictures``; its background is unchanged and visible where the
  /// picture's proportions leave space.
  mutating func put(_ picture: Picture, in place: Rect) {
    let number = pictures.count
    guard let high = UInt8(exactly: number >> 8) else { return }
    pictures.append(PlacedPicture(picture: picture, place: place))
    let color = Color(0, high, UInt8(truncatingIfNeeded: number))
    for row in 0..<place.height {
      for column in 0..<place.width {
        let (x, y) = (place.x + column, place.y + row)
        guard let glyph = PicturePlaceholder.glyph(row: row, column: column) else { continue }
        self[x, y] = Cell(glyph, Style(color, on: self[x, y].style.background))
      }
    }
  }

  /// The number in ``pictures`` of the picture that is visible in a cell; `nil` if there is none.
  public func picture(x: Int, y: Int) -> Int? {
    guard !pictures.isEmpty, bounds.contains(x: x, y: y) else { return nil }
    let cell = cells[y * width + x]
    guard PicturePlaceholder.isOne(cell.glyph), let color = cell.style.foreground, color.red == 0
    else { return nil }
    let number = Int(color.green) << 8 | Int(color.blue)
    // The glyph may also be part of a text.
    guard number < pictures.count, pictures[number].place.contains(x: x, y: y) else { return nil }
    return number
  }

  /// How many cells of each picture are visible.
  public var visiblePictureCells: [Int] {
    var counts = Array(repeating: 0, count: pictures.count)
    for y in 0..<(pictures.isEmpty ? 0 : height) {
      for x in 0..<width {
        if let number = picture(x: x, y: y) { counts[number] += 1 }
      }
    }
    return counts
  }

  /// The buffer with some of its pictures drawn in cells, where they are visible.
  ///
  /// - Parameters:
  ///   - numbers: Which pictures; all of them if `nil`.
  ///   - art: How they are drawn; not as pixels.
  public func drawingPictures(_ numbers: Set<Int>? = nil, with art: CellArt) -> CellBuffer {
    var result = self
    for (number, placed) in pictures.enumerated() where numbers?.contains(number) != false {
      let place = placed.place.intersection(bounds)
      var drawn = self
      for y in place.y..<place.maxY {
        for x in place.x..<place.maxX {
          drawn[x, y] = Cell(" ", Style(on: self[x, y].style.background))
        }
      }
      art.draw(placed.picture, in: placed.place, fills: true, into: &drawn)
      for y in place.y..<place.maxY {
        for x in place.x..<place.maxX where picture(x: x, y: y) == number {
          result[x, y] = drawn[x, y]
        }
      }
    }
    return result
  }
}
