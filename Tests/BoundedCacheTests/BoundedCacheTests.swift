import BoundedCache
import Testing

@Suite struct BoundedCacheTests {
  /// A cache of texts that were inserted in this order, each of ten bytes.
  private func cache(_ keys: Int..., limit: Int = 30) -> BoundedCache<Int, String> {
    var cache = BoundedCache<Int, String>(limit: limit)
    for key in keys { cache.insert("value \(key)", for: key, bytes: 10) }
    return cache
  }

  private func keys(_ cache: BoundedCache<Int, String>) -> [Int] {
    (0..<100).filter { cache[$0] != nil }
  }

  @Test func emptyAtFirst() {
    let empty = cache()
    #expect(empty.isEmpty && empty.count == 0 && empty.bytes == 0)
    #expect(empty[1] == nil)
    #expect(empty.newest { _ in true } == nil)
  }

  @Test func theOldestGoesFirst() {
    let full = cache(1, 2, 3)
    #expect(keys(full) == [1, 2, 3] && full.bytes == 30)
    let over = cache(1, 2, 3, 4, 5)
    #expect(keys(over) == [3, 4, 5] && over.bytes == 30 && over.count == 3)
    #expect(over[4] == "value 4")
  }

  @Test func whatWasUsedStays() {
    var cache = cache(1, 2, 3)
    cache.touch(1)
    cache.insert("new", for: 4, bytes: 10)
    #expect(keys(cache) == [1, 3, 4])
    // The newest, one in the middle, and one that is not there.
    cache.touch(4)
    cache.touch(1)
    cache.touch(99)
    cache.insert("new", for: 5, bytes: 10)
    #expect(keys(cache) == [1, 4, 5])
  }

  @Test func lookingIsNoUse() {
    var cache = cache(1, 2, 3)
    #expect(cache[1] != nil)
    #expect(cache.newest { $0 == 1 }?.value == "value 1")
    cache.insert("new", for: 4, bytes: 10)
    #expect(cache[1] == nil)
  }

  @Test func aKeyHasOneValue() {
    var cache = cache(1, 2, 3)
    cache.insert("other", for: 1, bytes: 4)
    #expect(cache[1] == "other" && cache.bytes == 24 && cache.count == 3)
    cache.insert("new", for: 4, bytes: 10)
    // Inserted again, 1 was used last.
    #expect(keys(cache) == [1, 3, 4] && cache.bytes == 24)
  }

  @Test func theLastStaysHoweverLargeItIs() {
    var cache = cache(1, 2)
    cache.insert("huge", for: 3, bytes: 1000)
    #expect(keys(cache) == [3] && cache.bytes == 1000)
    cache.insert("small", for: 4, bytes: 1)
    #expect(keys(cache) == [4] && cache.bytes == 1)
    let none = self.cache(1, 2, limit: 0)
    #expect(keys(none) == [2])
  }

  @Test func severalGoForOne() {
    var cache = cache(1, 2, 3)
    cache.insert("large", for: 4, bytes: 20)
    #expect(keys(cache) == [3, 4] && cache.bytes == 30)
  }

  @Test func removing() {
    var cache = cache(1, 2, 3)
    #expect(cache.remove(2) == "value 2")
    #expect(cache.remove(2) == nil)
    #expect(keys(cache) == [1, 3] && cache.bytes == 20)
    cache.remove { key, value in key == 3 && value == "value 3" }
    #expect(keys(cache) == [1] && cache.bytes == 10)
    // The order is still consistent after its ends were removed.
    cache.insert("new", for: 4, bytes: 10)
    cache.insert("new", for: 5, bytes: 10)
    cache.insert("new", for: 6, bytes: 10)
    #expect(keys(cache) == [4, 5, 6])
    cache.removeAll()
    #expect(cache.isEmpty && cache.bytes == 0 && cache.limit == 30)
    cache.insert("new", for: 7, bytes: 10)
    #expect(keys(cache) == [7])
  }

  @Test func theNewestOfAKind() {
    var cache = cache(1, 2, 3, limit: 100)
    #expect(cache.newest { $0 % 2 == 1 }?.key == 3)
    cache.touch(1)
    #expect(cache.newest { $0 % 2 == 1 }?.key == 1)
    #expect(cache.newest { $0 % 2 == 0 }?.value == "value 2")
    #expect(cache.newest { $0 > 9 } == nil)
  }

  @Test func equalWhereValuesAndOrderAre() {
    #expect(cache(1, 2, 3) == cache(1, 2, 3))
    #expect(cache(1, 2, 3).hashValue == cache(1, 2, 3).hashValue)
    #expect(cache(1, 2, 3) != cache(2, 1, 3))
    var touched = cache(2, 1, 3)
    touched.touch(2)
    touched.touch(3)
    #expect(touched == cache(1, 2, 3))
    #expect(cache(1, 2) != cache(1, 2, limit: 40))
  }

  /// The rule, checked against a plain list after each of many random changes.
  @Test func agreesWithAPlainList() {
    var cache = BoundedCache<Int, String>(limit: 100)
    var list: [(key: Int, bytes: Int)] = []
    var random: UInt64 = 1
    func draw(_ count: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % count
    }
    for round in 0..<5000 {
      let key = draw(20)
      switch draw(4) {
      case 0:
        cache.touch(key)
        if let index = list.firstIndex(where: { $0.key == key }) {
          list.append(list.remove(at: index))
        }
      case 1:
        cache.remove(key)
        list.removeAll { $0.key == key }
      default:
        let bytes = draw(40)
        cache.insert("\(key)", for: key, bytes: bytes)
        list.removeAll { $0.key == key }
        list.append((key, bytes))
        while list.reduce(0, { $0 + $1.bytes }) > 100, list.count > 1 { list.removeFirst() }
      }
      #expect(cache.count == list.count, "round \(round)")
      #expect(cache.bytes == list.reduce(0) { $0 + $1.bytes }, "round \(round)")
      #expect(list.allSatisfy { cache[$0.key] == "\($0.key)" }, "round \(round)")
      #expect(cache.newest { _ in true }?.key == list.last?.key, "round \(round)")
    }
  }

  /// Thousands of entries, each moved and at last dropped: seconds if an operation took time in proportion to them.
  @Test func manyEntries() {
    var cache = BoundedCache<Int, Int>(limit: 50_000)
    for key in 0..<100_000 {
      cache.insert(key, for: key, bytes: 1)
      cache.touch(key / 2)
    }
    #expect(cache.count == 50_000 && cache.bytes == 50_000)
    #expect(cache[99_999] == 99_999)
  }
}
