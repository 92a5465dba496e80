import Foundation
import Testing

@testable import Remote

@Suite(.timeLimit(.minutes(10))) struct InferenceClientTests {
  private typealias Reply = InferenceServer.Reply

  private let expected = [ExpectedTensor("out", .float32, shape: [2, 3])]
  private let values: [Float] = [1, -2, 3.5, 0, 1e-3, 6]

  /// Calls a model on a server that answers like this.
  private func infer(
    retries: Int = 0, timeout: Duration = .seconds(240), token: AccessToken? = nil,
    _ handler: @escaping InferenceServer.Handler
  ) async throws -> (outputs: [[Float]], version: String?) {
    let server = try InferenceServer(handler)
    defer { server.stop() }
    let client = try InferenceClient(server, retries: retries, timeout: timeout, token: token)
    return try await client.infer(
      "m", inputs: [InferenceTensor("in", [1, 2], shape: [1, 2], as: .float32)],
      outputs: expected)
  }

  // MARK: What there is

  @Test func readyServersAreReady() async throws {
    let counter = Counter()
    let server = try InferenceServer { request in
      #expect(request.path == "/v2/health/ready")
      return counter.next() < 3 ? .status(400) : .status(200)
    }
    defer { server.stop() }
    #expect(await kind { try await InferenceClient(server).requireReady() } == .notReady)
    try await InferenceClient(server, retries: 2).requireReady()
  }

  @Test func anyOtherWebServerIsNone() async throws {
    let server = try InferenceServer { _ in .status(404) }
    defer { server.stop() }
    let client = try InferenceClient(server)
    guard case .malformed? = await kind({ try await client.requireReady() }) else {
      Issue.record("a web server passed")
      return
    }
  }

  @Test func modelsAreListed() async throws {
    let server = try InferenceServer { request in
      #expect(request.method == "POST" && request.path == "/v2/repository/index")
      return .json(
        """
        [{"name":"sd_unet","version":"1","state":"READY"},{"name":"c\\u001b[2J"},
          {"name":"b","version":"1","state":"UNAVAILABLE",
          "reason":"out of memory"},{"name":"a"},{"name":"sd_unet","version":"2","state":"READY"}]
        """)
    }
    defer { server.stop() }
    #expect(try await InferenceClient(server).models() == ["a", "sd_unet"])
    for status in [403, 404] {
      let other = try InferenceServer { _ in .status(status) }
      defer { other.stop() }
      #expect(try await InferenceClient(other).models() == nil)
    }
  }

  @Test func modelsAreDescribed() async throws {
    let server = try InferenceServer { request in
      switch request.path {
      case "/v2/models/sd%2Funet":
        InferenceWire.metadata(
          "sd/unet", inputs: [("sample", "FP16", [-1, 4, -1, -1]), ("timestep", "INT64", [])],
          outputs: [("out_sample", "FP16", [-1, 4, -1, -1])])
      case "/v2/models/loading":
        .json(
          #"{"error":"Request for unknown model: 'loading' has no available versions"}"#,
          status: 400)
      case "/v2/models/old":
        .json(#"{"error":"Request for unknown model: 'old' is not found"}"#, status: 400)
      default: .json(#"{"error":"no"}"#, status: 404)
      }
    }
    defer { server.stop() }
    let client = try InferenceClient(server)
    let model = try #require(try await client.metadata(of: "sd/unet"))
    #expect(model.input("timestep")?.shape == [])
    let sample = try #require(model.input("sample"))
    #expect(sample.allows([2, 4, 64, 8]) && !sample.allows([2, 3, 64, 8]) && !sample.allows([2]))
    #expect(sample.summary == "FP16 [-1, 4, -1, -1]")
    #expect(await kind { _ = try await client.metadata(of: "loading") } == .notReady)
    #expect(try await client.metadata(of: "old") == nil)
    #expect(try await client.metadata(of: "missing") == nil)
  }

  private static func description(inputShape: String) -> String {
    """
    {"name":"m","inputs":[{"name":"a","datatype":"FP32","shape":\(inputShape)}],
     "outputs":[{"name":"b","datatype":"FP32","shape":[1]}]}
    """
  }

  @Test(arguments: [
    "", "[]", "{}", "nonsense", #"{"name":"m","inputs":[],"outputs":[]}"#,
    description(inputShape: "[-2]"), description(inputShape: "[9999999999999]"),
    description(inputShape: "[1,1,1,1,1,1,1,1,1]"), description(inputShape: "[0.5]"),
    description(inputShape: "[1]").replacing(#""a""#, with: #""a\u001b[2J""#),
  ])
  func impossibleDescriptionsAreRefused(text: String) async throws {
    let server = try InferenceServer { _ in .json(text) }
    defer { server.stop() }
    let client = try InferenceClient(server)
    #expect(
      await kind { _ = try await client.metadata(of: "m") }
        == .malformed("something other than a model's description"))
  }

  // MARK: Answers

  @Test(arguments: [true, false]) func binaryAnswersAreRead(isChunked: Bool) async throws {
    let values = values
    let answer = try await infer { request in
      let inputs = try InferenceWire.inputs(request)
      #expect(request.path == "/v2/models/m/infer")
      #expect(inputs["in"]?.shape == [1, 2] && inputs["in"]?.floats == [1, 2])
      // Outputs that nobody asked for are passed over.
      var reply = InferenceWire.binary([
        .init("more", [9], [1]), .init("out", values, [2, 3]),
      ])
      reply.isChunked = isChunked
      return reply
    }
    #expect(answer.outputs == [values])
    #expect(answer.version == "1")
  }

  @Test(arguments: [
    "[1,-2,3.5,0,1e-3,6]", "[[1,-2,3.5],[0,1e-3,6]]", "[[[1],[-2],[3.5]],[[0],[1e-3],[6]]]",
  ])
  func answersInJSONAreRead(data: String) async throws {
    let answer = try await infer { _ in
      .json(
        """
        {"model_name":"m","model_version":null,
         "outputs":[{"name":"out","datatype":"FP32","shape":[2,3],"data":\(data)}]}
        """)
    }
    #expect(answer.outputs == [values])
    #expect(answer.version == nil)
  }

  @Test func sixteenBitsAreRead() async throws {
    for type: TensorDatatype in [.float16, .bfloat16] {
      let server = try InferenceServer { _ in
        InferenceWire.binary([.init("out", [1, -2, 0.5], [3], as: type)])
      }
      defer { server.stop() }
      let answer = try await InferenceClient(server).infer(
        "m", inputs: [], outputs: [ExpectedTensor("out", type, shape: [3])])
      #expect(answer.outputs == [[1, -2, 0.5]])
    }
  }

  @Test func wrongTensorsAreRefused() async throws {
    let values = values
    for tensor: InferenceWire.Tensor in [
      .init("out", values, [3, 2]), .init("other", values, [2, 3]),
      .init("out", values, [2, 3], as: .float16), .init("out", "FP32", [2, 3], [1, 2, 3, 4]),
    ] {
      let found = await kind { _ = try await infer { _ in InferenceWire.binary([tensor]) } }
      guard case .mismatched(model: "m", _, _)? = found else {
        Issue.record("\(tensor.name) \(tensor.shape): \(String(describing: found))")
        continue
      }
    }
    let few = await kind {
      _ = try await infer { _ in
        .json(#"{"outputs":[{"name":"out","datatype":"FP32","shape":[2,3],"data":[1]}]}"#)
      }
    }
    #expect(few == .mismatched(model: "m", expected: "6 numbers in out", found: "1"))
  }

  @Test func valuesThatAreNoNumbersAreRefused() async throws {
    var broken = values
    broken[4] = .nan
    let values = broken
    let words = ["[1,null,1,1,1,1]", "[1,NaN,1,1,1,1]", "[1,Infinity,1,1,1,1]"]
    let binary = await kind {
      _ = try await infer { _ in InferenceWire.binary([.init("out", values, [2, 3])]) }
    }
    #expect(binary == .notFinite(model: "m", output: "out"))
    for data in words {
      let found = await kind {
        _ = try await infer { _ in
          .json(
            #"{"outputs":[{"name":"out","datatype":"FP32","shape":[2,3],"data":\#(data)}]}"#)
        }
      }
      #expect(found == .notFinite(model: "m", output: "out"))
    }
  }

  @Test func damagedAnswersAreRefused() async throws {
    let whole = InferenceWire.binary([.init("out", values, [2, 3])])
    func damaged(_ change: (inout Reply) -> Void) async -> RemoteError.Kind? {
      var reply = whole
      change(&reply)
      let changed = reply
      return await kind { _ = try await infer { _ in changed } }
    }
    let key = "Inference-Header-Content-Length"
    let output = #"{"outputs":[{"name":"out","datatype":"FP32","shape":[2,3],"#
    let nested = String(repeating: "[", count: 300) + "1" + String(repeating: "]", count: 300)
    #expect(await damaged { $0.cut = $0.body.count - 1 } == .truncated)
    // As from a proxy that does not know how long the answer was.
    #expect(await damaged { $0.body.removeLast() } == .truncated)
    #expect(await damaged { $0.headers[key] = "99999" } == .truncated)
    #expect(await damaged { $0.headers[key] = "3" } == .truncated)
    #expect(await damaged { $0.body = Array("hello".utf8) } == .truncated)
    for change: (inout Reply) -> Void in [
      { $0.headers[key] = "-1" }, { $0.headers[key] = "many" },
      { $0.body.append(0) },
      { $0 = .json(output + #""parameters":{"binary_data_size":-4}}]}"#) },
      { $0 = .json("{\"outputs\":" + String(repeating: "[", count: 3000) + "}") },
      { $0 = .json(output + "\"data\":\(nested)}]}") },
    ] {
      let found = await damaged(change)
      guard case .malformed? = found else {
        Issue.record("\(String(describing: found))")
        continue
      }
    }
    let most = 1 << 21
    #expect(await damaged { $0.body = [UInt8](repeating: 32, count: most) } == .tooLong)
  }

  // MARK: Refusals

  @Test func statusesAreExplained() async throws {
    let cases: [(Reply, RemoteError.Kind)] = [
      (.status(401), .unauthorised(hadToken: false)), (.status(403), .forbidden),
      (.status(404), .gone("m")), (.status(308), .redirected(status: 308)),
      (.status(429, ["Retry-After": "7"]), .busy(status: 429, retryAfter: .seconds(7))),
      (.status(503), .busy(status: 503, retryAfter: nil)),
      (
        .json(#"{"error":"out of\u001b[31m memory\n"}"#, status: 500),
        .failed(status: 500, message: "out of [31m memory")
      ),
      (.status(500), .failed(status: 500, message: "")),
    ]
    for (reply, wanted) in cases {
      #expect(await kind { _ = try await infer { _ in reply } } == wanted)
    }
    let token = try AccessToken(environment: [AccessToken.variable: "abc"])
    #expect(
      await kind { _ = try await infer(token: token) { _ in .status(401) } }
        == .unauthorised(hadToken: true))
  }

  @Test func everyErrorSaysWhatToDo() {
    let kinds: [RemoteError.Kind] = [
      .unreachable(reason: "r"), .notReady, .timedOut(wasConnected: true, limit: .seconds(120)),
      .timedOut(wasConnected: false, limit: .milliseconds(1500)), .certificate(reason: "r"),
      .authorities(reason: "r"), .unauthorised(hadToken: false), .unauthorised(hadToken: true),
      .forbidden, .noModel("m", others: ["a"]), .noModel("m", others: []),
      .gone("m"), .busy(status: 503, retryAfter: .seconds(1)), .busy(status: 503, retryAfter: nil),
      .redirected(status: 301), .failed(status: 500, message: "no"), .truncated,
      .lost(reason: "r"), .tooLong, .malformed("nothing"),
      .mismatched(model: "m", expected: "a", found: "b"), .notFinite(model: "m", output: "o"),
      .otherVersion(model: "m", before: "1", now: "2"),
    ]
    for kind in kinds {
      let text = RemoteError(kind, server: "host:8000").description
      #expect(text.hasPrefix("the server host:8000 ") && text.contains("; "))
    }
    var error = RemoteError(
      .busy(status: 503, retryAfter: .seconds(40)), server: "host")
    error.tries = 3
    #expect(error.description.hasSuffix("(503) (tried 3 times); wait 40 seconds and run again"))
  }

  @Test func aServerCannotMakeAnErrorRepeatTheToken() async throws {
    let token = try AccessToken(environment: [AccessToken.variable: "s3cret-42"])
    let found = await kind {
      _ = try await infer(token: token) { request in
        let field = request.headers["authorization"] ?? ""
        return .json("{\"error\":\"unknown user \(field)\"}", status: 500)
      }
    }
    #expect(found == .failed(status: 500, message: "unknown user Bearer (a token)"))
  }

  @Test func versionsAreSafeToDisplay() async throws {
    let values = values
    let answer = try await infer { _ in
      InferenceWire.binary([.init("out", values, [2, 3])], version: "1\u{1b}[2J")
    }
    #expect(answer.version == "1 [2J")
  }

  // MARK: Retries

  @Test func busyServersAreCalledAgain() async throws {
    let (values, counter) = (values, Counter())
    let answer = try await infer(retries: 3) { _ in
      switch counter.next() {
      case 1: .status(503, ["Retry-After": "0"])
      case 2: .status(429)
      case 3: Reply(body: [1, 2, 3], cut: 1)
      default: InferenceWire.binary([.init("out", values, [2, 3])])
      }
    }
    #expect(answer.outputs == [values])
    #expect(counter.next() == 5)
  }

  @Test func retriesEnd() async throws {
    let counter = Counter()
    do {
      _ = try await infer(retries: 2) { _ in
        _ = counter.next()
        return .status(503)
      }
      Issue.record("it passed")
    } catch let error as RemoteError {
      #expect(error.tries == 3)
    }
    #expect(counter.next() == 4)
  }

  @Test func aServerThatStartsAgainGoesOn() async throws {
    let values = values
    let handler: InferenceServer.Handler = { _ in
      InferenceWire.binary([.init("out", values, [2, 3])])
    }
    let server = try InferenceServer(handler)
    let client = try InferenceClient(server, retries: 20)
    let expected = expected
    #expect(try await client.infer("m", inputs: [], outputs: expected).outputs == [values])
    server.stop()
    let later = Task { try await client.infer("m", inputs: [], outputs: expected).outputs }
    try await Task.sleep(for: .milliseconds(60))
    let again = try InferenceServer(port: server.port, handler)
    defer { again.stop() }
    #expect(try await later.value == [values])
  }

  @Test func aWrongAddressIsReportedAtOnce() async throws {
    let server = try InferenceServer { _ in .status(200) }
    server.stop()
    let client = try InferenceClient(server, retries: 1000)
    guard case .unreachable? = await kind({ try await client.requireReady() }) else {
      Issue.record("somebody answered")
      return
    }
  }

  @Test func waitingForARetryCanBeCancelled() async throws {
    let server = try InferenceServer { _ in .status(503, ["Retry-After": "20"]) }
    defer { server.stop() }
    let client = try InferenceClient(server, retries: 5)
    let task = Task { try await client.requireReady() }
    while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    // Usually enough to receive the answer; otherwise the request is cancelled instead.
    try await Task.sleep(for: .milliseconds(30))
    let time = await ContinuousClock().measure {
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    // Far less than the 20 seconds that the server wants, even on a busy machine.
    #expect(time < .seconds(200))
  }

  @Test func slowServersRunOutOfTime() async throws {
    let found = await kind {
      _ = try await infer(timeout: .milliseconds(100)) { _ in Reply(isSilent: true) }
    }
    #expect(found == .timedOut(wasConnected: true, limit: .milliseconds(100)))
  }

  @Test func thirtyClientsAllFinish() async throws {
    let server = try InferenceServer { request in
      let number = try InferenceWire.inputs(request)["in"]?.floats.first ?? 0
      var reply = InferenceWire.binary([
        .init("out", [Float](repeating: number, count: 6), [2, 3])
      ])
      reply.delay = 0.02
      return reply
    }
    defer { server.stop() }
    let expected = expected
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<30 {
        let client = try InferenceClient(server, retries: 3)
        group.addTask {
          for step in 0..<3 {
            let value = Float(number * 10 + step)
            let answer = try await client.infer(
              "m", inputs: [InferenceTensor("in", [value], shape: [1], as: .float32)],
              outputs: expected)
            #expect(answer.outputs == [[Float](repeating: value, count: 6)])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(server.requests.count == 90)
    #expect(server.connections == 30)
  }
}
