import Foundation
import Pictures

/// Pictures in iTerm2's protocol (https://iterm2.com/documentation-images.html): a PNG within an OSC sequence, which
/// the terminal scales to fit a number of cells, keeping its proportions.
enum InlineImage {
  /// The bytes of a picture; none if it cannot be written as PNG.
  static func encode(_ picture: Picture, columns: Int, rows: Int, isInTmux: Bool) -> [UInt8] {
    guard let png = try? PNG.encode(picture) else { return [] }
    let arguments =
      "inline=1;size=\(png.count);width=\(columns);height=\(rows);preserveAspectRatio=1"
    let sequence = "\u{1b}]1337;File=\(arguments):\(png.base64EncodedString())\u{7}"
    return Array(Passthrough.wrapped(sequence, isInTmux: isInTmux).utf8)
  }
}
