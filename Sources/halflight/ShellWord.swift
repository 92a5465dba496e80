/// A word of a command that a message suggests.
enum ShellWord {
  /// The word, quoted for a shell.
  static func quoted(_ word: String) -> String {
    !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:~".contains($0) }
      ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
