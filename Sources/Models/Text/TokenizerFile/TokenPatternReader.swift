extension TokenPattern {
  /// Why a regular expression cannot be used: a phrase that follows "found".
  struct Problem: Error { let found: String }

  /// Which characters `\w` matches.
  enum Dialect { case oniguruma, annex18 }

  /// A regular expression.
  ///
  /// - Throws: ``Problem`` when it is malformed, uses syntax that is not supported, matches the empty text, or is too
  ///   long.
  init(regex text: String, dialect: Dialect = .oniguruma) throws(Problem) {
    var reader = TokenPatternReader(text, dialect: dialect)
    self.init(program: try reader.program())
  }
}

/// Reads one regular expression.
private struct TokenPatternReader {
  typealias Problem = TokenPattern.Problem

  private indirect enum Node {
    case one(ScalarClass)
    case ahead(ScalarClass, isNegated: Bool)
    case sequence([Node])
    case choice([Node])
    case repeated(Node, from: Int, to: Int?, isLazy: Bool)

    /// Whether it matches the empty text.
    var isNullable: Bool {
      switch self {
      case .one: false
      case .ahead: true
      case .sequence(let nodes): nodes.allSatisfy(\.isNullable)
      case .choice(let nodes): nodes.contains(where: \.isNullable)
      case .repeated(let node, let from, _, _): from == 0 || node.isNullable
      }
    }
  }

  private static let deepest = 16
  private static let mostInstructions = 512

  private let scalars: [Unicode.Scalar]
  private let word: ScalarClass.Kind
  private var place = 0
  private var instructions: [TokenPattern.Instruction] = []
  /// Nodes compiled so far. Repeating an empty group adds no instructions but takes time.
  private var parts = 0

  init(_ text: String, dialect: TokenPattern.Dialect) {
    scalars = Array(text.unicodeScalars)
    word = dialect == .oniguruma ? .word : .joinedWord
  }

  mutating func program() throws(Problem) -> [TokenPattern.Instruction] {
    let node = try choice(depth: 0)
    guard place == scalars.count else { throw problem("a closing bracket without an opening one") }
    guard !node.isNullable else { throw problem("a pattern that matches the empty text") }
    try emit(node)
    try add(.end)
    return instructions
  }

  private func problem(_ what: String) -> Problem {
    Problem(found: "\(what), at character \(place + 1)")
  }

  private var current: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private mutating func take(_ text: String) -> Bool {
    guard scalars[place...].starts(with: text.unicodeScalars) else { return false }
    place += text.unicodeScalars.count
    return true
  }

  // MARK: Parts

