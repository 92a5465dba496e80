import Checkpoints
import Foundation

/// Reads any bytes as a model's file, as changes to a tiny model, and as a word, as far as they let it; built and run by
/// `run.sh` beside it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // A file and not bytes: the mapping and the signatures are under test too.
  refused { try Data(bytes: bytes, count: count).write(to: file) }
  refused { try readModel() }
  refused {
    let lora = try LoRAFile(contentsOf: file)
    for word in lora.words {
      refused {
        let vectors = try EmbeddingFile(contentsOf: file, bundled: word)
        _ = try vectors.vectors(widths: [32], model: "tiny")
      }
    }
    let (changes, _) = try lora.changes(to: model, weight: 0.7)
    for change in changes.values.flatMap(\.values) { try readAll(change) }
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

private func readAll(_ change: WeightChange) throws {
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
