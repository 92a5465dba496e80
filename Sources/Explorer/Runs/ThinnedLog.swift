/// A list that can drop elements to save memory, but never its first or last one. At every position, it returns the
/// nearest element at or before it.
public struct ThinnedLog<Element: Sendable>: Sendable {
  fileprivate struct Entry: Sendable {
    let position: Int
    let element: Element
  }

  /// The number of positions, including those of dropped elements.
  public private(set) var count = 0
  private var kept: [Entry] = []

  /// An empty log.
  public init() {}

  /// The number of kept elements.
  public var keptCount: Int { kept.count }
  /// Whether there are no positions.
  public var isEmpty: Bool { count == 0 }
  /// The first element.
  public var first: Element? { kept.first?.element }
  /// The last element.
  public var last: Element? { kept.last?.element }
  /// The kept elements, in order.
  public var elements: [Element] { kept.map(\.element) }

  /// Adds an element at the next position.
  public mutating func append(_ element: Element) {
    kept.append(Entry(position: count, element: element))
    count += 1
  }

  /// The nearest element at or before a position, and its position.
  public func nearest(_ position: Int) -> (position: Int, element: Element)? {
    var (low, high) = (0, kept.count)
    while low < high {
      let middle = (low + high) / 2
      if kept[middle].position <= position { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : (kept[low - 1].position, kept[low - 1].element)
  }

  /// The element at a position, if it was kept.
  public subscript(position: Int) -> Element? {
    nearest(position).flatMap { $0.position == position ? $0.element : nil }
  }

  /// Only the first positions.
  public func prefix(_ positions: Int) -> ThinnedLog {
    var result = self
    result.count = min(count, max(0, positions))
    result.kept.removeAll { $0.position >= result.count }
    return result
  }

  /// Drops every other element, except the first, the last and the one at `position`.
  ///
  /// - Returns: Whether anything could be dropped.
  public mutating func thin(sparing position: Int? = nil) -> Bool {
    let before = kept.count
    let spared = position.flatMap { nearest($0)?.position }
    kept = kept.enumerated().filter { index, entry in
      index % 2 == 0 || index == before - 1 || entry.position == spared
    }.map(\.element)
    return kept.count < before
  }
}

extension ThinnedLog: Equatable where Element: Equatable {}
extension ThinnedLog: Hashable where Element: Hashable {}
extension ThinnedLog.Entry: Equatable where Element: Equatable {}
extension ThinnedLog.Entry: Hashable where Element: Hashable {}
