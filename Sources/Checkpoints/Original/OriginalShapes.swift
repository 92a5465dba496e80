#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shapes of a part's tensors, by their original names without the part's prefix.
struct OriginalShapes {
  private let shapes: [String: [Int]]
  /// The file's name for messages.
  let file: String

  init(_ shapes: [String: [Int]], file: String) {
    self.shapes = shapes
    self.file = file
  }

  func contains(_ name: String) -> Bool { shapes[name] != nil }

  /// The shape of a required tensor.
  func shape(_ name: String) throws -> [Int] {
    guard let shape = shapes[name] else {
      throw CheckpointError(
        .missing, file: file, key: name,
        expected: "a tensor with this name, which gives the model's size",
        found: "\(shapes.count) tensors of this part, but not this one",
        advice: "It was saved without it, or is not a Stable Diffusion model: choose another")
    }
    return shape
  }

  /// One size of a required tensor.
  func size(of name: String, _ dimension: Int) throws -> Int {
    let shape = try shape(name)
    guard shape.indices.contains(dimension) else {
      throw CheckpointError(
        .mismatched, file: file, key: name, expected: "\(dimension + 1) dimensions or more",
        found: "the shape \(shape)", advice: CheckpointError.chooseAnother)
    }
    let size = shape[dimension]
    guard (1...1_000_000).contains(size) else {
      throw CheckpointError(
        .mismatched, file: file, key: name, expected: "sizes of 1 to 1000000",
        found: "the shape \(shape)", advice: CheckpointError.chooseAnother)
    }
    return size
  }

  /// How many consecutive numbers from 0 on yield an existing name.
  func count(_ name: (Int) -> String) -> Int {
    var count = 0
    while contains(name(count)) { count += 1 }
    return count
  }

  /// An error about the network as a whole.
  func strange(_ expected: String, _ found: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file, expected: expected, found: found,
      advice: "This program cannot run such a model yet: choose another")
  }
}

/// What the shapes show about a network, with the keys of a `config.json`, whose reader then checks it.
protocol ConfigurationFacts: Encodable {}

extension ConfigurationFacts {
  /// The text of the `config.json`.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self)
  }
}
