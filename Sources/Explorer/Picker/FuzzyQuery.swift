/// What was typed to filter a list, prepared once for all of its texts.
struct FuzzyQuery: Sendable, Hashable {
  /// Characters of a text that are compared: nobody looks for what stands far behind in a long text.
  static let longest = 500
  /// About as many comparisons as one text may take, so that a list of a thousand is filtered within a frame.
  static let comparisons = 4000

  /// As it was typed, without the spaces around it.
  let typed: String
  /// The same in lower case, without spaces and dashes, as names are compared.
  let name: String
  private let letters: [UInt32]

  init(_ text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    typed = words.joined(separator: " ")
    name = FuzzyQuery.name(of: typed)
    letters = words.flatMap { FuzzyQuery.letters(of: String($0), most: .max) }
  }

  /// Whether nothing was typed, which every text answers to.
  var isEmpty: Bool { letters.isEmpty }

  /// A name in lower case, without spaces and dashes.
  static func name(of text: String) -> String {
    text.lowercased().filter { $0 != " " && $0 != "-" }
  }

  /// How well a text answers: its letters in their order, not always side by side; `nil` where one is missing.
  ///
  /// Letters side by side and at the beginnings of words count more, and so do short texts.
  func match(_ text: String) -> FuzzyMatch? {
    guard let first = letters.first else { return FuzzyMatch(score: 0, places: []) }
    let found = FuzzyQuery.letters(of: text)
    guard letters.count <= found.count else { return nil }
    // The best of the beginnings is taken; from there on the next letter that fits.
    var best: FuzzyMatch?
    var left = FuzzyQuery.comparisons
    var start = 0
    while start < found.count, left > 0 {
      defer { start += 1 }
      guard found[start] == first else { continue }
      var places = [start]
      var place = start + 1
      while places.count < letters.count, place < found.count {
        if found[place] == letters[places.count] { places.append(place) }
        place += 1
      }
      left -= place - start
      // A letter that is missing behind this place is missing behind those after it.
      guard places.count == letters.count else { break }
      let score = FuzzyQuery.score(places, in: found)
      if score > best?.score ?? .min { best = FuzzyMatch(score: score, places: places) }
    }
    return best
  }

  private static func score(_ places: [Int], in found: [UInt32]) -> Int {
    var score = -found.count / 8
    for (index, place) in places.enumerated() {
      if place == 0 || !isLetter(found[place - 1]) { score += 8 }
      if index > 0 {
        score += places[index - 1] == place - 1 ? 6 : -min(4, place - places[index - 1])
      }
    }
    return score
  }

  /// The characters of a text in lower case, each as its first scalar; of a long text the first.
  private static func letters(of text: String, most: Int = longest) -> [UInt32] {
    // A line end of two bytes is one character.
    if text.utf8.allSatisfy({ $0 < 0x80 && $0 != 0x0d }) {
      return text.utf8.prefix(most).map { byte in
        UInt32((0x41...0x5a).contains(byte) ? byte + 0x20 : byte)
      }
    }
    return text.prefix(most).map { $0.lowercased().unicodeScalars.first?.value ?? 0 }
  }

  private static func isLetter(_ letter: UInt32) -> Bool {
    if letter < 0x80 { return (0x61...0x7a).contains(letter) }
    return Unicode.Scalar(letter)?.properties.isAlphabetic ?? false
  }
}

/// How well a text answers to what was typed.
struct FuzzyMatch: Sendable, Hashable {
  /// More is better.
  let score: Int
  /// The characters of the text that were typed.
  let places: [Int]
}
