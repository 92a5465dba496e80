import Checkpoints
import Foundation

/// A LoRA or another adapter: the words that it contains and its changes to a tiny model; or a textual inversion.
func readAdapters(_ bytes: [UInt8]) throws {
  let data = Data(bytes)
  guard case .success(let targets) = model else { throw Finding(description: "\(model)") }
  try mayRefuse(with: CheckpointError.self) {
    let adapter = try LoRAFile(data: data, name: "adapter.safetensors")
    for word in adapter.words {
      try mayRefuse(with: CheckpointError.self) {
        let vectors = try EmbeddingFile(data: data, name: "adapter.safetensors", bundled: word)
        _ = try vectors.vectors(widths: [32], model: "tiny")
      }
    }
    _ = adapter.hash()
    let (changes, _) = try adapter.changes(to: targets, weight: 0.7)
    for change in changes.values.flatMap(\.values) { try readAll(change) }
  }
  try mayRefuse(with: CheckpointError.self) {
    let word = try EmbeddingFile(data: data, name: "word.safetensors")
    _ = word.hash()
    for widths in [[32], [768], [768, 1280]] {
      try mayRefuse(with: CheckpointError.self) {
        _ = try word.vectors(widths: widths, model: "tiny")
      }
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

/// The model whose weights the adapter changes.
private let model = Result {
  LoRATargets(
    try Checkpoint(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("ModelsTests/Fixtures/tiny-sd")))
}
