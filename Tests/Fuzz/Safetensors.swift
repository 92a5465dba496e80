import Checkpoints
import Foundation

/// A safetensors file: its header, then all its numbers.
func readSafetensors(_ bytes: [UInt8]) throws {
  try mayRefuse(with: CheckpointError.self) {
    let file = try SafetensorsFile(data: Data(bytes), name: "weights.safetensors")
    for name in file.names {
      let entry = file[name]
      try require(entry?.count == entry?.shape.reduce(1, *), "\(name) has not its shape's count")
    }
    let store = try WeightStore(data: Data(bytes), name: "weights.safetensors")
    for name in store.names {
      try mayRefuse(with: CheckpointError.self) {
        let count = try store.floats(name).count
        try require(count == store.shape(of: name)?.reduce(1, *), "\(name) has \(count) numbers")
      }
    }
  }
}
