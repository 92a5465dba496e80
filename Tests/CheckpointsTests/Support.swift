import Checkpoints
import Foundation
import Testing

/// A file that a reference script wrote.
func fixture(_ name: String) throws -> URL {
  try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    .appendingPathComponent(name)
}

/// A folder that lasts as long as the body.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("checkpoints-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// The bytes of a safetensors file with this header and this many bytes of elements.
func safetensors(_ header: String, elements: [UInt8] = []) -> Data {
  let length = UInt64(header.utf8.count)
  var data = Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) })
  data.append(contentsOf: header.utf8)
  data.append(contentsOf: elements)
  return data
}

/// The error thrown by a body, which must be a complete ``CheckpointError``.
func error(
  _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) throws -> CheckpointError {
  let thrown = #expect(
    throws: CheckpointError.self, sourceLocation: sourceLocation, performing: body)
  let error = try #require(thrown, sourceLocation: sourceLocation)
  for part in [error.file, error.expected, error.found, error.advice] {
    #expect(!part.isEmpty, sourceLocation: sourceLocation)
    #expect(error.description.contains(part), sourceLocation: sourceLocation)
  }
  return error
}

/// A file with some of its bytes changed, each time others: deterministic, as a failure must be found again.
struct Damage: Sequence, IteratorProtocol {
  private let whole: Data
  private let bound: Int
  private var left: Int
  private var state: UInt64

  /// `count` variants, changed within the first `within` bytes.
  init(of whole: Data, seed: UInt64, count: Int, within bound: Int = .max) {
    self.whole = whole
    self.bound = Swift.min(bound, whole.count)
    left = count
    state = seed
  }

  mutating func next() -> Data? {
    guard left > 0, bound > 0 else { return nil }
    left -= 1
    var bytes = [UInt8](whole)
    for _ in 0...draw(3) {
      let place = draw(bound)
      switch draw(4) {
      case 0: bytes[place] = 0xFF
      case 1: bytes[place] = 0
      case 2: bytes[place] ^= 1 << UInt8(draw(8))
      default: bytes[place] = UInt8(draw(256))
      }
    }
    return Data(bytes)
  }

  /// A number below `bound` (xorshift64*, Vigna 2014).
  private mutating func draw(_ bound: Int) -> Int {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
  }
}

/// Reads every tensor of a store, as far as its formats can be read.
func readAll(_ store: WeightStore) throws {
  for name in store.names {
    #expect(try store.floats(name).count == store.shape(of: name)?.reduce(1, *))
  }
}

/// Reads every number of a change.
func readAll(_ change: WeightChange) throws {
  switch change.kind {
  case .product(let product): _ = try product.factors()
  case .hadamard(let first, let second): _ = (try first.factors(), try second.factors())
  case .kronecker(let first, let second):
    for factor in [first, second] {
      switch factor.form {
      case .whole(let matrix): _ = try matrix.values()
      case .product(let product): _ = try product.factors()
      }
    }
  case .difference(let difference): _ = try difference.values()
  case .scaling(let numbers): _ = try numbers.values()
  }
  _ = try change.magnitude?.values()
}
