/// The runs of a session, and the rule by which they stay within their memory.
///
/// When the pictures of all runs take more than ``byteLimit``, the oldest run that is not shown loses every second of its
/// steps, again and again until it has two; then the next run; the run that is shown comes last. The first, the last
/// and the shown step are always kept.
struct RunList: Sendable, Hashable {
  /// Bytes that the pictures of all runs may take.
  static let byteLimit = 256 << 20
  /// Runs that are listed.
  static let runLimit = 100

  private(set) var runs: [Run] = []

  var count: Int { runs.count }

  subscript(id: Int?) -> Run? { id.flatMap { id in runs.first { $0.id == id } } }

  /// Changes a run where it lies, so that its frames are not copied.
  mutating func change(_ id: Int, _ body: (inout Run) -> Void) {
    guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
    body(&runs[index])
  }

  /// The place of a run in the list, from 1.
  func number(of id: Int) -> Int { (runs.firstIndex { $0.id == id } ?? -1) + 1 }

  /// Adds a run.
  ///
  /// - Returns: The runs that had to go for it.
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

  /// Removes a run that came to nothing.
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
