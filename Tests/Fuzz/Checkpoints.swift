import Checkpoints
import Foundation

/// A model in a single file of any layout. The bytes are written to a file, because mapping is tested too.
func readCheckpoints(_ bytes: [UInt8]) throws {
  try Data(bytes).write(to: file)
  try mayRefuse(with: CheckpointError.self) {
    let checkpoint = try Checkpoint(contentsOf: file)
    let stores =
      [checkpoint.unet.weights] + [checkpoint.autoencoder?.weights].compactMap(\.self)
      + checkpoint.textEncoders.map(\.weights)
    for store in stores {
      for name in store.names {
        let count = try store.floats(name).count
        try require(count == store.shape(of: name)?.reduce(1, *), "\(name) has \(count) numbers")
      }
    }
  }
}

/// Each process has its own, because libFuzzer may start several.
private let file = FileManager.default.temporaryDirectory
  .appendingPathComponent("fuzz-\(ProcessInfo.processInfo.processIdentifier).weights")
