/// Values that may be dropped to save memory: over the limit, the least recently used go first.
///
/// The most recently inserted or used value always stays, however large it is. Looking up a value does not count as
/// using it, so that code that only reads the cache, such as drawing, need not change it; ``touch(_:)`` does.
///
/// Every operation takes constant time except ``remove(where:)`` and ``newest(where:)``, which may visit every value
/// once. Two caches are equal if they contain the same values in the same order of use.
package struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// A value and its neighbours in the order of use.
  fileprivate struct Entry: Sendable {
    var value: Value
    var bytes: Int
    /// The key used just before this one.
    var older: Key?
    /// The key used just after this one.
    var newer: Key?
  }

  /// The maximum size of all values together, in bytes.
  package let limit: Int
  /// The total size of the values in bytes.
  package private(set) var bytes = 0

  private var entries: [Key: Entry] = [:]
  private var oldest: Key?
  private var newest: Key?

  /// An empty cache.
  ///
  /// - Parameter limit: The maximum size of all values together, in bytes.
  package init(limit: Int) { self.limit = limit }

  /// The number of values.
  package var count: Int { entries.count }

  /// Whether there is no value.
  package var isEmpty: Bool { entries.isEmpty }

  /// The value of a key; `nil` if there is none, or if it was dropped.
  package subscript(key: Key) -> Value? { entries[key]?.value }

  /// Inserts a value as the most recently used one, replacing any earlier value of the key, and drops others until the
  /// rest fit.
  ///
  /// - Parameter bytes: The size of the value, at least 0.
  package mutating func insert(_ value: Value, for key: Key, bytes: Int) {
    remove(key)
    entries[key] = Entry(value: value, bytes: max(0, bytes), older: newest)
    self.bytes += max(0, bytes)
    if let newest { entries[newest]?.newer = key } else { oldest = key }
    newest = key
    while self.bytes > limit, let oldest, oldest != key { remove(oldest) }
  }

  /// Marks a value as the most recently used. Does nothing if it does not exist.
  package mutating func touch(_ key: Key) {
    guard key != newest, let entry = entries[key] else { return }
    unlink(entry)
    entries[key]?.older = newest
    entries[key]?.newer = nil
    if let newest { entries[newest]?.newer = key }
    newest = key
  }

  /// Removes a value.
  ///
  /// - Returns: The value; `nil` if there was none.
  @discardableResult
  package mutating func remove(_ key: Key) -> Value? {
    guard let entry = entries.removeValue(forKey: key) else { return nil }
    unlink(entry)
    bytes -= entry.bytes
    return entry.value
  }

  /// Removes the values whose keys satisfy a condition.
  package mutating func remove(where isUnwanted: (Key, Value) -> Bool) {
    for (key, entry) in entries where isUnwanted(key, entry.value) { remove(key) }
  }

  /// Removes all values.
  package mutating func removeAll() { self = BoundedCache(limit: limit) }

  /// The most recently used value whose key satisfies a condition.
  package func newest(where isWanted: (Key) -> Bool) -> (key: Key, value: Value)? {
    var place = newest
    while let key = place, let entry = entries[key] {
      if isWanted(key) { return (key, entry.value) }
      place = entry.older
    }
    return nil
  }

  /// Removes an entry from the order of use.
  private mutating func unlink(_ entry: Entry) {
    if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
    if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
  }
}

extension BoundedCache: Equatable where Value: Equatable {}
extension BoundedCache: Hashable where Value: Hashable {}
extension BoundedCache.Entry: Equatable where Value: Equatable {}
extension BoundedCache.Entry: Hashable where Value: Hashable {}
