/// The runs of a session, and the rule that keeps them within their memory limit.
///
/// If the pictures of all runs take more than ``byteLimit``, the oldest run that is not shown loses every other step,
/// repeatedly until it has two; then the next run; the shown run comes last. The first, the last and the shown step are
/// always kept.
struct RunList: Sendable, Hashable {
  /// The maximum size of the pictures of all runs in bytes.
  static let byteLimit = 256 << 20
  /// The maximum number of runs in the list.
  static let runLimit = 100

  private(set) var runs: [Run] = []

  var count: Int { runs.count }

  subscript(id: Int?) -> Run? { id.flatMap { id in runs.first { $0.id == id } } }

  /// Changes a run in place, so that its frames are not copied.
  mutating func change(_ id: Int, _ body: (inout Run) -> Void) {
    guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
    body(&runs[index])
  }

  /// The position of a run in the list, from 1.
  func number(of id: Int) -> Int { (runs.firstIndex { $0.id == id } ?? -1) + 1 }

  /// Adds a run.
  ///
  /// - Returns: The runs that were removed to make room.
  mutating func append(_ run: Run, sparing spared: Set<Int>) -> [Int] {
    runs.append(run)
    var gone: [Int] = []
    while runs.count > RunList.runLimit,
      let oldest = runs.firstIndex(where: { !spared.contains($0.id) && $0.id != run.id })
    {
      gone.append(runs.remove(at: oldest).id)
    }
    return gone
  }

  /// Removes a run without results.
  mutating func remove(_ id: Int) { runs.removeAll { $0.id == id } }

  /// Drops steps by the rule until the pictures fit.
  mutating func thin(to limit: Int = RunList.byteLimit, shown: Int?, position: Int) {
    var bytes = runs.reduce(0) { $0 + $1.bytes }
    let order =
      runs.indices.filter { runs[$0].id != shown } + runs.indices.filter { runs[$0].id == shown }
    for index in order {
      while bytes > limit {
        let before = runs[index].bytes
        guard runs[index].thin(sparing: runs[index].id == shown ? position : nil) else { break }
        bytes -= before - runs[index].bytes
      }
    }
  }
}
