import Foundation

/// A requested output, with its required shape.
package struct ExpectedTensor: Sendable, Hashable {
  package let name: String
  package let datatype: TensorDatatype
  package let shape: [Int]

  package init(_ name: String, _ datatype: TensorDatatype, shape: [Int]) {
    (self.name, self.datatype, self.shape) = (name, datatype, shape)
  }

  /// The number of its elements.
  var count: Int { shape.reduce(1, *) }
}

/// The body of an inference request in the binary tensor extension: JSON that describes the tensors, then the elements
/// of each, in order.
struct InferenceRequestBody {
  let bytes: [UInt8]
  /// The length of the JSON in bytes.
  let jsonLength: Int

  private struct Message: Encodable {
    struct Input: Encodable {
      let name: String
      let shape: [Int]
      let datatype: String
      let parameters: [String: Int]
    }
    struct Output: Encodable {
      let name: String
      let parameters: [String: Bool]
    }
    let inputs: [Input]
    let outputs: [Output]
  }

  init(inputs: [InferenceTensor], outputs: [String]) throws {
    let message = Message(
      inputs: inputs.map {
        .init(
          name: $0.name, shape: $0.shape, datatype: $0.datatype.rawValue,
          parameters: ["binary_data_size": $0.bytes.count])
      },
      outputs: outputs.map { .init(name: $0, parameters: ["binary_data": true]) })
    let json = try JSONEncoder().encode(message)
    var bytes = [UInt8](json)
    jsonLength = bytes.count
    bytes.reserveCapacity(bytes.count + inputs.reduce(0) { $0 + $1.bytes.count })
    for input in inputs { bytes += input.bytes }
    self.bytes = bytes
  }
}

/// A server's answer to an inference request.
package struct InferenceAnswer {
  /// The version of the model that answered; `nil` if the server does not report it.
  package let modelVersion: String?
  /// The outputs in the requested order.
  package let tensors: [InferenceTensor]

  /// What is wrong with an answer.
  package enum Problem: Error {
    case malformed(String)
    case truncated
    case mismatched(expected: String, found: String)
    case notFinite(String)
  }

  private struct Message: Decodable {
    struct Output: Decodable {
      struct Parameters: Decodable {
        let binary_data_size: Int?
      }
      let name: String
      let datatype: String
      let shape: [Int]
      let parameters: Parameters?
      let data: JSONNumbers?
    }
    let model_version: String?
    let outputs: [Output]
  }

  /// Reads an answer in the binary tensor extension or in JSON alone.
  ///
  /// - Parameter expected: The requested outputs.
  /// - Throws: ``Problem``.
  package init(
    _ response: HTTPResponse, expecting expected: [ExpectedTensor]
  ) throws(Problem) {
    let body = response.body
    var jsonLength = body.count
    if !response.jsonLength.isEmpty {
      guard let length = Int(response.jsonLength), length >= 0 else {
        throw .malformed("with a header Inference-Header-Content-Length that is not a number")
      }
      guard length <= body.count else { throw .truncated }
      jsonLength = length
    }
    let message: Message
    do {
      message = try JSONDecoder().decode(Message.self, from: Data(body.prefix(jsonLength)))
    } catch {
      throw Self.problem(of: body.prefix(jsonLength), expected)
    }
    // Errors contain it.
    modelVersion = message.model_version.map { PlainLine.of($0) }.flatMap { $0.isEmpty ? nil : $0 }
    var found: [String: InferenceTensor] = [:]
    var position = jsonLength
    for output in message.outputs {
      let wanted = expected.first { $0.name == output.name }
      if let size = output.parameters?.binary_data_size {
        guard size >= 0 else { throw .malformed("with a tensor of a negative size") }
        guard size <= body.count - position else { throw .truncated }
        if let wanted {
          try Self.check(output, wanted)
          let needed = wanted.count * wanted.datatype.size
          guard size == needed else {
            throw .mismatched(
              expected: "\(needed) bytes in \(wanted.name)", found: "\(size) bytes")
          }
          found[wanted.name] = InferenceTensor(
            name: wanted.name, datatype: wanted.datatype, shape: wanted.shape,
            bytes: Array(body[position..<(position + size)]))
        }
        position += size
      } else if let wanted {
        try Self.check(output, wanted)
        let numbers = output.data?.values ?? []
        guard numbers.count == wanted.count else {
          throw .mismatched(
            expected: "\(wanted.count) numbers in \(wanted.name)", found: "\(numbers.count)")
        }
        found[wanted.name] = InferenceTensor(
          wanted.name, numbers, shape: wanted.shape, as: wanted.datatype)
      }
    }
    guard position == body.count else {
      throw .malformed("with \(body.count - position) bytes after its tensors")
    }
    var tensors: [InferenceTensor] = []
    for one in expected {
      guard let tensor = found[one.name] else {
        throw .mismatched(
          expected: "the output \(one.name)",
          found: message.outputs.isEmpty
            ? "no outputs"
            : PlainLine.of(message.outputs.map(\.name).joined(separator: ", ")))
      }
      tensors.append(tensor)
    }
    self.tensors = tensors
  }

  private static func check(
    _ output: Message.Output, _ wanted: ExpectedTensor
  ) throws(Problem) {
    guard output.datatype == wanted.datatype.rawValue, output.shape == wanted.shape else {
      func summary(_ datatype: String, _ shape: [Int]) -> String {
        ModelMetadata.Tensor(name: wanted.name, datatype: datatype, shape: Array(shape.prefix(8)))
          .summary
      }
      throw .mismatched(
        expected: "\(wanted.name) as \(summary(wanted.datatype.rawValue, wanted.shape))",
        found: summary(output.datatype, output.shape))
    }
  }

  /// Why the JSON could not be read. NaN and infinity are a common reason: Python writes them as words that are not
  /// valid JSON.
  private static func problem(
    of json: ArraySlice<UInt8>, _ expected: [ExpectedTensor]
  ) -> Problem {
    let text = String(decoding: json, as: UTF8.self)
    let isWhole = text.last { !$0.isWhitespace } == "}"
    if isWhole, text.contains("NaN") || text.contains("Infinity") {
      return .notFinite(expected.first?.name ?? "output")
    }
    return text.first == "{" && !isWhole
      ? .truncated : .malformed("with something that is not JSON of that protocol")
  }
}

/// Numbers in JSON in one list, or in lists nested like a tensor's dimensions.
private struct JSONNumbers: Decodable {
  let values: [Float]

  /// The maximum number of dimensions of a tensor.
  private static let deepest = 8

  init(from decoder: any Decoder) throws {
    if let flat = try? decoder.singleValueContainer().decode([Float?].self) {
      // Some servers write null for NaN.
      values = flat.map { $0 ?? .nan }
      return
    }
    if let flags = try? decoder.singleValueContainer().decode([Bool].self) {
      values = flags.map { $0 ? 1 : 0 }
      return
    }
    guard decoder.codingPath.count < Self.deepest + 4 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "lists nested too deeply"))
    }
    var list = try decoder.unkeyedContainer()
    var values: [Float] = []
    while !list.isAtEnd { values += try list.decode(JSONNumbers.self).values }
    self.values = values
  }
}
