/// Words of commands that a message tells a user to type.
enum ShellWord {
  /// A word as a shell reads it.
  static func quoted(_ word: String) -> String {
    !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:~".contains($0) }
      ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
