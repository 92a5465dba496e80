/// Decodes or encodes a picture in tiles that overlap by a quarter and are blended at the seams, so that the memory
/// needed does not grow with the picture, like diffusers' `AutoencoderKL.tiled_decode` and `tiled_encode`.
///
/// Each tile is normalised separately, so the result differs slightly from that without tiles.
struct Tiling {
  /// The layout of a latent or a picture.
  struct Layout {
    /// The number of values along the side of one position of the latent: 1 for the latent itself.
    let scale: Int
    /// Channels of each value.
    let channels: Int
  }

  /// The side of a tile in positions of the latent.
  let side: Int
  /// The layout of the input.
  let input: Layout
  /// The layout of the joined output.
  let output: Layout

  /// The distance from one tile to the next, in positions.
  private var pace: Int { side * 3 / 4 }
  /// The number of output values over which two tiles are blended.
  private var overlap: Int { side * output.scale / 4 }

  private struct Tile {
    let height: Int
    let width: Int
    /// `(height, width, output.channels)`.
    var values: [Float]
  }

  /// Whether a latent of this size is larger than a tile.
  func isNeeded(height: Int, width: Int) -> Bool { max(height, width) > side }

  /// The result for the whole, `(h * output.scale, w * output.scale, output.channels)`.
  ///
  /// - Parameters:
  ///   - values: `(h * input.scale, w * input.scale, input.channels)`.
  ///   - height: The height of the latent, h.
  ///   - width: The width of the latent, w.
  ///   - code: Converts a part, given its values and its height and width in positions.
  func result(
    _ values: [Float], height: Int, width: Int, code: ([Float], Int, Int) throws -> [Float]
  ) rethrows -> [Float] {
    var result = [Float](
      repeating: 0, count: height * width * output.scale * output.scale * output.channels)
    var above: [Tile] = []
    for top in stride(from: 0, to: height, by: pace) {
      var row: [Tile] = []
      for left in stride(from: 0, to: width, by: pace) {
        let (h, w) = (min(side, height - top), min(side, width - left))
        let part = cut(values, top: top, left: left, height: h, width: w, of: width)
        var tile = Tile(
          height: h * output.scale, width: w * output.scale, values: try code(part, h, w))
        if top > 0 { blend(&tile, below: above[row.count]) }
        if let before = row.last { blend(&tile, behind: before) }
        copy(tile, to: &result, top: top, left: left, of: width)
        row.append(tile)
      }
      above = row
    }
    return result
  }

  /// A part of the input, in positions.
  private func cut(
    _ values: [Float], top: Int, left: Int, height: Int, width: Int, of whole: Int
  ) -> [Float] {
    let (scale, channels) = (input.scale, input.channels)
    var part: [Float] = []
    part.reserveCapacity(height * width * scale * scale * channels)
    for y in (top * scale)..<((top + height) * scale) {
      let start = (y * whole + left) * scale * channels
      part += values[start..<(start + width * scale * channels)]
    }
    return part
  }

  private func blend(_ tile: inout Tile, below other: Tile) {
    let extent = min(overlap, tile.height, other.height)
    let count = tile.width * output.channels
    for y in 0..<extent {
      let share = Float(y) / Float(extent)
      let (from, to) = ((other.height - extent + y) * count, y * count)
      for index in 0..<count {
        tile.values[to + index] =
          other.values[from + index] * (1 - share) + tile.values[to + index] * share
      }
    }
  }

  private func blend(_ tile: inout Tile, behind other: Tile) {
    let extent = min(overlap, tile.width, other.width)
    let channels = output.channels
    for y in 0..<tile.height {
      for x in 0..<extent {
        let share = Float(x) / Float(extent)
        let from = (y * other.width + other.width - extent + x) * channels
        let to = (y * tile.width + x) * channels
        for channel in 0..<channels {
          tile.values[to + channel] =
            other.values[from + channel] * (1 - share) + tile.values[to + channel] * share
        }
      }
    }
  }

  /// Copies the part of a tile that is not blended with a later tile; its position and the whole's width are in
  /// positions of the latent.
  private func copy(
    _ tile: Tile, to result: inout [Float], top: Int, left: Int, of whole: Int
  ) {
    let (scale, channels) = (output.scale, output.channels)
    let rows = min(tile.height, pace * scale)
    let count = min(tile.width, pace * scale) * channels
    for y in 0..<rows {
      let from = y * tile.width * channels
      let to = ((top * scale + y) * whole + left) * scale * channels
      result.replaceSubrange(to..<(to + count), with: tile.values[from..<(from + count)])
    }
  }
}
