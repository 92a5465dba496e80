/// A typed filter for a list, prepared once for all of the list's texts.
struct FuzzyQuery: Sendable, Hashable {
  /// How many characters of a text are compared; nobody searches far into a long text.
  static let longest = 500
  /// The approximate number of comparisons for one text, so that a list of a thousand texts can be filtered within one
  /// frame.
  static let comparisons = 4000

  /// The query as typed, without surrounding spaces.
  let typed: String
  /// The query in lower case, without spaces and dashes, for comparing names.
  let name: String
  private let letters: [UInt32]

  init(_ text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    typed = words.joined(separator: " ")
    name = FuzzyQuery.name(of: typed)
    letters = words.flatMap { FuzzyQuery.letters(of: String($0), most: .max) }
  }

  /// Whether the query is empty and matches every text.
  var isEmpty: Bool { letters.isEmpty }

  /// A name in lower case, without spaces and dashes.
  static func name(of text: String) -> String {
    text.lowercased().filter { $0 != " " && $0 != "-" }
  }

  /// How well a text matches: it must contain the query's letters in order, not necessarily adjacent; `nil` if one is
  /// missing.
  ///
  /// Adjacent letters and letters at the start of words count more, and short texts count more than long ones.
  func match(_ text: String) -> FuzzyMatch? {
    guard let first = letters.first else { return FuzzyMatch(score: 0, places: []) }
    let found = FuzzyQuery.letters(of: text)
    guard letters.count <= found.count else { return nil }
    // The best start is used; from there on, each letter matches at its next occurrence.
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
      // A letter missing after this position is also missing after later ones.
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

  /// The characters of a text in lower case, each as its first scalar; for a long text, only the first characters.
  private static func letters(of text: String, most: Int = longest) -> [UInt32] {
    // A line ending of two bytes is one character.
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

/// How well a text matches the query.
struct FuzzyMatch: Sendable, Hashable {
  /// A higher score is better.
  let score: Int
  /// The matched characters of the text.
  let places: [Int]
}
