import Foundation
import Synchronization

@testable import Remote

/// The protocol from the server's side.
enum InferenceWire {
  /// A tensor as it is sent.
  struct Tensor: Sendable {
    var name: String
    var datatype: String
    var shape: [Int]
    var bytes: [UInt8]

    init(_ name: String, _ datatype: String, _ shape: [Int], _ bytes: [UInt8]) {
      (self.name, self.datatype, self.shape, self.bytes) = (name, datatype, shape, bytes)
    }

    init(_ name: String, _ values: [Float], _ shape: [Int], as type: TensorDatatype = .float32) {
      let tensor = InferenceTensor(name, values, shape: shape, as: type)
      self.init(name, type.rawValue, shape, tensor.bytes)
    }

    var floats: [Float] {
      guard let type = TensorDatatype(rawValue: datatype) else { return [] }
      return InferenceTensor(name: name, datatype: type, shape: shape, bytes: bytes).floats
    }
  }

  struct Malformed: Error {}

  /// The inputs of a request.
  static func inputs(_ request: InferenceServer.Request) throws -> [String: Tensor] {
    guard let text = request.headers["inference-header-content-length"], let length = Int(text),
      let json = try JSONSerialization.jsonObject(with: Data(request.body.prefix(length)))
        as? [String: Any], let inputs = json["inputs"] as? [[String: Any]]
    else { throw Malformed() }
    var tensors: [String: Tensor] = [:]
    var position = length
    for input in inputs {
      guard let name = input["name"] as? String, let datatype = input["datatype"] as? String,
        let shape = input["shape"] as? [Int],
        let parameters = input["parameters"] as? [String: Int],
        let size = parameters["binary_data_size"], position + size <= request.body.count
      else { throw Malformed() }
      tensors[name] = Tensor(
        name, datatype, shape, Array(request.body[position..<(position + size)]))
      position += size
    }
    guard position == request.body.count else { throw Malformed() }
    return tensors
  }

  /// An answer in the binary tensor extension.
  static func binary(_ tensors: [Tensor], version: String? = "1") -> InferenceServer.Reply {
    var message: [String: Any] = [
      "model_name": "m",
      "outputs": tensors.map {
        [
          "name": $0.name, "datatype": $0.datatype, "shape": $0.shape,
          "parameters": ["binary_data_size": $0.bytes.count],
        ] as [String: Any]
      },
    ]
    if let version { message["model_version"] = version }
    let json = (try? JSONSerialization.data(withJSONObject: message)) ?? Data()
    return InferenceServer.Reply(
      headers: [
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": "\(json.count)",
      ], body: Array(json) + tensors.flatMap(\.bytes))
  }

  /// A model's description.
  static func metadata(
    _ name: String, inputs: [(String, String, [Int])], outputs: [(String, String, [Int])]
  ) -> InferenceServer.Reply {
    func list(_ tensors: [(String, String, [Int])]) -> String {
      tensors.map { "{\"name\":\"\($0.0)\",\"datatype\":\"\($0.1)\",\"shape\":\($0.2)}" }
        .joined(separator: ",")
    }
    return .json(
      """
      {"name":"\(name)","versions":["1"],"platform":"test",
       "inputs":[\(list(inputs))],"outputs":[\(list(outputs))]}
      """)
  }
}

/// Counts calls, from any thread.
final class Counter: Sendable {
  private let count = Mutex(0)

  /// The number of this call, from 1.
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}

extension InferenceClient {
  /// A client for a test's server that does not wait long.
  convenience init(
    _ server: InferenceServer, retries: Int = 0, timeout: Duration = .seconds(240),
    token: AccessToken? = nil
  ) throws {
    var options = Options()
    options.timeout = timeout
    options.retry = RetryPolicy(retries: retries, firstDelay: .milliseconds(20))
    options.token = token
    self.init(try ServerAddress(server.address), options)
  }
}

/// The kind of the error that something throws.
func kind(
  _ work: () async throws -> Void
) async -> RemoteError.Kind? {
  do {
    try await work()
    return nil
  } catch {
    return (error as? RemoteError)?.kind
  }
}
