/// How well a text answers to what was typed: its letters in their order, not always side by side.
struct FuzzyMatch: Sendable, Hashable {
  /// More is better.
  let score: Int
  /// The characters of the text that were typed.
  let places: [Int]

  /// `nil` where a letter is missing. Letters side by side and at the beginnings of words count more, and so do short
  /// texts.
  init?(_ query: String, in text: String) {
    let wanted = Array(query.lowercased().filter { !$0.isWhitespace })
    // Nobody looks for what stands far behind in a long text.
    let found = Array(text.prefix(400).lowercased())
    guard !wanted.isEmpty else {
      self.init(score: 0, places: [])
      return
    }
    // The best of the beginnings is taken; from there on the next letter that fits.
    var best: FuzzyMatch?
    for start in found.indices where found[start] == wanted[0] {
      var places = [start]
      var place = start + 1
      while places.count < wanted.count, place < found.count {
        if found[place] == wanted[places.count] { places.append(place) }
        place += 1
      }
      guard places.count == wanted.count else { break }
      var score = -found.count / 8
      for (index, place) in places.enumerated() {
        if place == 0 || !found[place - 1].isLetter { score += 8 }
        if index > 0 {
          score += places[index - 1] == place - 1 ? 6 : -min(4, place - places[index - 1])
        }
      }
      if score > best?.score ?? .min { best = FuzzyMatch(score: score, places: places) }
    }
    guard let best else { return nil }
    self = best
  }

  private init(score: Int, places: [Int]) {
    self.score = score
    self.places = places
  }
}
