import Cells
import Foundation
import Pictures

/// The commands and the cells of kitty's graphics protocol, with Unicode placeholders.
///
/// A picture is transmitted once, together with a virtual placement that says how many columns and rows it takes. It is
/// then visible wherever a cell holds a placeholder with the picture's number as its colour
/// (https://sw.kovidgoyal.net/kitty/graphics-protocol/). The terminal sends no answers (`q=2`).
enum KittyGraphics {
  /// The maximum number of base64 characters in a command.
  static let chunk = 4096

  /// Transmits a picture under a number; the terminal scales it to fit `columns` by `rows` cells, keeping its
  /// proportions.
  ///
  /// It is sent as PNG, or as plain RGB if that is shorter.
  static func transmit(
    _ picture: Picture, number: UInt32, columns: Int, rows: Int, isInTmux: Bool
  ) -> String {
    var data = Data(picture.pixels)
    var format = "f=24,s=\(picture.width),v=\(picture.height)"
    if let png = try? PNG.encode(picture), png.count < data.count {
      (data, format) = (png, "f=100")
    }
    let text = Array(data.base64EncodedString().utf8)
    var commands = ""
    for start in stride(from: 0, to: text.count, by: chunk) {
      let end = min(text.count, start + chunk)
      let control =
        start == 0 ? "a=T,U=1,q=2,i=\(number),c=\(columns),r=\(rows),\(format)," : "q=2,"
      let payload = String(decoding: text[start..<end], as: UTF8.self)
      let command = "\u{1b}_G\(control)m=\(end < text.count ? 1 : 0);\(payload)\u{1b}\\"
      commands += Passthrough.wrapped(command, isInTmux: isInTmux)
    }
    return commands
  }

  /// Deletes pictures, which disappear from all cells.
  static func delete(_ numbers: some Sequence<UInt32>, isInTmux: Bool) -> String {
    let commands = numbers.map { "\u{1b}_Ga=d,d=I,q=2,i=\($0)\u{1b}\\" }.joined()
    return Passthrough.wrapped(commands, isInTmux: isInTmux)
  }

  /// The cells of a row of a picture, starting at the cursor. Only the first has marks; the terminal numbers the others
  /// from there.
  ///
  /// - Parameter repeats: Whether the terminal repeats characters (REP). tmux before 3.4 repeats only ASCII.
  static func cells(
    number: UInt32, row: Int, column: Int, count: Int, background: Color?, repeats: Bool
  ) -> String {
    var text = "\u{1b}[" + color(of: number) + ";"
    text += background.map { "48;2;\($0.red);\($0.green);\($0.blue)" } ?? "49"
    text += "m"
    text.unicodeScalars.append(PicturePlaceholder.scalar)
    for mark in [row, column, Int(number >> 24)] {
      text.unicodeScalars.append(PicturePlaceholder.marks[mark])
    }
    guard count > 1 else { return text }
    let isShort = repeats && count > 3
    for _ in 1..<(isShort ? 2 : count) {
      text.unicodeScalars.append(PicturePlaceholder.scalar)
    }
    return isShort ? text + "\u{1b}[\(count - 2)b" : text
  }

  /// The parameters of the colour that stands for the lower 24 bits of a number: a palette colour if possible, because
  /// tmux may change other colours.
  private static func color(of number: UInt32) -> String {
    let low = number & 0xff_ffff
    return low < 256 ? "38;5;\(low)" : "38;2;\(low >> 16);\(low >> 8 & 255);\(low & 255)"
  }
}
