import Foundation

/// The treatment of characters in CLIP's tokenizer before their bytes are merged.
enum CLIPCharacters {
  /// A part of a text composed (NFC) and in lower case.
  static func plain(_ text: PlacedText, _ stretch: Range<Int>) -> PlacedText {
    var plain = PlacedText()
    func add(_ scalar: Unicode.Scalar, _ place: Range<String.Index>) {
      if scalar.isASCII {
        let value = UInt8(truncatingIfNeeded: scalar.value)
        let isUpper = (0x41...0x5A).contains(value)
        plain.append(isUpper ? Unicode.Scalar(value | 0x20) : scalar, place)
      } else {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars {
          plain.append(lower, place)
        }
      }
    }
    var position = stretch.lowerBound
    while position < stretch.upperBound {
      // Nothing composes across the border between two clusters (Unicode Annex 29), or between ASCII characters; a
      // cluster that changes has one place as a whole.
      let end = clusterEnd(text.scalars, from: position, before: stretch.upperBound)
      if end == position + 1, text.scalars[position].isASCII {
        add(text.scalars[position], text.places[position])
      } else {
        var cluster = String.UnicodeScalarView()
        cluster.append(contentsOf: text.scalars[position..<end])
        let composed = String(cluster).precomposedStringWithCanonicalMapping.unicodeScalars
        let isSame = composed.elementsEqual(cluster)
        let whole = text.places[position].lowerBound..<text.places[end - 1].upperBound
        for (offset, scalar) in composed.enumerated() {
          add(scalar, isSame ? text.places[position + offset] : whole)
        }
      }
      position = end
    }
    return plain
  }

  /// Whether a character continues a word.
  static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  /// The end of the characters that may compose with the one at a position.
  private static func clusterEnd(_ scalars: [Unicode.Scalar], from start: Int, before end: Int)
    -> Int
  {
    var position = start + 1
    while position < end, mayCompose(scalars[position]) { position += 1 }
    return position
  }

  /// Whether a character may compose with earlier ones: marks, and the vowels and final consonants of Hangul.
  private static func mayCompose(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    if (0x1161...0x11FF).contains(scalar.value) { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// Applies the tokenizer's pattern to a part of a text:
  /// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`.
  ///
  /// The special tokens in it can match only if the text had capitals in them, and they are not tokens then; their
  /// letters and punctuation are separated again. Older files do not have them in the pattern (`splitsSpecials` is
  /// false), so punctuation that follows them is joined with theirs.
  static func forEachPiece(
    of text: PlacedText, _ stretch: Range<Int>, splitsSpecials: Bool, _ body: (Range<Int>) -> Void
  ) {
    let scalars = text.scalars[stretch]
    let kinds = scalars.map(Kind.init)
    var position = stretch.lowerBound
    func run(_ kind: Kind) -> Int {
      var end = position + 1
      while end < stretch.upperBound, kinds[end - stretch.lowerBound] == kind { end += 1 }
      return end
    }
    while position < stretch.upperBound {
      let start = position
      switch kinds[position - stretch.lowerBound] {
      case .space:
        position += 1
        continue
      case .digit: position += 1
      case .letter: position = run(.letter)
      case .sign:
        if splitsSpecials, let length = specialLength(scalars[position...]) {
          body(start..<start + 2)
          body(start + 2..<start + length - 2)
          body(start + length - 2..<start + length)
          position += length
          continue
        }
        position = contractionEnd(scalars[position...]) ?? run(.sign)
      }
      body(start..<position)
    }
  }

  private enum Kind {
    case space, letter, digit, sign

    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x61...0x7A: self = .letter
      case 0x30...0x39: self = .digit
      case 0x21...0x7E: self = .sign
      default:
        if scalar.properties.isWhitespace {
          self = .space
          return
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
          self = .letter
        case .decimalNumber, .letterNumber, .otherNumber: self = .digit
        default: self = .sign
        }
      }
    }
  }

  private static let specials = [CLIPVocabulary.beginning, CLIPVocabulary.end].map {
    Array($0.unicodeScalars)
  }
  private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map {
    Array($0.unicodeScalars)
  }

  private static func specialLength(_ rest: ArraySlice<Unicode.Scalar>) -> Int? {
    guard rest.first == "<" else { return nil }
    return specials.first { rest.starts(with: $0) }?.count
  }

  private static func contractionEnd(_ rest: ArraySlice<Unicode.Scalar>) -> Int? {
    guard rest.first == "'" else { return nil }
    let letters = rest.dropFirst()
    return contractions.first { letters.starts(with: $0) }.map { letters.startIndex + $0.count }
  }
}
