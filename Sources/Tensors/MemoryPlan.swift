/// Assigns each value of a program a place in one block of memory, so that values that are never needed at the same
/// time share places.
struct MemoryPlan {
  /// A value's size, and the first and last operation that need it.
  struct Lifetime {
    let bytes: Int
    let first: Int
    let last: Int
  }

  /// Byte offset of each value.
  let offsets: [Int]
  /// The size of the whole block in bytes.
  let bytes: Int

  /// Places the largest values first, each at the lowest offset where it does not overlap values that are needed at the
  /// same time.
  init(_ lifetimes: [Lifetime]) {
    var offsets = Array(repeating: 0, count: lifetimes.count)
    var placed: [Int] = []
    var total = 0
    for value in lifetimes.indices.sorted(by: { lifetimes[$0].bytes > lifetimes[$1].bytes }) {
      let life = lifetimes[value]
      let size = (life.bytes + 63) & ~63
      let neighbours =
        placed
        .filter { lifetimes[$0].first <= life.last && life.first <= lifetimes[$0].last }
        .sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for other in neighbours {
        if offset + size <= offsets[other] { break }
        offset = max(offset, offsets[other] + ((lifetimes[other].bytes + 63) & ~63))
      }
      offsets[value] = offset
      placed.append(value)
      total = max(total, offset + size)
    }
    self.offsets = offsets
    bytes = total
  }
}
