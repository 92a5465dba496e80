import Pictures

extension TaughtPictures {
  /// A training picture and its distance from another picture.
  package struct Neighbour: Sendable, Hashable {
    /// Its index in ``TaughtPictures/names``.
    package let index: Int
    /// What it shows.
    package let name: String
    /// The root mean square difference of encoded values, 0 to 1.
    package let distance: Double
  }

  /// The training pictures nearest to a picture, the nearest first.
  ///
  /// The picture is reduced to 32x32 by area averages in linear light; a picture that is not square is placed on white.
  /// Encoded values are compared, which are nearly uniform perceptually. The comparison takes the nearest of the
  /// picture, its mirror image, and both moved by up to one pixel across and down.
  ///
  /// - Parameters:
  ///   - picture: A picture of any size; for one without pixels, the result is empty.
  ///   - count: The number of pictures.
  package func nearest(to picture: Picture, count: Int) -> [Neighbour] {
    guard count > 0, let values = Self.fitted(picture) else { return [] }
    let ways = Self.ways(of: values)
    var bounds: [Float] = []
    bounds.reserveCapacity(names.count * Self.wayCount)
    var least = [Float](repeating: .infinity, count: names.count)
    for index in names.indices {
      for way in 0..<Self.wayCount {
        let bound = vectors.bound(index, ways, way)
        bounds.append(bound)
        least[index] = min(least[index], bound)
      }
    }
    // Likely candidates come first, so that most others can be excluded early.
    let order = names.indices.sorted { least[$0] < least[$1] }
    var best: [(index: Int, square: Float)] = []
    for index in order {
      let limit = best.count < count ? .infinity : best[best.count - 1].square
      guard least[index] < limit else { break }
      var square = limit
      for way in 0..<Self.wayCount where bounds[index * Self.wayCount + way] < square {
        square = min(square, vectors.square(index, ways, way, below: square))
      }
      guard square < limit else { continue }
      best.insert((index, square), at: best.firstIndex { $0.square > square } ?? best.count)
      if best.count > count { best.removeLast() }
    }
    let valueCount = Double(Self.side * Self.side * 3)
    return best.map { index, square in
      Neighbour(
        index: index, name: names[index],
        distance: (Double(square) / valueCount).squareRoot() / 255)
    }
  }

  /// The values of a picture at 32x32, `(32, 32, 3)`.
  private static func fitted(_ picture: Picture) -> [UInt8]? {
    let longest = max(picture.width, picture.height)
    guard picture.width > 0, picture.height > 0 else { return nil }
    let small = picture.resized(
      width: max(1, side * picture.width / longest),
      height: max(1, side * picture.height / longest))
    if small.width == side, small.height == side { return small.pixels }
    var values = [UInt8](repeating: 255, count: side * side * 3)
    let (left, top) = ((side - small.width) / 2, (side - small.height) / 2)
    for row in 0..<small.height {
      let (start, from) = (((top + row) * side + left) * 3, row * small.width * 3)
      values.replaceSubrange(
        start..<(start + small.width * 3), with: small.pixels[from..<(from + small.width * 3)])
    }
    return values
  }

  /// Ways to compare a picture with another: mirrored or not, and moved by up to a pixel.
  private static let wayCount = 18

  /// A picture in every way; edge pixels fill the uncovered area.
  private static func ways(of values: [UInt8]) -> PixelVectors {
    var ways = PixelVectors()
    for isMirrored in [false, true] {
      for down in -1...1 {
        for right in -1...1 {
          var moved: [UInt8] = []
          moved.reserveCapacity(values.count)
          for y in 0..<side {
            let line = max(0, min(side - 1, y - down))
            for x in 0..<side {
              let column = max(0, min(side - 1, x - right))
              let place = (line * side + (isMirrored ? side - 1 - column : column)) * 3
              for channel in 0..<3 { moved.append(values[place + channel]) }
            }
          }
          ways.append(moved)
        }
      }
    }
    return ways
  }
}
