import Checkpoints
import Foundation

/// A GGUF file: its metadata and descriptions, then all its numbers.
func readGGUF(_ bytes: [UInt8]) throws {
  try mayRefuse(with: CheckpointError.self) {
    _ = try GGUFFile(data: Data(bytes), name: "weights.gguf")
    let store = try WeightStore(data: Data(bytes), name: "weights.gguf")
    for name in store.names {
      try mayRefuse(with: CheckpointError.self) {
        let count = try store.floats(name).count
        try require(count == store.shape(of: name)?.reduce(1, *), "\(name) has \(count) numbers")
      }
    }
  }
}
