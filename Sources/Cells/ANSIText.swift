/// A buffer as text with ECMA-48 colour sequences, for pipes, files and golden frames.
public enum ANSIText {
  /// The lines of a buffer, separated by newlines, with none at the end.
  ///
  /// Only changes from one cell to the next are written, and each line ends in the terminal's own colours, so that
  /// lines can be cut out and joined. Without colours (`.none`), there are no escape sequences at all.
  public static func render(_ buffer: CellBuffer, colors: ColorDepth) -> String {
    var text = ""
    for y in 0..<buffer.height {
      if y > 0 { text.append("\n") }
      var pen = Pen(depth: colors)
      for x in 0..<buffer.width {
        let cell = buffer[x, y]
        guard let glyph = cell.glyph else { continue }
        text += pen.change(to: cell.style)
        text.append(CellWidth.of(glyph) > 0 ? glyph : " ")
      }
      text += pen.change(to: Style())
    }
    return text
  }

  /// The terminal's current style, and the sequences that change it.
  private struct Pen {
    let depth: ColorDepth
    var foreground: String?
    var background: String?
    var attributes: Attributes = []

    init(depth: ColorDepth) { self.depth = depth }

    /// The sequence from the current style to `style`; empty if nothing changes.
    mutating func change(to style: Style) -> String {
      guard depth != .none else { return "" }
      let foreground = style.foreground.map { code($0, base: 38) }
      let background = style.background.map { code($0, base: 48) }
      var codes: [String] = []
      let isPlain = foreground == nil && background == nil && style.attributes.isEmpty
      if !style.attributes.isSuperset(of: attributes)
        || isPlain && (self.foreground != nil || self.background != nil)
      {
        // To turn attributes off, one reset is shorter than separate codes.
        codes.append("0")
        (self.foreground, self.background, attributes) = (nil, nil, [])
      }
      let added = style.attributes.subtracting(attributes)
      let names: [(Attributes, String)] = [
        (.bold, "1"), (.dim, "2"), (.underline, "4"), (.reverse, "7"),
      ]
      codes += names.filter { added.contains($0.0) }.map(\.1)
      if foreground != self.foreground { codes.append(foreground ?? "39") }
      if background != self.background { codes.append(background ?? "49") }
      (self.foreground, self.background) = (foreground, background)
      attributes = style.attributes
      return codes.isEmpty ? "" : "\u{1b}[\(codes.joined(separator: ";"))m"
    }

    /// The SGR parameters of a colour; `base` is 38 for text, 48 for the background.
    private func code(_ color: Color, base: Int) -> String {
      switch depth {
      case .trueColor: return "\(base);2;\(color.red);\(color.green);\(color.blue)"
      case .palette256: return "\(base);5;\(ColorDepth.xterm256(color))"
      case .palette16, .palette8, .none:
        let index = Int(depth == .palette8 ? ColorDepth.ansi8(color) : ColorDepth.ansi16(color))
        return String(index < 8 ? base - 8 + index : base + 52 + index - 8)
      }
    }
  }
}
