import Foundation

extension Measurements {
  /// The bytes of a run of 25 steps and of a frame while scrubbing, with half blocks and with each pixel protocol, on a
  /// canvas with two pictures of 64x64.
  func graphics() throws -> [Figure] {
    let ways = [
      ("half blocks", ["--glyphs", "halves"]), ("kitty", ["--graphics", "kitty"]),
      ("sixel", ["--graphics", "sixel"]), ("iTerm2", ["--graphics", "iterm"]),
    ]
    return try ways.flatMap { name, options in
      let (run, frame) = try graphics(options)
      return [
        Figure(
          name: "\(name): a run of 25 steps", value: "\(run) bytes",
          goal: name == "half blocks" ? "" : "a quarter"),
        Figure(
          name: "  a frame, scrubbing through it", value: String(format: "%.0f bytes", frame),
          goal: ""),
      ]
    }
  }

  private func graphics(_ options: [String]) throws -> (run: Int, frame: Double) {
    let session = try session(
      ["a red apple", "--steps", "25", "--seed", "7"] + options, width: 160, height: 44)
    defer { session.quit() }
    try session.wait(for: "the picture after", seconds: 60)
    let run = session.total
    session.goToPicture()
    session.drain(quiet: 200)
    session.terminal.write("\u{1b}[H")
    _ = session.frame(milliseconds: 1000)
    var bytes = 0
    for _ in 1..<25 {
      session.terminal.write("\u{1b}[C")
      guard let frame = session.frame(milliseconds: 1000) else {
        throw MeasureError("a key was not answered in a second")
      }
      bytes += frame.count
    }
    return (run, Double(bytes) / 24)
  }
}
