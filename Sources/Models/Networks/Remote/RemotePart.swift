import Remote
import Synchronization

/// A part of a model on a server: its name there, its inputs and outputs, and how to call it.
final class RemotePart: Sendable {
  let client: InferenceClient
  /// The model's name on the server.
  let name: String
  let metadata: ModelMetadata
  /// The version that answered last.
  private let version = Mutex<String?>(nil)

  init(_ name: String, _ metadata: ModelMetadata, on client: InferenceClient) {
    (self.name, self.metadata, self.client) = (name, metadata, client)
  }

  /// An input in the type required by the server.
  ///
  /// - Throws: `RemoteError` when the server's model has no such input with this shape.
  func input(_ name: String, _ values: [Float], shape: [Int]) throws -> InferenceTensor {
    let type = try type(of: metadata.input(name), "the input \(name)", allowing: shape)
    return InferenceTensor(name, values, shape: shape, as: type)
  }

  /// An output in the server's type.
  ///
  /// - Throws: `RemoteError` when the server's model has no such output with this shape.
  func output(_ name: String, shape: [Int]) throws -> ExpectedTensor {
    let type = try type(of: metadata.output(name), "the output \(name)", allowing: shape)
    return ExpectedTensor(name, type, shape: shape)
  }

  private func type(
    of tensor: ModelMetadata.Tensor?, _ what: String, allowing shape: [Int]
  ) throws -> TensorDatatype {
    guard let tensor else { throw mismatched("\(what)", "none") }
    guard let type = TensorDatatype(rawValue: tensor.datatype) else {
      let known = TensorDatatype.allCases.map(\.rawValue).joined(separator: ", ")
      throw mismatched("\(what) as one of \(known)", tensor.summary)
    }
    guard tensor.allows(shape) else {
      let sizes = shape.map(String.init).joined(separator: ", ")
      throw mismatched("\(what) of shape [\(sizes)]", tensor.summary)
    }
    return type
  }

  /// The error for a server's model that does not match the local one.
  func mismatched(_ expected: String, _ found: String) -> RemoteError {
    client.error(.mismatched(model: name, expected: expected, found: found))
  }

  /// The outputs for some inputs.
  ///
  /// - Throws: `RemoteError`, also when a different version of the model answers; `CancellationError`.
  func infer(_ inputs: [InferenceTensor], _ outputs: [ExpectedTensor]) async throws -> [[Float]] {
    let (values, now) = try await client.infer(name, inputs: inputs, outputs: outputs)
    let before = version.withLock { known in
      defer { known = now ?? known }
      return known
    }
    if let before, let now, before != now {
      throw client.error(.otherVersion(model: name, before: before, now: now))
    }
    return values
  }
}

/// Conversion of pictures between channels last, as used here, and channels first, as in ONNX files.
enum ChannelOrder {
  /// `(H, W, C)` as `(C, H, W)`.
  static func first(_ values: some RandomAccessCollection<Float>, channels: Int) -> [Float] {
    reordered(values, rows: values.count / max(1, channels), columns: channels)
  }

  /// `(C, H, W)` as `(H, W, C)`.
  static func last(_ values: some RandomAccessCollection<Float>, channels: Int) -> [Float] {
    reordered(values, rows: channels, columns: values.count / max(1, channels))
  }

  /// A matrix `(rows, columns)` transposed.
  private static func reordered(
    _ values: some RandomAccessCollection<Float>, rows: Int, columns: Int
  ) -> [Float] {
    let values = Array(values)
    var result = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
    }
    return result
  }
}
