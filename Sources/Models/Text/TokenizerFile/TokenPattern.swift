/// A pattern that a tokenizer's file looks for in a text: a string, or a regular expression.
///
/// The regular expressions support what tokenizers use: classes, groups, alternatives, greedy and lazy repetition, and
/// single-character lookahead. As in Oniguruma, the leftmost match counts; if several start there, the first
/// alternative counts. Each instruction is tried at most once at each place, so the time never exceeds the pattern's
/// length times the text's (Cox 2010, "Regular Expression Matching in the Wild").
struct TokenPattern: Sendable, Hashable {
  /// One step of matching.
  enum Instruction: Sendable, Hashable {
    /// Consumes a character of a class.
    case one(ScalarClass)
    /// Continues at the first instruction and, if that fails, at the second.
    case fork(Int, Int)
    /// Continues at another instruction.
    case jump(Int)
    /// Continues if the next character belongs to a class or, if negated, does not.
    case ahead(ScalarClass, isNegated: Bool)
    /// The end of a match.
    case end
  }

  private let program: [Instruction]

  init(program: [Instruction]) { self.program = program }

  /// A pattern that matches text as written; `nil` for an empty one.
  init?(literal text: String) {
    guard !text.isEmpty else { return nil }
    self.init(program: text.unicodeScalars.map { .one(ScalarClass($0)) } + [.end])
  }

  /// The matches in a text, from left to right; they do not overlap, and none is empty.
  func matches(in text: [Unicode.Scalar]) -> [Range<Int>] {
    var search = Search(program: program, text: text)
    var found: [Range<Int>] = []
    var start = 0
    while start < text.count {
      if let end = search.end(from: start), end > start {
        found.append(start..<end)
        search.forget(end)
        start = end
      } else {
        start += 1
      }
    }
    return found
  }

  /// One search of one text.
  private struct Search {
    let program: [Instruction]
    let text: [Unicode.Scalar]
    /// One bit for each place and instruction: whether it has been tried.
    private var tried: [UInt64]
    private let words: Int

    init(program: [Instruction], text: [Unicode.Scalar]) {
      (self.program, self.text) = (program, text)
      words = (program.count + 63) / 64
      tried = Array(repeating: 0, count: words * (text.count + 1))
    }

    /// The end of the match that begins at a place; `nil` if there is none.
    ///
    /// Whatever was tried from an earlier start has failed, and would fail again.
    mutating func end(from start: Int) -> Int? {
      var open = [(instruction: 0, place: start)]
      while let (first, from) = open.popLast() {
        var (instruction, place) = (first, from)
        path: while isNew(instruction, place) {
          switch program[instruction] {
          case .one(let scalars):
            guard place < text.count, scalars.contains(text[place]) else { break path }
            instruction += 1
            place += 1
          case .fork(let first, let second):
            open.append((second, place))
            instruction = first
          case .jump(let target): instruction = target
          case .ahead(let scalars, let isNegated):
            let holds = place < text.count && scalars.contains(text[place])
            guard holds != isNegated else { break path }
            instruction += 1
          case .end: return place
          }
        }
      }
      return nil
    }

    /// Allows a place to be tried again, because the last match ended there and did not fail.
    mutating func forget(_ place: Int) {
      for word in 0..<words { tried[place * words + word] = 0 }
    }

    private mutating func isNew(_ instruction: Int, _ place: Int) -> Bool {
      let word = place * words + instruction / 64
      let bit = UInt64(1) << UInt64(instruction % 64)
      guard tried[word] & bit == 0 else { return false }
      tried[word] |= bit
      return true
    }
  }
}

/// The characters that one place of a pattern matches.
struct ScalarClass: Sendable, Hashable {
  /// A kind of character.
  enum Kind: Sendable, Hashable {
    /// `\s`: white space.
    case space
    /// `\w` of Oniguruma: letters, marks, numbers, connectors.
    case word
    /// `\w` of Unicode's Annex 18, used by the pre-tokenizer `Whitespace`: it includes joiners, and only digits among
    /// numbers.
    case joinedWord
    /// `\p{...}`: a general category by its one or two letters.
    case category(String)

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .space: return scalar.properties.isWhitespace
      case .word, .joinedWord:
        if scalar.isASCII {
          return Character(scalar).isLetter || Character(scalar).isNumber || scalar == "_"
        }
        let properties = scalar.properties
        if properties.isAlphabetic { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
          return true
        case .letterNumber, .otherNumber: return self == .word
        default: return self == .joinedWord && properties.isJoinControl
        }
      case .category(let name):
        return scalar.properties.generalCategory.abbreviation.hasPrefix(name)
      }
    }
  }

  /// A part of a class.
  enum Item: Sendable, Hashable {
    case range(ClosedRange<UInt32>)
    case kind(Kind, isNegated: Bool)
  }

  let items: [Item]
  var isNegated = false

  init(_ items: [Item], isNegated: Bool = false) {
    (self.items, self.isNegated) = (items, isNegated)
  }

  /// One character.
  init(_ scalar: Unicode.Scalar) { items = [.range(scalar.value...scalar.value)] }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let isFound = items.contains { item in
      switch item {
      case .range(let range): range.contains(scalar.value)
      case .kind(let kind, let isNegated): kind.contains(scalar) != isNegated
      }
    }
    return isFound != isNegated
  }
}

extension Unicode.GeneralCategory {
  /// The two letters that the Unicode standard (section 4.5) gives a category.
  var abbreviation: String {
    switch self {
    case .uppercaseLetter: "Lu"
    case .lowercaseLetter: "Ll"
    case .titlecaseLetter: "Lt"
    case .modifierLetter: "Lm"
    case .otherLetter: "Lo"
    case .nonspacingMark: "Mn"
    case .spacingMark: "Mc"
    case .enclosingMark: "Me"
    case .decimalNumber: "Nd"
    case .letterNumber: "Nl"
    case .otherNumber: "No"
    case .connectorPunctuation: "Pc"
    case .dashPunctuation: "Pd"
    case .openPunctuation: "Ps"
    case .closePunctuation: "Pe"
    case .initialPunctuation: "Pi"
    case .finalPunctuation: "Pf"
    case .otherPunctuation: "Po"
    case .mathSymbol: "Sm"
    case .currencySymbol: "Sc"
    case .modifierSymbol: "Sk"
    case .otherSymbol: "So"
    case .spaceSeparator: "Zs"
    case .lineSeparator: "Zl"
    case .paragraphSeparator: "Zp"
    case .control: "Cc"
    case .format: "Cf"
    case .surrogate: "Cs"
    case .privateUse: "Co"
    case .unassigned: "Cn"
    @unknown default: "Cn"
    }
  }

  /// Whether it is one of the three kinds of marks.
  var isMark: Bool { abbreviation.hasPrefix("M") }
}
