import Cells

/// Finds free space for labels beside their places, so that no label covers another.
struct LabelPlacing {
  private let room: Rect
  private var taken: [Rect] = []

  /// An empty layout for this area.
  init(in room: Rect) { self.room = room }

  /// Keeps labels out of a rectangle.
  mutating func take(_ rect: Rect) { taken.append(rect) }

  /// Reserves space for a label to the right of a place, to its left, below or above it.
  ///
  /// - Parameters:
  ///   - apart: The distance of the label from the place.
  ///   - gap: The space to keep free on both sides of the label.
  /// - Returns: `nil` if there is no room for it.
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
