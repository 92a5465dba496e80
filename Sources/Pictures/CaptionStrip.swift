/// A strip of text below pictures.
package struct CaptionStrip: Sendable {
  private let lines: [String]
  private let detailLines: Int
  private let columns: Int
  private let width: Int
  private let scale: Int

  /// The maximum number of lines of a prompt.
  private static let mostLines = 3
  /// The picture width per step of the letter size.
  private static let widthOfScale = 256
  private static let background = SIMD3<UInt8>(16, 16, 16)
  private static let (ink, faint) = (SIMD3<UInt8>(235, 235, 235), SIMD3<UInt8>(160, 160, 160))

  /// A strip for pictures of one size.
  ///
  /// - Parameters:
  ///   - width: The pictures' width.
  ///   - prompt: The first text, on up to three lines.
  ///   - longestDetail: The longest text that will be passed to ``under(_:detail:)``.
  package init(width: Int, prompt: String, longestDetail: String) {
    self.width = width
    scale = max(1, width / Self.widthOfScale)
    columns = max(1, (width - 2 * Self.margin * scale) / (PixelText.advance * scale))
    lines = PixelText.lines(prompt, columns: columns, most: Self.mostLines)
    detailLines = PixelText.lines(longestDetail, columns: columns, most: Self.mostLines).count
  }

  private static let margin = 3

  /// The height that it adds to a picture, in pixels.
  package var height: Int {
    (2 * Self.margin + (lines.count + detailLines) * PixelText.lineHeight) * scale
  }

  /// A picture with the strip under it.
  package func under(_ picture: Picture, detail: String) -> Picture {
    var result = Picture(
      width: picture.width, height: picture.height + height, color: Self.background)
    result.place(picture, x: 0, y: 0)
    let details = PixelText.lines(detail, columns: columns, most: detailLines)
    let texts = lines.map { ($0, Self.ink) } + details.map { ($0, Self.faint) }
    for (index, (text, color)) in texts.enumerated() {
      PixelText.draw(
        text, x: Self.margin * scale,
        y: picture.height + (Self.margin + 1 + index * PixelText.lineHeight) * scale, scale: scale,
        color: color, into: &result)
    }
    return result
  }
}
