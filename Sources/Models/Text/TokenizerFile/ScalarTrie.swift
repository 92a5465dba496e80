/// A prefix tree of words (Fredkin 1960): finds every word that begins at a place of a text.
struct ScalarTrie: Sendable, Hashable {
  /// The child of each node for each character.
  private var edges: [UInt64: Int32] = [:]
  /// The index of the word that ends at each node, -1 if none does.
  private var values: [Int32] = [-1]

  /// The node of the empty prefix.
  static let root: Int32 = 0

  /// Adds a word; of equal words, the first counts.
  mutating func insert<Scalars: Sequence<Unicode.Scalar>>(_ word: Scalars, _ value: Int32) {
    var node = Self.root
    for scalar in word {
      let edge = Self.edge(node, scalar)
      if let next = edges[edge] {
        node = next
      } else {
        let next = Int32(values.count)
        edges[edge] = next
        values.append(-1)
        node = next
      }
    }
    if values[Int(node)] < 0 { values[Int(node)] = value }
  }

  /// The child of a node for a character, or `nil` if no word continues with it.
  func next(_ node: Int32, _ scalar: Unicode.Scalar) -> Int32? { edges[Self.edge(node, scalar)] }

  /// The word that ends at a node.
  func value(_ node: Int32) -> Int32? {
    let value = values[Int(node)]
    return value < 0 ? nil : value
  }

  /// The word equal to this text.
  func value(of text: ArraySlice<Unicode.Scalar>) -> Int32? {
    var node = Self.root
    for scalar in text {
      guard let next = next(node, scalar) else { return nil }
      node = next
    }
    return value(node)
  }

  /// The longest word that begins at a place of a text, and the place after it.
  func longest(in text: [Unicode.Scalar], at place: Int) -> (value: Int32, end: Int)? {
    var (node, position) = (Self.root, place)
    var best: (value: Int32, end: Int)?
    while position < text.count, let next = next(node, text[position]) {
      node = next
      position += 1
      if let value = value(node) { best = (value, position) }
    }
    return best
  }

  private static func edge(_ node: Int32, _ scalar: Unicode.Scalar) -> UInt64 {
    UInt64(UInt32(bitPattern: node)) << 32 | UInt64(scalar.value)
  }
}
