import Checkpoints
import Foundation

/// Recordings of the reference implementations; see `Tests/Reference`.
enum Fixtures {
  static func url(_ name: String) throws -> URL {
    guard let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil) else {
      throw CocoaError(.fileNoSuchFile)
    }
    return folder.appendingPathComponent(name)
  }

  static func tensors(_ name: String) throws -> WeightStore {
    try WeightStore(files: [try url(name)])
  }

  static func json(_ name: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(contentsOf: url(name)))
  }
}

/// The largest difference, as a share of the largest expected value.
func difference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let largest = expected.reduce(0) { max($0, abs($1)) }
  let worst = zip(found, expected).reduce(Float(0)) {
    let d = abs($1.0 - $1.1)
    return d.isFinite ? max($0, d) : .infinity
  }
  return worst / max(largest, 1e-6)
}

/// The root mean square of the differences, relative to that of the expected values.
func relativeDeviation(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let differences = zip(found, expected).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let size = expected.reduce(Float(0)) { $0 + $1 * $1 }
  return differences.isFinite ? (differences / max(size, 1e-12)).squareRoot() : .infinity
}
