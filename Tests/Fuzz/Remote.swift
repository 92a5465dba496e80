import Foundation
import Remote

/// A server's answer: the first line is a header field, `Inference-Header-Content-Length` or `Retry-After`, and the rest
/// is the body. The body is read as an inference's tensors, a model's description and a list of models.
func readRemote(_ bytes: [UInt8]) throws {
  let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
  let field = String(decoding: parts[0], as: UTF8.self)
  let body = parts.count > 1 ? Array(parts[1]) : []
  // A format for dates takes long to make.
  if field.hasSuffix("GMT") { _ = RetryPolicy.retryAfter(field) }
  let response = HTTPResponse(
    status: 200, contentType: "application/json", retryAfter: "", jsonLength: field, body: body)
  let text = String(decoding: body, as: UTF8.self)
  let datatype = TensorDatatype.allCases.first { text.contains($0.rawValue) } ?? .float32
  try readTensors(response, [ExpectedTensor("sample", datatype, shape: [1, 2])])
  let data = Data(body)
  if let metadata = try? JSONDecoder().decode(ModelMetadata.self, from: data) {
    for tensor in metadata.inputs + metadata.outputs {
      try requirePrintable(tensor.summary + tensor.shownName)
      _ = tensor.allows([1, 4, 64, 64])
    }
  }
  for model in (try? JSONDecoder().decode([ListedModel].self, from: data)) ?? [] {
    _ = model.isReady
  }
}

private func readTensors(_ response: HTTPResponse, _ expected: [ExpectedTensor]) throws {
  do {
    let answer = try InferenceAnswer(response, expecting: expected)
    try requirePrintable(answer.modelVersion ?? "")
    try require(answer.tensors.count == expected.count, "\(answer.tensors.count) tensors")
    for tensor in answer.tensors {
      try require(tensor.floats.count == 2, "\(tensor.floats.count) numbers")
    }
  } catch let problem as InferenceAnswer.Problem {
    switch problem {
    case .malformed(let text), .notFinite(let text): try requirePrintable(text)
    case .mismatched(let expected, let found): try requirePrintable(expected + found)
    case .truncated: break
    }
  }
}
