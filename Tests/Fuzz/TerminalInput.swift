import Terminal

/// The input from a terminal: keys, the mouse, pastes and answers, all at once and byte by byte.
func readTerminalInput(_ bytes: [UInt8]) throws {
  var decoder = InputDecoder()
  var events = decoder.feed(bytes)
  events += decoder.flush()
  var slow = InputDecoder()
  for byte in bytes { events += slow.feed([byte]) }
  events += slow.flush()
  for case .paste(let text) in events {
    try require(
      !text.unicodeScalars.contains {
        $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
      }, "a control character in a paste")
  }
}
