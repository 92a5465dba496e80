/// A server's description of a model: its inputs and outputs (`GET /v2/models/MODEL`).
package struct ModelMetadata: Sendable, Hashable, Decodable {
  /// An input or output tensor of a model.
  package struct Tensor: Sendable, Hashable, Decodable {
    /// Its name.
    package let name: String
    /// The type of its elements, such as `FP32`.
    package let datatype: String
    /// Its dimensions, where -1 stands for any size; empty for a single number.
    package let shape: [Int]

    /// A tensor with these properties.
    package init(name: String, datatype: String, shape: [Int]) {
      (self.name, self.datatype, self.shape) = (name, datatype, shape)
    }

    /// Whether a tensor may have this shape.
    package func allows(_ shape: [Int]) -> Bool {
      shape.count == self.shape.count
        && zip(shape, self.shape).allSatisfy { $1 == -1 || $0 == $1 }
    }

    /// The name as displayed.
    package var shownName: String { PlainLine.of(name, limit: 60) }

    /// The type and dimensions, such as `FP32 [-1, 4, 64, 64]`.
    package var summary: String {
      "\(PlainLine.of(datatype, limit: 20)) [\(shape.map(String.init).joined(separator: ", "))]"
    }
  }

  /// Its name on the server.
  package let name: String
  /// The available versions; none if the server has only one.
  package let versions: [String]
  package let inputs: [Tensor]
  package let outputs: [Tensor]

  /// A model with these properties.
  package init(name: String, versions: [String] = [], inputs: [Tensor], outputs: [Tensor]) {
    (self.name, self.versions, self.inputs, self.outputs) = (name, versions, inputs, outputs)
  }

  private enum Key: String, CodingKey {
    case name, versions, inputs, outputs
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    name = try values.decode(String.self, forKey: .name)
    versions = try values.decodeIfPresent([String].self, forKey: .versions) ?? []
    inputs = try values.decode([Tensor].self, forKey: .inputs)
    outputs = try values.decode([Tensor].self, forKey: .outputs)
    let tensors = inputs + outputs
    // An exported network may list every layer's states; a network with more than this is not usable here.
    guard tensors.count <= 256, !inputs.isEmpty, !outputs.isEmpty,
      tensors.allSatisfy({ PlainLine.isPlain($0.name) && $0.shape.count <= 8 }),
      tensors.allSatisfy({ $0.shape.allSatisfy { $0 == -1 || (0...1 << 31).contains($0) } })
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "impossible tensors"))
    }
  }

  /// The input with a name.
  package func input(_ name: String) -> Tensor? { inputs.first { $0.name == name } }

  /// The output with a name.
  package func output(_ name: String) -> Tensor? { outputs.first { $0.name == name } }
}

/// A model in a server's list.
package struct ListedModel: Sendable, Hashable, Decodable {
  /// Its name.
  package let name: String
  /// For example `READY`; `nil` if the server does not report it.
  package let state: String?

  /// Whether it can be called.
  package var isReady: Bool { state == nil || state == "READY" }
}
