import BoundedCache

/// The results of studies. If they take more than ``byteLimit``, the least recently used are dropped.
struct Findings: Sendable, Hashable {
  /// The maximum size of all results in bytes.
  static let byteLimit = 96 << 20

  private var cache = BoundedCache<Study, Finding>(limit: byteLimit)

  subscript(_ study: Study) -> Finding? { cache[study] }

  mutating func put(_ finding: Finding, for study: Study) {
    cache.insert(finding, for: study, bytes: finding.bytes)
  }

  /// The newest result whose study satisfies a condition, with that study.
  func newest(_ isLike: (Study) -> Bool) -> (study: Study, finding: Finding)? {
    cache.newest(where: isLike).map { ($0.key, $0.value) }
  }

  /// Marks a study as the most recently used.
  mutating func touch(_ study: Study) { cache.touch(study) }

  mutating func forgetAll() { cache.removeAll() }

  /// Forgets failed studies.
  mutating func forgetFailures() {
    cache.remove { if case .failed = $1 { true } else { false } }
  }
}
