/// A picture decoded in tiles that overlap by a quarter, whose seams are blended, so that the memory it takes does not
/// grow with the picture: as diffusers' `AutoencoderKL.tiled_decode` does it.
///
/// Each tile is normalised for itself, so the result is not quite that of the whole.
struct TiledDecoding {
  /// Places of the latent along the side of a tile.
  let side: Int
  /// Pixels along the side of a place.
  let scale: Int

  /// Places from one tile to the next.
  private var pace: Int { side * 3 / 4 }
  /// Pixels over which two tiles are blended.
  private var overlap: Int { side * scale / 4 }

  private struct Tile {
    let height: Int
    let width: Int
    /// `(height, width, 3)`.
    var pixels: [Float]
  }

  /// Whether a latent of this size is larger than a tile.
  func isNeeded(height: Int, width: Int) -> Bool { max(height, width) > side }

  /// The picture `(h * scale, w * scale, 3)` of a latent `(h, w, C)`.
  ///
  /// - Parameter decode: Gives the picture of a part, from its values, height and width.
  func picture(
    _ latent: [Float], height: Int, width: Int, channels: Int,
    decode: ([Float], Int, Int) throws -> [Float]
  ) rethrows -> [Float] {
    var result = [Float](repeating: 0, count: height * width * scale * scale * 3)
    var above: [Tile] = []
    for top in stride(from: 0, to: height, by: pace) {
      var row: [Tile] = []
      for left in stride(from: 0, to: width, by: pace) {
        let (h, w) = (min(side, height - top), min(side, width - left))
        var part: [Float] = []
        for y in top..<(top + h) {
          part += latent[((y * width + left) * channels)..<((y * width + left + w) * channels)]
        }
        var tile = Tile(
          height: h * scale, width: w * scale, pixels: try decode(part, h, w))
        if top > 0 { blend(&tile, below: above[row.count]) }
        if let before = row.last { blend(&tile, behind: before) }
        copy(tile, to: &result, top: top * scale, left: left * scale, width: width * scale)
        row.append(tile)
      }
      above = row
    }
    return result
  }

  private func blend(_ tile: inout Tile, below other: Tile) {
    let extent = min(overlap, tile.height, other.height)
    let count = tile.width * 3
    for y in 0..<extent {
      let share = Float(y) / Float(extent)
      let (from, to) = ((other.height - extent + y) * count, y * count)
      for index in 0..<count {
        tile.pixels[to + index] =
          other.pixels[from + index] * (1 - share) + tile.pixels[to + index] * share
      }
    }
  }

  private func blend(_ tile: inout Tile, behind other: Tile) {
    let extent = min(overlap, tile.width, other.width)
    for y in 0..<tile.height {
      for x in 0..<extent {
        let share = Float(x) / Float(extent)
        let (from, to) = (
          (y * other.width + other.width - extent + x) * 3, (y * tile.width + x) * 3
        )
        for colour in 0..<3 {
          tile.pixels[to + colour] =
            other.pixels[from + colour] * (1 - share) + tile.pixels[to + colour] * share
        }
      }
    }
  }

  /// The part of a tile that no later one is blended with.
  private func copy(_ tile: Tile, to result: inout [Float], top: Int, left: Int, width: Int) {
    let (rows, columns) = (
      min(tile.height, pace * scale), min(tile.width, pace * scale)
    )
    for y in 0..<rows {
      let (from, to) = (y * tile.width * 3, ((top + y) * width + left) * 3)
      result.replaceSubrange(
        to..<(to + columns * 3), with: tile.pixels[from..<(from + columns * 3)])
    }
  }
}
