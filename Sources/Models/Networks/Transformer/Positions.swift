import Foundation

/// The angles by which rotary positions (Su et al. 2021) rotate the channel pairs of a head, `(tokens, dim / 2)` in
/// radians.
enum RotaryAngles {
  /// Frequencies that fall from 1 to just above `1 / base`.
  private static func frequencies(_ count: Int, base: Float) -> [Float] {
    (0..<count).map { index -> Float in 1 / pow(base, Float(index) / Float(count)) }
  }

  /// Positions of tokens in a line, such as those of a text.
  ///
  /// - Parameter dim: Channels of a head, even.
  static func line(tokens: Int, dim: Int, base: Float = 10_000) -> [Float] {
    let frequencies = frequencies(dim / 2, base: base)
    return (0..<tokens).flatMap { token in frequencies.map { Float(token) * $0 } }
  }

  /// Positions in a picture, row by row: half of the pairs are rotated by the row, half by the column.
  ///
  /// - Parameter dim: Channels of a head, a multiple of 4.
  static func grid(height: Int, width: Int, dim: Int, base: Float = 10_000) -> [Float] {
    let frequencies = frequencies(dim / 4, base: base)
    return (0..<height).flatMap { row in
      (0..<width).flatMap { column in
        frequencies.map { Float(row) * $0 } + frequencies.map { Float(column) * $0 }
      }
    }
  }
}

/// Positions as vectors of sines and cosines (Vaswani et al. 2017, section 3.5) in two dimensions, as added to the
/// tokens of a picture in MAE and DiT.
enum SinePositions {
  /// `(height, width, channels)`: sines and cosines of the column, then those of the row.
  ///
  /// - Parameter channels: A multiple of 4.
  static func grid(height: Int, width: Int, channels: Int) -> [Float] {
    let count = channels / 4
    func waves(_ place: Int) -> [Float] {
      let angles = (0..<count).map { index -> Float in
        Float(place) / pow(Float(10_000), Float(index) / Float(count))
      }
      return angles.map { sin($0) } + angles.map { cos($0) }
    }
    let (rows, columns) = ((0..<height).map(waves), (0..<width).map(waves))
    return rows.flatMap { row in columns.flatMap { $0 + row } }
  }
}
