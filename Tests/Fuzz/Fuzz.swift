import Checkpoints
import Foundation

/// Reads any bytes as a model's file, as far as they let it; built and run by `run.sh` beside it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  do {
    // A file and not bytes: the mapping and the signatures are under test too.
    try Data(bytes: bytes, count: count).write(to: file)
    let stores: [WeightStore]
    do {
      let checkpoint = try Checkpoint(contentsOf: file)
      stores =
        [checkpoint.unet.weights] + [checkpoint.autoencoder?.weights].compactMap { $0 }
        + checkpoint.textEncoders.map(\.weights)
    } catch is CheckpointError {
      stores = [try WeightStore(files: [file])]
    }
    for store in stores {
      for name in store.names {
        let values = try store.floats(name)
        precondition(values.count == store.shape(of: name)?.reduce(1, *))
      }
    }
  } catch let error as CheckpointError {
    precondition(!error.description.unicodeScalars.contains("\u{1B}"))
  } catch {
    preconditionFailure("\(error)")
  }
  return 0
}

private let file = URL(fileURLWithPath: NSTemporaryDirectory())
  .appendingPathComponent("fuzz-\(ProcessInfo.processInfo.processIdentifier)")
