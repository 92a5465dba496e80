import BoundedCache

/// What studies found. When the answers take more than ``byteLimit``, those that were wanted longest ago go.
struct Findings: Sendable, Hashable {
  /// Bytes that all answers may take.
  static let byteLimit = 96 << 20

  private var cache = BoundedCache<Study, Finding>(limit: byteLimit)

  subscript(_ study: Study) -> Finding? { cache[study] }

  mutating func put(_ finding: Finding, for study: Study) {
    cache.insert(finding, for: study, bytes: finding.bytes)
  }

  /// The newest answer to a question like this, with the question.
  func newest(_ isLike: (Study) -> Bool) -> (study: Study, finding: Finding)? {
    cache.newest(where: isLike).map { ($0.key, $0.value) }
  }

  /// Makes a study the one that was wanted last.
  mutating func touch(_ study: Study) { cache.touch(study) }

  mutating func forgetAll() { cache.removeAll() }

  /// Forgets what could not be worked out.
  mutating func forgetFailures() {
    cache.remove { if case .failed = $1 { true } else { false } }
  }
}
