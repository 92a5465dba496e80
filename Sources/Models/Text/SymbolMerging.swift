import Checkpoints

/// Which two symbols merge into which, in the order in which a vocabulary learned them (Sennrich et al. 2016).
struct MergeTable: Sendable {
  /// The result of merging two neighbours.
  struct Merge: Sendable {
    /// Lower ranks merge first.
    let rank: Int32
    let result: Int32
  }

  private var merges: [UInt64: Merge] = [:]

  /// A table from symbols as written in files, in bytes.
  ///
  /// - Parameters:
  ///   - pairs: The merges; of equal pairs, the first counts.
  ///   - ids: The id of each symbol.
  ///   - file: The vocabulary's file, for messages.
  ///   - join: Returns the symbol that two others become.
  /// - Throws: `CheckpointError` when a symbol has no id.
  init(
    _ pairs: [(left: [UInt8], right: [UInt8])], ids: [[UInt8]: Int32], file: String,
    joining join: (_ left: [UInt8], _ right: [UInt8]) -> [UInt8] = { $0 + $1 }
  ) throws {
    merges.reserveCapacity(pairs.count)
    for (rank, pair) in pairs.enumerated() {
      let key = Self.key(
        try Self.required(pair.left, ids, file), try Self.required(pair.right, ids, file))
      let result = try Self.required(join(pair.left, pair.right), ids, file)
      guard merges[key] == nil else { continue }
      merges[key] = Merge(rank: Int32(rank), result: result)
    }
  }

  /// The symbol that two symbols merge into, or `nil` if they do not merge.
  subscript(left: Int32, right: Int32) -> Merge? { merges[Self.key(left, right)] }

  /// The id of a symbol.
  ///
  /// - Throws: `CheckpointError` when it has none.
  static func required(_ symbol: [UInt8], _ ids: [[UInt8]: Int32], _ file: String) throws -> Int32 {
    guard let id = ids[symbol] else {
      throw CheckpointError(
        .malformed, file: file, key: String(decoding: symbol, as: UTF8.self),
        expected: "an id for this token", found: "none among \(ids.count)",
        advice: TokenizerEntry.copyAgain)
    }
    return id
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

/// The symbols of one word during merging (Sennrich et al. 2016).
///
/// The pair that the vocabulary learned first is always merged next; of equal pairs, the leftmost. A heap of pairs
/// keeps this fast for words of any length, such as a line without spaces.
struct SymbolMerging {
  /// A symbol, and the range of characters of the word that it belongs to.
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

  private let merges: MergeTable
  private var symbols: [Symbol] = []
  private var heap: [Pair] = []
  /// The neighbours of each remaining symbol, -1 for none.
  private var next: [Int] = []
  private var previous: [Int] = []

  init(_ merges: MergeTable) { self.merges = merges }

  /// Adds a symbol; `place` is the character that it belongs to.
  mutating func append(_ id: Int32, place: Int) {
    symbols.append(Symbol(id: id, first: place, last: place))
  }

  /// Extends the last symbol over another character.
  mutating func extendLast(to place: Int) {
    guard !symbols.isEmpty else { return }
    symbols[symbols.count - 1].last = place
  }

  /// Replaces the last symbol.
  mutating func replaceLast(with id: Int32) {
    guard !symbols.isEmpty else { return }
    symbols[symbols.count - 1].id = id
  }

  /// The symbols that remain when no more pairs merge.
  mutating func merged() -> [Symbol] {
    next = symbols.indices.map { $0 + 1 < symbols.count ? $0 + 1 : -1 }
    previous = symbols.indices.map { $0 - 1 }
    for position in symbols.indices { offer(position) }
    while let pair = takeFirst() {
      let right = next[pair.position]
      // Either symbol may have been merged since the pair was found.
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

  /// Adds a symbol and its right neighbour to the heap, if they merge.
  private mutating func offer(_ position: Int) {
    let right = next[position]
    guard right >= 0, let merge = merges[symbols[position].id, symbols[right].id] else { return }
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
