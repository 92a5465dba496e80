/// How a terminal receives pictures as pixels.
public enum GraphicsProtocol: String, Sendable, Hashable, CaseIterable {
  /// kitty's graphics protocol with Unicode placeholders (kitty 0.28 and later, Ghostty).
  case kitty
  /// DEC's sixel graphics (xterm, foot, mlterm, Konsole, Windows Terminal and others).
  case sixel
  /// iTerm2's inline images (iTerm2, WezTerm, mintty).
  case iterm
}

/// The user's choice of ``GraphicsProtocol``.
public enum GraphicsChoice: String, Sendable, Hashable, CaseIterable {
  /// Whatever the terminal supports; see ``GraphicsSupport``.
  case auto
  case kitty, sixel, iterm
  /// No pixels.
  case none

  /// The protocol that is used whatever the terminal reports; `nil` for `auto` and `none`.
  public var forced: GraphicsProtocol? { GraphicsProtocol(rawValue: rawValue) }
}

/// Width and height in pixels.
public struct PixelSize: Sendable, Hashable {
  /// Pixels across.
  public var width: Int
  /// Pixels down.
  public var height: Int

  /// A size; `nil` unless both are from 1 to 65535, because a terminal may report anything.
  public init?(width: Int, height: Int) {
    guard (1...65535).contains(width), (1...65535).contains(height) else { return nil }
    (self.width, self.height) = (width, height)
  }

  private init(_ width: Int, _ height: Int) { (self.width, self.height) = (width, height) }

  /// The size of a cell in terminals that do not report it.
  public static let usualCell = PixelSize(10, 20)
}
