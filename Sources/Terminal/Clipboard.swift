import Foundation

/// Copies text to the clipboard through the terminal (xterm's OSC 52), which also works over ssh.
enum Clipboard {
  /// The maximum length of a text, in bytes, that terminals and tmux accept.
  static let longest = 74_994

  /// The sequences that copy text to the clipboard; `nil` if the text is too long.
  ///
  /// - Parameter isInTmux: Whether the program runs inside tmux. tmux handles the plain sequence if `set-clipboard` is
  ///   on, and passes on the wrapped one if `allow-passthrough` is on.
  static func sequences(_ text: String, isInTmux: Bool) -> String? {
    guard text.utf8.count <= longest else { return nil }
    let plain = "\u{1b}]52;c;\(Data(text.utf8).base64EncodedString())\u{7}"
    guard isInTmux else { return plain }
    return plain + Passthrough.wrapped(plain, isInTmux: true)
  }
}
