import Checkpoints
import Foundation

/// Reads any bytes as a model's file, as low-rank changes to a tiny model, and as a word, as far as they let it; built
/// and run by `run.sh` beside it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // A file and not bytes: the mapping and the signatures are under test too.
  refused { try Data(bytes: bytes, count: count).write(to: file) }
  refused { try readModel() }
  refused {
    let (changes, _) = try LoRAFile(contentsOf: file).changes(to: model, weight: 0.7)
    for change in changes.values.flatMap(\.values) { _ = try change.factors() }
  }
  refused {
    let word = try EmbeddingFile(contentsOf: file)
    _ = word.hash()
    for widths in [[32], [768], [768, 1280]] {
      refused { _ = try word.vectors(widths: widths, model: "tiny") }
    }
  }
  return 0
}

private func readModel() throws {
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
}

/// Whatever is refused must be refused with a sentence of our own, fit for a terminal.
private func refused(_ read: () throws -> Void) {
  do {
    try read()
  } catch let error as CheckpointError {
    precondition(!error.description.unicodeScalars.contains("\u{1B}"))
  } catch {
    preconditionFailure("\(error)")
  }
}

private let file = URL(fileURLWithPath: NSTemporaryDirectory())
  .appendingPathComponent("fuzz-\(ProcessInfo.processInfo.processIdentifier)")

private let model: LoRATargets = {
  do {
    return LoRATargets(
      try Checkpoint(contentsOf: URL(fileURLWithPath: "Tests/ModelsTests/Fixtures/tiny-sd")))
  } catch {
    preconditionFailure("\(error)")
  }
}()
