/// A contact sheet whose rows and columns have labels.
package struct LabelledSheet: Sendable {
  private let cell: PictureSize
  private let rows: [[String]]
  private let columns: [[String]]
  private let scale: Int

  /// The maximum number of letters in a line of a row's label, and of lines in a column's label.
  private static let (mostLetters, mostLines) = (24, 4)
  /// The picture width per step of the letter size.
  private static let widthOfScale = 256
  private static let gap = 4
  private static let background = SIMD3<UInt8>(255, 255, 255)
  private static let ink = SIMD3<UInt8>(24, 24, 24)

  /// A sheet for pictures of one size.
  ///
  /// - Parameters:
  ///   - cell: The pictures' size.
  ///   - rows: The rows' labels, from the top; they are on the left.
  ///   - columns: The columns' labels, from the left; they are at the top.
  package init(cell: PictureSize, rows: [String], columns: [String]) {
    self.cell = cell
    scale = max(1, cell.width / Self.widthOfScale)
    let high = max(1, cell.height / (PixelText.lineHeight * scale))
    let wide = max(1, cell.width / (PixelText.advance * scale))
    self.rows = rows.map { PixelText.lines($0, columns: Self.mostLetters, most: high) }
    self.columns = columns.map { PixelText.lines($0, columns: wide, most: Self.mostLines) }
  }

  /// The space to the left of the pictures, in pixels.
  private var left: Int {
    let letters = rows.joined().map(\.count).max() ?? 0
    return letters == 0 ? 0 : Self.gap + letters * PixelText.advance * scale
  }

  /// The space above the pictures, in pixels.
  private var top: Int {
    let lines = columns.map(\.count).max() ?? 0
    return lines == 0 ? 0 : Self.gap + lines * PixelText.lineHeight * scale
  }

  /// The size of the whole sheet.
  package var size: PictureSize {
    PictureSize(
      width: left + Self.gap + columns.count * (cell.width + Self.gap),
      height: top + Self.gap + rows.count * (cell.height + Self.gap))
  }

  private func place(row: Int, column: Int) -> (x: Int, y: Int) {
    (
      left + Self.gap + column * (cell.width + Self.gap),
      top + Self.gap + row * (cell.height + Self.gap)
    )
  }

  /// The sheet, row by row from the top; there must be a picture for each row and column.
  package func picture(_ pictures: [[Picture]]) -> Picture {
    var sheet = Picture(width: size.width, height: size.height, color: Self.background)
    for (row, pictures) in pictures.enumerated() {
      for (column, picture) in pictures.enumerated() {
        let (x, y) = place(row: row, column: column)
        sheet.place(picture, x: x, y: y)
      }
    }
    for (row, lines) in rows.enumerated() {
      let y = place(row: row, column: 0).y
      for (index, line) in lines.enumerated() {
        PixelText.draw(
          line, x: Self.gap, y: y + (1 + index * PixelText.lineHeight) * scale, scale: scale,
          color: Self.ink, into: &sheet)
      }
    }
    for (column, lines) in columns.enumerated() {
      let x = place(row: 0, column: column).x
      // The last line is next to the picture.
      let first = top - lines.count * PixelText.lineHeight * scale
      for (index, line) in lines.enumerated() {
        PixelText.draw(
          line, x: x, y: first + (1 + index * PixelText.lineHeight) * scale, scale: scale,
          color: Self.ink, into: &sheet)
      }
    }
    return sheet
  }
}
