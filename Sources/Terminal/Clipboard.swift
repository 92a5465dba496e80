import Foundation

/// Text on its way to the clipboard through the terminal (xterm's OSC 52), which also works over ssh.
enum Clipboard {
  /// Bytes of text that terminals and tmux take at most.
  static let longest = 74_994

  /// The sequences that put text on the clipboard; `nil` for text that is too long.
  ///
  /// - Parameter isInTmux: Whether tmux stands between. It takes the plain sequence with `set-clipboard on`, and hands on the
  ///   wrapped one with `allow-passthrough on`.
  static func sequences(_ text: String, isInTmux: Bool) -> String? {
    guard text.utf8.count <= longest else { return nil }
    let plain = "\u{1b}]52;c;\(Data(text.utf8).base64EncodedString())\u{7}"
    guard isInTmux else { return plain }
    return plain + "\u{1b}Ptmux;" + plain.replacing("\u{1b}", with: "\u{1b}\u{1b}") + "\u{1b}\\"
  }
}
