/// Text where letters are commands: a sentence is offered as the prompt, and a letter of it saves nothing.
enum Sentence {
  /// Whether text is more than a few commands: it begins like one and has several different letters.
  ///
  /// A key that is held down counts once.
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
  /// Events that came together, a sentence among their keys as a paste: nobody presses so many keys at once.
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
