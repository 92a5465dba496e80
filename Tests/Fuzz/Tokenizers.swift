import Checkpoints
import Foundation
import Models

/// A `tokenizer.json` or a `spiece.model`, and the tokens of a few texts.
func readTokenizers(_ bytes: [UInt8]) throws {
  let texts = ["", "ab a b", "[UNK] \u{E9}e\u{301} \u{65E5}\u{672C}\r\n\0 \u{1F34E}</s><unk>"]
  try mayRefuse(with: CheckpointError.self) {
    let tokenizer = try TextTokenizer(json: Data(bytes), name: "tokenizer.json")
    for text in texts { try requireWithin(text, tokenizer.tokens(of: text)) }
  }
  try mayRefuse(with: CheckpointError.self) {
    let tokenizer = try T5Tokenizer(pieces: Data(bytes), name: "spiece.model")
    for text in texts { try requireWithin(text, tokenizer.tokens(of: text)) }
  }
}

private func requireWithin(_ text: String, _ tokens: [TextTokenizer.Token]) throws {
  for token in tokens {
    try require(
      token.range.lowerBound >= text.startIndex && token.range.upperBound <= text.endIndex,
      "a token outside of its text")
  }
}
