/// Detects sentences typed where letters are commands: a sentence is offered as the prompt, and none of its letters
/// saves anything.
enum Sentence {
  /// Whether text is more than a few commands: it starts like a sentence and has several different letters.
  ///
  /// A repeating key counts once.
  static func isLikely(_ text: String) -> Bool {
    guard let first = text.first(where: { !$0.isWhitespace }),
      first.isLetter || first.isNumber || "\"'“‘«(".contains(first)
    else { return false }
    let letters = text.lowercased().filter(\.isLetter)
    var (count, last) = (0, Character(" "))
    for letter in letters where letter != last { (count, last) = (count + 1, letter) }
    return count >= 4 && Set(letters).count >= 3
  }
}

extension ExplorerEvent {
  /// Converts keys that arrived together and form a sentence into a paste, since nobody presses so many keys at once.
  public static func gathered(_ events: [ExplorerEvent]) -> [ExplorerEvent] {
    var gathered: [ExplorerEvent] = []
    var keys: [ExplorerEvent] = []
    var text = ""
    func finish() {
      gathered += Sentence.isLikely(text) ? [.paste(text)] : keys
      (keys, text) = ([], "")
    }
    for event in events {
      if case .key(.character(let letter)) = event {
        keys.append(event)
        text.append(letter)
      } else {
        finish()
        gathered.append(event)
      }
    }
    finish()
    return gathered
  }
}
