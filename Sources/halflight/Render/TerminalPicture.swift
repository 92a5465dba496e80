import Cells
import Foundation
import Pictures
import Terminal

/// A picture on standard output, as `render --ansi` prints it.
struct TerminalPicture {
  let glyphs: GlyphSet
  let graphics: GraphicsChoice

  func print(_ picture: Picture) {
    let columns = TerminalSize.columns() ?? 80
    let room = Rect(x: 0, y: 0, width: columns, height: picture.height * columns)
    let colors = TerminalSize.colors()
    let art = CellArt(glyphs, colors: colors)
    let size = art.size(of: picture, fitting: room)
    if art.glyphs == .pixels {
      if let pixels = pixels(of: picture, columns: size.columns, rows: size.rows) {
        StandardOutput.write(Data(pixels))
        return
      }
      StandardError.line(
        "note: this terminal is not known to show pixels, so half blocks are used; "
          + "--graphics kitty, sixel or iterm sends them anyway")
    }
    var buffer = CellBuffer(width: size.columns, height: size.rows)
    let cells = CellArt(glyphs == .pixels ? .halves : glyphs, colors: colors)
    cells.draw(picture, in: buffer.bounds, into: &buffer)
    StandardOutput.write(ANSIText.render(buffer, colors: colors) + "\n")
  }

  /// The bytes of a picture in the terminal's protocol; `nil` if there is none.
  private func pixels(of picture: Picture, columns: Int, rows: Int) -> [UInt8]? {
    let environment = ProcessInfo.processInfo.environment
    let question = TerminalQuestion(graphics, environment: environment)
    defer { question?.finish() }
    let answers = question?.answers() ?? TerminalAnswers()
    // Nothing is known about the reader of a file or a pipe.
    let isTerminal = isatty(STDOUT_FILENO) == 1
    guard isTerminal || graphics.forced != nil,
      let used = GraphicsSupport(graphics, answers: answers, environment: environment).picked
    else { return nil }
    let facts = question?.facts ?? PixelFacts(answers, environment: environment)
    return PrintedPicture.bytes(picture, columns: columns, rows: rows, in: used, facts)
  }
}
