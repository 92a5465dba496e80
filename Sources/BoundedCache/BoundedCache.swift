/// Values that may be dropped to save memory: over the limit, those that were used longest ago go first.
///
/// The value that was inserted or used last always stays, however large it is. Looking a value up is no use of it, so that
/// code that only reads the cache, such as drawing, can do without changing it; ``touch(_:)`` is.
///
/// Every operation takes constant time but ``remove(where:)`` and ``newest(where:)``, which may visit every value once.
/// Two caches are equal when they hold the same values in the same order of use.
package struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// A value and its neighbours in the order of use.
  fileprivate struct Entry: Sendable {
    var value: Value
    var bytes: Int
    /// The key that was used just before this one.
    var older: Key?
    /// The key that was used just after this one.
    var newer: Key?
  }

  /// Bytes that the values may take together.
  package let limit: Int
  /// Bytes that the values take together.
  package private(set) var bytes = 0

  private var entries: [Key: Entry] = [:]
  private var oldest: Key?
  private var newest: Key?

  /// An empty cache.
  ///
  /// - Parameter limit: Bytes that the values may take together.
  package init(limit: Int) { self.limit = limit }

  /// Values that are there.
  package var count: Int { entries.count }

  /// Whether there is no value.
  package var isEmpty: Bool { entries.isEmpty }

  /// The value of a key; `nil` where there is none, or where it was dropped.
  package subscript(key: Key) -> Value? { entries[key]?.value }

  /// Puts in a value as the one that was used last, in the place of an earlier one of this key, and drops others until
  /// all that are left fit.
  ///
  /// - Parameter bytes: What the value takes, 0 or more.
  package mutating func insert(_ value: Value, for key: Key, bytes: Int) {
    remove(key)
    entries[key] = Entry(value: value, bytes: max(0, bytes), older: newest)
    self.bytes += max(0, bytes)
    if let newest { entries[newest]?.newer = key } else { oldest = key }
    newest = key
    while self.bytes > limit, let oldest, oldest != key { remove(oldest) }
  }

  /// Makes a value the one that was used last. Does nothing where there is none.
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
  /// - Returns: The value; `nil` where there was none.
  @discardableResult
  package mutating func remove(_ key: Key) -> Value? {
    guard let entry = entries.removeValue(forKey: key) else { return nil }
    unlink(entry)
    bytes -= entry.bytes
    return entry.value
  }

  /// Removes the values that a condition holds for.
  package mutating func remove(where isUnwanted: (Key, Value) -> Bool) {
    for (key, entry) in entries where isUnwanted(key, entry.value) { remove(key) }
  }

  /// Removes all values.
  package mutating func removeAll() { self = BoundedCache(limit: limit) }

  /// The value that was used last of those whose keys a condition holds for.
  package func newest(where isWanted: (Key) -> Bool) -> (key: Key, value: Value)? {
    var place = newest
    while let key = place, let entry = entries[key] {
      if isWanted(key) { return (key, entry.value) }
      place = entry.older
    }
    return nil
  }

  /// Takes an entry out of the order of use.
  private mutating func unlink(_ entry: Entry) {
    if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
    if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
  }
}

extension BoundedCache: Equatable where Value: Equatable {}
extension BoundedCache: Hashable where Value: Hashable {}
extension BoundedCache.Entry: Equatable where Value: Equatable {}
extension BoundedCache.Entry: Hashable where Value: Hashable {}