  private mutating func choice(depth: Int) throws(Problem) -> Node {
    guard depth < Self.deepest else { throw problem("groups nested more than 15 deep") }
    var choices: [Node] = []
    repeat {
      var sequence: [Node] = []
      while let scalar = current, scalar != "|", scalar != ")" {
        let atom = try atom(depth)
        sequence.append(try repeated(atom))
      }
      choices.append(.sequence(sequence))
    } while take("|")
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func atom(_ depth: Int) throws(Problem) -> Node {
    guard let scalar = current else { throw problem("an unfinished expression") }
    switch scalar {
    case "(": return try group(depth)
    case "[":
      place += 1
      return .one(try bracket())
    case "\\":
      place += 1
      return .one(ScalarClass([try escaped()]))
    case ".":
      place += 1
      return .one(ScalarClass([.range(10...10)], isNegated: true))
    case "^", "$": throw problem("\(scalar)")
    case "*", "+", "?", "{": throw problem("\(scalar) with nothing to repeat")
    default:
      place += 1
      return .one(ScalarClass(scalar))
    }
  }

  private mutating func group(_ depth: Int) throws(Problem) -> Node {
    let isAhead = take("(?=")
    let isNotAhead = !isAhead && take("(?!")
    if !isAhead, !isNotAhead, !take("(?:") {
      place += 1
      guard current != "?" else { throw problem("a group of the kind (?") }
    }
    let inner = try choice(depth: depth + 1)
    guard take(")") else { throw problem("a group that is not closed") }
    guard isAhead || isNotAhead else { return inner }
    guard case .sequence(let nodes) = inner, nodes.count == 1, case .one(let scalars) = nodes[0]
    else { throw problem("a lookahead of more than one character") }
    return .ahead(scalars, isNegated: isNotAhead)
  }

  private mutating func repeated(_ node: Node) throws(Problem) -> Node {
    let bounds: (from: Int, to: Int?)
    switch current {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{": bounds = try counts()
    default: return node
    }
    if case .ahead = node { throw problem("a lookahead that is repeated") }
    place += 1
    let isLazy = take("?")
    if let scalar = current, ["*", "+", "?", "{"].contains(scalar) {
      throw problem("\(scalar) after a repetition")
    }
    return .repeated(node, from: bounds.from, to: bounds.to, isLazy: isLazy)
  }

  /// The numbers of `{2}`, `{2,}` or `{2,3}`, up to the closing brace.
  private mutating func counts() throws(Problem) -> (from: Int, to: Int?) {
    place += 1
    guard let from = number() else { throw problem("braces without a number") }
    var to: Int? = from
    if take(",") { to = number() }
    guard current == "}", from <= to ?? from,
      (1...Self.mostInstructions).contains(to ?? max(from, 1))
    else { throw problem("braces with counts other than 1 to \(Self.mostInstructions)") }
    return (from, to)
  }

  private mutating func number() -> Int? {
    var digits = ""
    while let scalar = current, ("0"..."9").contains(scalar), digits.count < 4 {
      digits.unicodeScalars.append(scalar)
      place += 1
    }
    return Int(digits)
  }

  /// Reads a class in brackets, after the opening bracket.
  private mutating func bracket() throws(Problem) -> ScalarClass {
    let isNegated = take("^")
    var items: [ScalarClass.Item] = []
    while let scalar = current, scalar != "]" {
      guard scalar != "[", !scalars[place...].starts(with: "&&".unicodeScalars) else {
        throw problem("classes within a class")
      }
      let item = try bracketItem()
      guard current == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
        items.append(item)
        continue
      }
      place += 1
      guard case .range(let low) = item, case .range(let high) = try bracketItem(),
        low.lowerBound <= high.upperBound
      else { throw problem("a range without two ends") }
      items.append(.range(low.lowerBound...high.upperBound))
    }
    guard take("]"), !items.isEmpty else { throw problem("a class that is not closed") }
    return ScalarClass(items, isNegated: isNegated)
  }

  private mutating func bracketItem() throws(Problem) -> ScalarClass.Item {
    guard let scalar = current else { throw problem("a class that is not closed") }
    place += 1
    return scalar == "\\" ? try escaped() : .range(scalar.value...scalar.value)
  }

  /// The character or class after a backslash.
  private mutating func escaped() throws(Problem) -> ScalarClass.Item {
    guard let scalar = current else { throw problem("a backslash at the end") }
    place += 1
    func one(_ scalar: Unicode.Scalar) -> ScalarClass.Item { .range(scalar.value...scalar.value) }
    switch scalar {
    case "n": return one("\n")
    case "r": return one("\r")
    case "t": return one("\t")
    case "s", "S": return .kind(.space, isNegated: scalar == "S")
    case "w", "W": return .kind(word, isNegated: scalar == "W")
    case "d", "D": return .kind(.category("Nd"), isNegated: scalar == "D")
    case "p", "P": return try category(isNegated: scalar == "P")
    case "0"..."9", "a"..."z", "A"..."Z": throw problem("\\\(scalar)")
    default: return one(scalar)
    }
  }

  private mutating func category(isNegated: Bool) throws(Problem) -> ScalarClass.Item {
    guard take("{") else { throw problem("\\p without braces") }
    let isInverted = take("^")
    var name = ""
    while let scalar = current, scalar != "}", name.count < 32 {
      name.unicodeScalars.append(scalar)
      place += 1
    }
    guard take("}"), Self.categories.contains(name) else {
      throw problem("\\p{\(name)}, which is not a general category")
    }
    return .kind(.category(name), isNegated: isNegated != isInverted)
  }

  private static let categories: Set<String> = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No",
    "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So",
    "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  // MARK: Instructions

  private static let tooLong = Problem(found: "one of more than \(mostInstructions) parts")

  private mutating func add(_ instruction: TokenPattern.Instruction) throws(Problem) {
    guard instructions.count < Self.mostInstructions else { throw Self.tooLong }
    instructions.append(instruction)
  }

  private mutating func emit(_ node: Node) throws(Problem) {
    parts += 1
    guard parts <= 8 * Self.mostInstructions else { throw Self.tooLong }
    switch node {
    case .one(let scalars): try add(.one(scalars))
    case .ahead(let scalars, let isNegated): try add(.ahead(scalars, isNegated: isNegated))
    case .sequence(let nodes): for node in nodes { try emit(node) }
    case .choice(let nodes): try emitChoice(nodes)
    case .repeated(let node, let from, let to, let isLazy):
      for _ in 0..<from { try emit(node) }
      if let to {
        for _ in from..<to { try emitOptional(node, isLazy: isLazy, isLoop: false) }
      } else {
        try emitOptional(node, isLazy: isLazy, isLoop: true)
      }
    }
  }

  private mutating func emitChoice(_ nodes: [Node]) throws(Problem) {
    var jumps: [Int] = []
    for node in nodes.dropLast() {
      let fork = instructions.count
      try add(.fork(fork + 1, fork + 1))
      try emit(node)
      jumps.append(instructions.count)
      try add(.jump(0))
      instructions[fork] = .fork(fork + 1, instructions.count)
    }
    if let last = nodes.last { try emit(last) }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  /// Emits an optional part, repeated if it is a loop.
  private mutating func emitOptional(_ node: Node, isLazy: Bool, isLoop: Bool) throws(Problem) {
    let fork = instructions.count
    try add(.fork(fork + 1, fork + 1))
    try emit(node)
    if isLoop { try add(.jump(fork)) }
    let behind = instructions.count
    instructions[fork] = isLazy ? .fork(behind, fork + 1) : .fork(fork + 1, behind)
  }
}
