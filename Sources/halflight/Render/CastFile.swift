import Cells
import Foundation
import Pictures

/// Terminal recordings for asciinema (asciicast v2): a line of JSON with the size, then one line for each output.
enum CastFile {
  /// One frame of the recording.
  struct Frame {
    var picture: Picture
    /// The text of the last line, after the title; `nil` for none.
    var caption: String?
  }

  /// The maximum size of the window for a picture, in cells.
  private static let window = Rect(x: 0, y: 0, width: 80, height: 40)

  /// The bytes of a recording in 24-bit colours, two pixels in each cell.
  ///
  /// - Parameters:
  ///   - frames: The pictures, all of the same size.
  ///   - milliseconds: How long each picture is shown.
  ///   - title: The recording's title.
  ///   - captioned: Whether there is a line for the title and the captions below the picture.
  static func encode(
    _ frames: [Frame], milliseconds: [Int], title: String, captioned: Bool
  ) throws -> Data {
    let art = CellArt(.halves, colors: .trueColor)
    let size =
      frames.first.map { art.size(of: $0.picture, fitting: window) } ?? (columns: 1, rows: 1)
    let rows = size.rows + (captioned ? 1 : 0)
    var lines = [
      try json(Header(version: 2, width: size.columns, height: rows, title: title))
    ]
    var time = 0
    for (index, (frame, duration)) in zip(frames, milliseconds).enumerated() {
      var buffer = CellBuffer(width: size.columns, height: rows)
      art.draw(
        frame.picture, in: Rect(x: 0, y: 0, width: size.columns, height: size.rows), into: &buffer)
      if let caption = frame.caption {
        buffer.print(line(title, caption, columns: size.columns), x: 0, y: size.rows)
      }
      // The first frame hides the cursor and clears the window.
      let start = index == 0 ? "\u{1b}[?25l\u{1b}[2J\u{1b}[H" : "\u{1b}[H"
      let text = ANSIText.render(buffer, colors: .trueColor).replacing("\n", with: "\r\n")
      lines.append(try event(time, start + text))
      time += duration
    }
    // A player stops at the last event, so this one makes the previous picture stay.
    lines.append(try event(time, "\u{1b}[?25h"))
    return Data((lines.joined(separator: "\n") + "\n").utf8)
  }

  private struct Header: Encodable {
    let version: Int
    let width: Int
    let height: Int
    let title: String
  }

  /// The caption, after as much of the title as fits.
  private static func line(_ title: String, _ caption: String, columns: Int) -> String {
    let title = PlainText.of(title)
    let room = columns - caption.count - 2
    guard room > 0, !title.isEmpty else { return caption }
    let words = title.count > room ? title.prefix(room - 1) + "…" : title[...]
    return words + "  " + caption
  }

  private static func event(_ milliseconds: Int, _ text: String) throws -> String {
    let time = String(format: "%.3f", Double(milliseconds) / 1000)
    return "[\(time), \"o\", \(try json(text))]"
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
