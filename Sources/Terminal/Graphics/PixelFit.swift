import Cells
import Pictures

/// The position of a picture within the pixels of its cells: as large as its proportions allow, and centred.
struct PixelFit: Hashable {
  /// The width on the screen.
  let width: Int
  /// The height on the screen.
  let height: Int
  /// The distance from the left edge of the cells.
  let x: Int
  /// The distance from the upper edge of the cells.
  let y: Int

  /// - Parameter largest: The largest width and height, if there is a limit.
  init(_ picture: Picture, in place: Rect, cell: PixelSize, largest: PixelSize? = nil) {
    let (room, rows) = (place.width * cell.width, place.height * cell.height)
    let across = max(1, min(room, largest?.width ?? room))
    let down = max(1, min(rows, largest?.height ?? rows))
    let (pictureWidth, pictureHeight) = (max(1, picture.width), max(1, picture.height))
    if across * pictureHeight <= down * pictureWidth {
      width = across
      height = max(1, (2 * across * pictureHeight + pictureWidth) / (2 * pictureWidth))
    } else {
      width = max(1, (2 * down * pictureWidth + pictureHeight) / (2 * pictureHeight))
      height = down
    }
    (x, y) = (max(0, (room - width) / 2), max(0, (rows - height) / 2))
  }

  /// The picture, reduced if it is larger than that: terminals reduce less well. The terminal enlarges smaller ones.
  func reduced(_ picture: Picture) -> Picture {
    guard width < picture.width || height < picture.height else { return picture }
    return picture.resized(
      width: min(width, picture.width), height: min(height, picture.height))
  }
}
