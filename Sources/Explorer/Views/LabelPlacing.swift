import Cells

/// Finds room for labels beside their places, so that none lies over another.
struct LabelPlacing {
  private let room: Rect
  private var taken: [Rect] = []

  /// No labels yet in this room.
  init(in room: Rect) { self.room = room }

  /// Keeps labels out of a rectangle.
  mutating func take(_ rect: Rect) { taken.append(rect) }

  /// Takes the room for a label at the right of a place, at its left, below or above it.
  ///
  /// - Parameters:
  ///   - apart: How far from the place it begins.
  ///   - gap: What stays free on both sides of it.
  /// - Returns: `nil` where it fits nowhere.
  mutating func place(
    width: Int, height: Int, at x: Int, _ y: Int, apart: Int = 1, gap: Int
  ) -> Rect? {
    let away = height + apart - 1
    let choices = [
      (x + apart, y), (x - apart + 1 - width, y), (x - width / 2, y + away),
      (x - width / 2, y - away),
    ]
    for (left, top) in choices {
      let rect = Rect(x: left, y: top, width: width, height: height)
      guard left >= room.x, rect.maxX <= room.maxX, top >= room.y, rect.maxY <= room.maxY
      else { continue }
      let wide = Rect(x: left - gap, y: top, width: width + 2 * gap, height: height)
      if taken.contains(where: { !$0.intersection(wide).isEmpty }) { continue }
      taken.append(rect)
      return rect
    }
    return nil
  }
}
