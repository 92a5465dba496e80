/// The bytes of one word, being merged (Sennrich et al. 2016).
///
/// Always the pair that the vocabulary learnt first is merged next, of equal ones the leftmost. A
/// heap of pairs keeps that quick for words of any length, such as a line without spaces.
struct CLIPWord {
  /// A symbol, and the first and last character of the word that it has bytes of.
  struct Symbol {
    var id: Int32
    var first: Int
    var last: Int
  }

  private struct Pair {
    let rank: Int32
    let position: Int
    let left: Int32
    let right: Int32
    let result: Int32

    func precedes(_ other: Pair) -> Bool { (rank, position) < (other.rank, other.position) }
  }

  private let vocabulary: CLIPVocabulary
  private var symbols: [Symbol] = []
  private var bytes: [UInt8] = []
  private var heap: [Pair] = []
  /// The neighbours of each symbol that is still there, -1 for none.
  private var next: [Int] = []
  private var previous: [Int] = []

  init(_ vocabulary: CLIPVocabulary) { self.vocabulary = vocabulary }

  /// Adds a character; `place` is what its symbols remember of it.
  mutating func append(_ scalar: Unicode.Scalar, place: Int) {
    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
      bytes.append(byte)
      symbols.append(
        Symbol(id: vocabulary.inside[Int(byte)], first: place, last: place))
    }
  }

  /// The symbols that are left when nothing merges any more.
  mutating func merged() -> [Symbol] {
    guard let last = bytes.last else { return [] }
    symbols[symbols.count - 1].id = vocabulary.atEnd[Int(last)]
    next = symbols.indices.map { $0 + 1 < symbols.count ? $0 + 1 : -1 }
    previous = symbols.indices.map { $0 - 1 }
    for position in symbols.indices { offer(position) }
    while let pair = takeFirst() {
      let right = next[pair.position]
      // Either symbol may have gone into another one since the pair was found.
      guard right >= 0, symbols[pair.position].id == pair.left, symbols[right].id == pair.right
      else {
        continue
      }
      symbols[pair.position].id = pair.result
      symbols[pair.position].last = symbols[right].last
      symbols[right].id = -1
      next[pair.position] = next[right]
      if next[right] >= 0 { previous[next[right]] = pair.position }
      offer(pair.position)
      if previous[pair.position] >= 0 { offer(previous[pair.position]) }
    }
    return symbols.filter { $0.id >= 0 }
  }

  // MARK: The heap

  /// Puts a symbol and its neighbour on the right on the heap, if they merge.
  private mutating func offer(_ position: Int) {
    let right = next[position]
    guard right >= 0, let merge = vocabulary.merge(symbols[position].id, symbols[right].id) else {
      return
    }
    heap.append(
      Pair(
        rank: merge.rank, position: position, left: symbols[position].id,
        right: symbols[right].id, result: merge.result))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func takeFirst() -> Pair? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      guard least != parent else { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
