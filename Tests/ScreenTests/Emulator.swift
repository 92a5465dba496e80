import CVTerm

/// A terminal without a window (libvterm): bytes go in, cells can be looked at.
final class Emulator {
  private let terminal: OpaquePointer?
  private let properties: UnsafeMutablePointer<hl_vterm_properties>
  private(set) var width: Int
  private(set) var height: Int

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    properties = .allocate(capacity: 1)
    properties.initialize(to: hl_vterm_properties())
    terminal = hl_vterm_new(Int32(height), Int32(width), properties)
  }

  deinit {
    vterm_free(terminal)
    properties.deallocate()
  }

  /// How much of a string that libvterm does not know (APC) has been read.
  private enum Skipping { case nothing, escape, string, stringEscape }
  private var skipping = Skipping.nothing

  /// The bytes without APC strings, as kitty's pictures are sent: Debian's libvterm prints their contents.
  private func withoutPictures(_ bytes: [UInt8]) -> [UInt8] {
    let escape: UInt8 = 0x1b
    var kept: [UInt8] = []
    for byte in bytes {
      switch skipping {
      case .nothing:
        if byte == escape { skipping = .escape } else { kept.append(byte) }
      case .escape:
        if byte == UInt8(ascii: "_") {
          skipping = .string
        } else {
          kept.append(escape)
          if byte != escape {
            kept.append(byte)
            skipping = .nothing
          }
        }
      case .string:
        if byte == escape { skipping = .stringEscape }
      case .stringEscape:
        skipping = byte == UInt8(ascii: "\\") ? .nothing : byte == escape ? .stringEscape : .string
      }
    }
    return kept
  }

  func feed(_ bytes: [UInt8]) {
    withoutPictures(bytes).withUnsafeBytes { buffer in
      _ = vterm_input_write(
        terminal, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
  }

  func resize(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    vterm_set_size(terminal, Int32(height), Int32(width))
  }

  var isCursorVisible: Bool { properties.pointee.cursor_visible }
  var isAlternateScreen: Bool { properties.pointee.alternate_screen }
  var hasMouse: Bool { properties.pointee.mouse != 0 }

  func cell(x: Int, y: Int) -> hl_vterm_cell { hl_vterm_cell_at(terminal, Int32(y), Int32(x)) }

  /// Everything that is seen, glyph by glyph, in words.
  var cells: [String] {
    (0..<height).flatMap { y in
      (0..<width).compactMap { x in
        // The right half of a wide glyph has no colours of its own.
        guard x == 0 || self.cell(x: x - 1, y: y).width < 2 else { return nil }
        let cell = cell(x: x, y: y)
        let colors = "\(cell.foreground) on \(cell.background), bold: \(cell.bold)"
        return "\(x),\(y): \(Self.glyph(of: cell)) \(colors)"
      }
    }
  }

  /// The glyphs of a row.
  func row(_ y: Int) -> String {
    var text = ""
    var x = 0
    while x < width {
      let cell = cell(x: x, y: y)
      text += Self.glyph(of: cell)
      x += max(1, Int(cell.width))
    }
    return text
  }

  private static func glyph(of cell: hl_vterm_cell) -> String {
    let scalars = withUnsafeBytes(of: cell.text) { Array($0.bindMemory(to: UInt32.self)) }
    let found = scalars.prefix { $0 != 0 && $0 != .max }.compactMap(Unicode.Scalar.init)
    return found.isEmpty ? " " : String(String.UnicodeScalarView(found))
  }

  /// The glyphs of the screen, a line for each row.
  var text: String { (0..<height).map(row).joined(separator: "\n") }

  /// The text and background colours on the whole screen.
  var colors: Set<Int32> {
    var colors: Set<Int32> = []
    for y in 0..<height {
      for x in 0..<width {
        let cell = cell(x: x, y: y)
        colors.insert(cell.foreground)
        colors.insert(cell.background)
      }
    }
    return colors
  }
}
