/// A word's part of speech.
enum PartOfSpeech: Sendable, Hashable, CaseIterable {
  case noun, pluralNoun, transitiveVerb, intransitiveVerb, adjective, adverb
  case determiner, pronoun, preposition, conjunction

  /// Whether its words name things, actions and qualities; the others connect the sentence.
  var isContent: Bool {
    switch self {
    case .noun, .pluralNoun, .transitiveVerb, .intransitiveVerb, .adjective, .adverb: true
    case .determiner, .pronoun, .preposition, .conjunction: false
    }
  }

  /// The order in which places get wrong words: the lowest rank first, where a wrong word is easiest to see.
  var rank: Int {
    switch self {
    case .noun, .pluralNoun, .transitiveVerb, .intransitiveVerb: 0
    case .adjective, .adverb: 1
    case .determiner, .pronoun, .preposition, .conjunction: 2
    }
  }
}

/// The common words used as wrong words and choices; each has one part of speech.
enum Vocabulary {
  /// All words, by part of speech. Verbs are in the past tense.
  static func words(_ part: PartOfSpeech) -> [String] { byPart[part] ?? [] }

  /// All words of every part of speech.
  static let all: [String] = PartOfSpeech.allCases.flatMap(words)

  /// The part of speech of a lower-case word; `nil` for an unknown word.
  static func partOfSpeech(of word: String) -> PartOfSpeech? { partByWord[word] }

  private static let byPart: [PartOfSpeech: [String]] = [
    .noun: split(
      """
      ant apple baker ball beak beanstalk bicycle bird blanket boat bottle box boy bread brick \
      bridge bucket butter button cake candle captain carpet carrot castle cat chair cheese city \
      clock cloud coat cow crow crown doctor dog dragon egg engine farmer fish footprint forest \
      fox frog garden gate giant girl goat gold grasshopper hammer hare hat hero hill honey hood \
      horse hospital house island kettle king kitchen ladder lamb lamp lemon letter lion market \
      maze mermaid mirror monkey moon morning mouse museum net ocean office onion pencil piano \
      picture pig pillow pirate plate poison potato prince princess queen race rain ring river \
      road sailor sand school shepherd ship shoe soldier sorrow soup spider spoon station storm \
      straw sugar summer sun sword table teacher telephone thread ticket tortoise tower treasure \
      tree umbrella village violin wall water whale wind window winter witch wolf woman wood
      """),
    .pluralNoun: split(
      """
      boats bottles buttons children clouds coins evils flowers grapes horses letters mountains \
      pencils shoes soldiers songs spoons stairs stars stones thorns tickets trees waves windows \
      wings years
      """),
    .transitiveVerb: split(
      """
      asked bit borrowed bought brought built buried called carried caught cleaned climbed \
      cooked counted crossed followed forgot found frightened gave guarded heard held hunted \
      killed kissed lost loved measured met opened painted pulled pushed repaired saved shot \
      sold stole tasted threw touched took washed won
      """),
    .intransitiveVerb: split(
      """
      arrived blew coughed cried danced died disappeared escaped fell flew hid jumped knelt \
      laughed lived melted ran rested sailed sang sat slept smiled sneezed swam travelled turned \
      waited walked wept whispered worked
      """),
    .adjective: split(
      """
      angry beautiful big blue brave broken clever cold cruel dark dirty dry electric empty \
      forbidden glass golden green happy heavy high hungry kind lazy little lonely long loud \
      many modern old plastic poor proud quiet red rich round sad silver sleepy slow small soft \
      sour square strange strong sweet tall tiny ugly warm wet white wise wooden yellow young
      """),
    .adverb: split(
      """
      again alone always away down early home never often out outside quickly quietly slowly \
      soon suddenly together too
      """),
    .determiner: split("the a his her its every no some"),
    .pronoun: split("he she it they we you"),
    .preposition: split(
      """
      across after at before behind beside for from in into near of on over through to under up \
      with without
      """),
    .conjunction: split("and but or while until when because"),
  ]

  private static let partByWord = Dictionary(
    byPart.flatMap { part, words in words.map { ($0, part) } },
    uniquingKeysWith: { first, _ in first })

  private static func split(_ words: String) -> [String] {
    words.split(separator: " ").map(String.init)
  }
}
