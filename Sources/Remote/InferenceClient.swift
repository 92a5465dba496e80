import Foundation

/// A client of the Open Inference Protocol, version 2, over HTTP, with the binary tensor extension, as used by Triton,
/// KServe and OpenVINO Model Server.
///
/// The server is not trusted: the length of every answer is limited, and its names, types and shapes are checked.
/// Requests that fail temporarily are sent again according to a ``RetryPolicy``; this is safe, because inference has no
/// side effects.
package final class InferenceClient: Sendable {
  /// Options for calling servers.
  package struct Options: Sendable {
    /// The time limit for an answer.
    package var timeout = Duration.seconds(120)
    /// The time limit for making a connection.
    package var connectTimeout = Duration.seconds(10)
    /// When to repeat requests.
    package var retry = RetryPolicy()
    /// Sent with every request.
    package var token: AccessToken?
    /// The path of a PEM file of certificate authorities to trust instead of the system's.
    package var authorities: String?

    package init() {}
  }

  /// The address of its requests.
  package let server: ServerAddress
  private let options: Options
  private let http: HTTPClient

  /// A client; nothing is sent yet.
  package init(_ server: ServerAddress, _ options: Options = Options()) {
    (self.server, self.options) = (server, options)
    http = HTTPClient(
      for: server, token: options.token, authorities: options.authorities,
      connectTimeout: options.connectTimeout)
  }

  /// The maximum length of a description or a list in bytes.
  private static let descriptionLimit = 4 << 20
  /// The maximum number of models in a list.
  private static let mostModels = 1000

  // MARK: Information

  /// Waits until the server reports that it is ready. If the server cannot be reached, it does not wait: the address
  /// may be wrong.
  ///
  /// - Throws: ``RemoteError`` if the server is not ready after the last retry; `CancellationError`.
  package func requireReady() async throws {
    try await retrying(ifUnreachable: false) {
      let response = try await self.send("v2/health/ready", limit: 1 << 16)
      switch response.status {
      case 200..<300: return
      case 401, 403, 429, 502, 503, 504, 300..<400: try self.check(response, model: nil)
      case 404, 405: throw self.error(.malformed("that it has no /v2/health/ready"))
      default: throw self.error(.notReady)
      }
    }
  }

  /// The names of the models that are ready, sorted, at most 1000; `nil` if the server has no list (`POST
  /// /v2/repository/index` is Triton's).
  ///
  /// - Throws: ``RemoteError``; `CancellationError`.
  package func models() async throws -> [String]? {
    try await retrying {
      let response = try await self.send(
        "v2/repository/index", body: Array("{}".utf8), fields: [Self.json],
        limit: Self.descriptionLimit)
      // Other servers have no such path, and Triton may hide it from its users.
      if [400, 401, 403, 404, 405, 501].contains(response.status) { return nil }
      try self.check(response, model: nil)
      let list = try self.decode([ListedModel].self, response, "a list of models")
      let names = list.filter { $0.isReady && PlainLine.isPlain($0.name) }.map(\.name)
      return Array(Set(names).sorted().prefix(Self.mostModels))
    }
  }

  /// The inputs and outputs of a model; `nil` if there is no model with that name.
  ///
  /// - Throws: ``RemoteError``; `CancellationError`.
  package func metadata(of model: String) async throws -> ModelMetadata? {
    try await retrying {
      let response = try await self.send(
        "v2/models/\(Self.segment(model))", limit: Self.descriptionLimit)
      do {
        try self.check(response, model: model)
      } catch let error as RemoteError {
        if case .noModel = error.kind { return nil }
        throw error
      }
      return try self.decode(ModelMetadata.self, response, "a model's description")
    }
  }

  // MARK: Inference

  /// The outputs of a model for some inputs.
  ///
  /// - Parameters:
  ///   - model: Its name.
  ///   - inputs: All inputs that it needs, in its own types.
  ///   - outputs: The outputs to return, with their required shapes.
  /// - Returns: The outputs' numbers in the requested order, and the version of the model if the server reports it.
  /// - Throws: ``RemoteError``, also when an output contains NaN or infinity; `CancellationError` immediately when the
  ///   task is cancelled.
  package func infer(
    _ model: String, inputs: [InferenceTensor], outputs: [ExpectedTensor]
  ) async throws -> (outputs: [[Float]], version: String?) {
    let body = try InferenceRequestBody(inputs: inputs, outputs: outputs.map(\.name))
    let fields = [
      "Content-Type: application/octet-stream",
      "Inference-Header-Content-Length: \(body.jsonLength)",
    ]
    // A number in JSON takes at most 25 characters, or a few more in nested lists.
    let limit = outputs.reduce(1 << 20) { $0 + 32 * $1.count }
    let path = "v2/models/\(Self.segment(model))/infer"
    let answer = try await retrying {
      let response = try await self.send(path, body: body.bytes, fields: fields, limit: limit)
      do {
        try self.check(response, model: model)
      } catch let error as RemoteError {
        // The server had this model when it sent its description.
        if case .noModel(let name, _) = error.kind { throw self.error(.gone(name)) }
        throw error
      }
      do {
        return try InferenceAnswer(response, expecting: outputs)
      } catch let problem as InferenceAnswer.Problem {
        throw self.error(problem, model: model)
      }
    }
    let numbers = answer.tensors.map(\.floats)
    for (tensor, values) in zip(answer.tensors, numbers) where !values.allSatisfy(\.isFinite) {
      throw error(.notFinite(model: model, output: tensor.name))
    }
    return (numbers, answer.modelVersion)
  }

  private func error(_ problem: InferenceAnswer.Problem, model: String) -> RemoteError {
    switch problem {
    case .malformed(let what): error(.malformed(what))
    case .truncated: error(.truncated)
    case .mismatched(let expected, let found):
      error(.mismatched(model: model, expected: expected, found: found))
    case .notFinite(let output): error(.notFinite(model: model, output: output))
    }
  }

  // MARK: Requests

  private static let json = "Content-Type: application/json"

  /// A name as one segment of a path.
  private static func segment(_ name: String) -> String {
    var plain = CharacterSet(charactersIn: "a"..."z")
    plain.insert(charactersIn: "A"..."Z")
    plain.insert(charactersIn: "0"..."9")
    plain.insert(charactersIn: "-._~")
    return name.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
  }

  /// An error of this server.
  package func error(_ kind: RemoteError.Kind) -> RemoteError {
    RemoteError(kind, server: server.name)
  }

  private func send(
    _ path: String, body: [UInt8]? = nil, fields: [String] = [], limit: Int
  ) async throws -> HTTPResponse {
    do {
      return try await http.send(
        HTTPRequest(
          "\(server.base)/\(path)", body: body, fields: fields, answerLimit: limit,
          timeout: options.timeout))
    } catch let failure as TransferError {
      switch failure {
      case .unreachable(let reason): throw error(.unreachable(reason: reason))
      case .timedOut(let wasConnected):
        throw error(
          .timedOut(
            wasConnected: wasConnected,
            limit: wasConnected
              ? options.timeout : min(options.timeout, options.connectTimeout)))
      case .certificate(let reason): throw error(.certificate(reason: reason))
      case .authorities(let reason): throw error(.authorities(reason: reason))
      case .truncated: throw error(.truncated)
      case .lost(let reason): throw error(.lost(reason: reason))
      case .tooLong: throw error(.tooLong)
      }
    }
  }

  /// Throws unless the status means success.
  private func check(_ response: HTTPResponse, model: String?) throws {
    switch response.status {
    case 200..<300: return
    case 300..<400: throw error(.redirected(status: response.status))
    case 401: throw error(.unauthorised(hadToken: options.token != nil))
    case 403: throw error(.forbidden)
    case 429, 502, 503, 504:
      throw error(
        .busy(
          status: response.status, retryAfter: RetryPolicy.retryAfter(response.retryAfter)))
    default:
      let message = message(in: response)
      // Triton's message about a model that it is loading.
      if message.contains("no available versions") { throw error(.notReady) }
      // Earlier versions of Triton answer 400 for models that they do not have.
      let isUnknown = response.status == 400 && message.lowercased().contains("unknown model")
      if let model, response.status == 404 || isUnknown {
        throw error(.noModel(PlainLine.of(model), others: []))
      }
      throw error(.failed(status: response.status, message: message))
    }
  }

  /// A server's own error message: Triton and KServe use the key `error`, others `detail`.
  private func message(in response: HTTPResponse) -> String {
    let data = Data(response.body.prefix(1 << 16))
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      return ""
    }
    let message = (object["error"] ?? object["detail"]) as? String ?? ""
    return PlainLine.of(options.token?.hidden(in: message) ?? message)
  }

  private func decode<T: Decodable>(
    _ type: T.Type, _ response: HTTPResponse, _ what: String
  ) throws -> T {
    do {
      return try JSONDecoder().decode(type, from: Data(response.body))
    } catch {
      throw self.error(.malformed("something other than \(what)"))
    }
  }

  /// Repeats an operation according to the retry policy.
  ///
  /// - Parameter ifUnreachable: Whether to repeat it also when the server cannot be reached.
  private func retrying<T: Sendable>(
    ifUnreachable: Bool = true, _ work: @Sendable () async throws -> T
  ) async throws -> T {
    var tries = 0
    while true {
      do {
        return try await work()
      } catch var error as RemoteError {
        tries += 1
        error.tries = tries
        if case .unreachable = error.kind, !ifUnreachable { throw error }
        let delay = options.retry.delay(
          beforeRetry: tries, after: error, chance: .random(in: 0..<1))
        guard let delay else { throw error }
        try await Task.sleep(for: delay)
      }
    }
  }
}
