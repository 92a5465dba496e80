/// A buffer as text with the escape sequences of ECMA-48 and ISO 8613-6, for terminals and files.
public enum ANSIText {
  /// Characters from dark to light, for terminals without colour.
  static let shades: [Character] = Array(" .:-=+*#%@")

  /// The buffer's rows as lines; each ends with the terminal's own style.
  public static func render(_ buffer: CellBuffer, colors: ColorDepth = .full) -> String {
    var result = ""
    for y in 0..<buffer.height {
      var style = Style()
      var line = ""
      for x in 0..<buffer.width {
        let cell = buffer[x, y]
        guard let glyph = cell.glyph else { continue }
        if colors == .none {
          line.append(shade(cell) ?? glyph)
          continue
        }
        if cell.style != style {
          line += sequence(cell.style, colors)
          style = cell.style
        }
        line.append(glyph)
      }
      if style != Style() { line += "\u{1b}[0m" }
      result += line + "\n"
    }
    return result
  }

  /// The character for a cell of a picture where colours cannot say it.
  public static func shade(_ cell: Cell) -> Character? {
    guard cell.glyph == "▀", let upper = cell.style.foreground else { return nil }
    let lower = cell.style.background ?? upper
    let brightness = (upper.brightness + lower.brightness) / 2
    return shades[min(shades.count - 1, Int(brightness * Double(shades.count)))]
  }

  private static func sequence(_ style: Style, _ colors: ColorDepth) -> String {
    var codes = ["0"]
    if style.attributes.contains(.bold) { codes.append("1") }
    if style.attributes.contains(.dim) { codes.append("2") }
    if style.attributes.contains(.underline) { codes.append("4") }
    if style.attributes.contains(.reverse) { codes.append("7") }
    if let color = style.foreground { codes.append(code(color, colors, base: 30)) }
    if let color = style.background { codes.append(code(color, colors, base: 40)) }
    return "\u{1b}[\(codes.joined(separator: ";"))m"
  }

  private static func code(_ color: Color, _ colors: ColorDepth, base: Int) -> String {
    switch colors {
    case .full, .none: return "\(base + 8);2;\(color.red);\(color.green);\(color.blue)"
    case .palette256: return "\(base + 8);5;\(color.xterm256)"
    case .palette16:
      let index = color.ansi16
      return "\(index < 8 ? base + index : base + 60 + index - 8)"
    }
  }
}
