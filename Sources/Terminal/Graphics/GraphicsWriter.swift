import Cells

/// Writes the pictures of frames as pixels, in one of the protocols.
struct GraphicsWriter {
  /// The protocol.
  let used: GraphicsProtocol
  /// What is known about the terminal.
  private(set) var facts: PixelFacts
  private var kitty = KittyWriter()
  private var painted: PaintedWriter

  /// A writer for a terminal that shows no picture yet.
  init(_ used: GraphicsProtocol, _ facts: PixelFacts) {
    (self.used, self.facts) = (used, facts)
    painted = PaintedWriter(isSixel: used == .sixel)
  }

  /// The sequences that remove all pictures from the terminal, including its memory. They first end a sequence that may
  /// have been interrupted.
  var farewell: String {
    let deletion = kitty.farewell(isInTmux: facts.isInTmux)
    return used == .kitty && deletion.isEmpty ? "" : "\u{1b}\\" + deletion
  }

  /// Records facts that changed; the next frame is written completely.
  mutating func learn(_ facts: PixelFacts) {
    guard facts != self.facts else { return }
    self.facts = facts
    painted.forget()
  }

  /// Forgets everything, after the terminal was left.
  mutating func forget() {
    kitty.forget()
    painted.forget()
  }

  /// The frame, with the pictures that the protocol cannot show drawn in cells.
  ///
  /// - Parameter art: How they are drawn.
  func drawable(_ buffer: CellBuffer, art: CellArt) -> CellBuffer {
    guard !buffer.pictures.isEmpty else { return buffer }
    let numbers =
      used == .kitty
      ? Set(buffer.pictures.indices.dropFirst(KittyWriter.mostInFrame))
      : painted.unpaintable(buffer, facts)
    return numbers.isEmpty ? buffer : buffer.drawingPictures(numbers, with: art)
  }

  /// The bytes for the pictures of a frame from ``drawable(_:art:)``. The caller must restore the cursor and the
  /// colours afterwards.
  ///
  /// - Parameters:
  ///   - isNew: Whether the screen shows nothing of the last frame any longer.
  ///   - touched: The rows in which other cells were written.
  mutating func bytes(_ buffer: CellBuffer, isNew: Bool, touched: [Bool]) -> [UInt8] {
    switch used {
    case .kitty:
      Array(kitty.sequences(buffer, isNew: isNew, touched: touched, facts: facts).utf8)
    case .sixel, .iterm:
      painted.bytes(buffer, isNew: isNew, touched: touched, facts: facts)
    }
  }
}
