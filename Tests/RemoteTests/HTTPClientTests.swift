import Foundation
import Testing

@testable import Remote

@Suite(.timeLimit(.minutes(10))) struct HTTPClientTests {
  private func client(
    _ server: InferenceServer, token: AccessToken? = nil
  ) throws -> HTTPClient {
    HTTPClient(for: try ServerAddress(server.address), token: token)
  }

  private func get(
    _ server: InferenceServer, _ path: String = "", limit: Int = 1 << 20,
    timeout: Duration = .seconds(240)
  ) -> HTTPRequest {
    HTTPRequest("\(server.address)/\(path)", answerLimit: limit, timeout: timeout)
  }

  @Test func connectionsAreKept() async throws {
    let server = try InferenceServer { .json("\"\($0.path)\"") }
    defer { server.stop() }
    let client = try client(server)
    for number in 0..<20 {
      let response = try await client.send(get(server, "\(number)"))
      #expect(response.status == 200)
      #expect(response.contentType == "application/json")
      #expect(String(decoding: response.body, as: UTF8.self) == "\"/\(number)\"")
    }
    #expect(server.connections == 1)
  }

  @Test func bodiesArriveWhole() async throws {
    let server = try InferenceServer { InferenceServer.Reply(body: $0.body) }
    defer { server.stop() }
    let client = try client(server)
    for count in [0, 1, 70_000, 3_000_000] {
      let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
      var request = get(server, limit: count)
      request.body = body
      #expect(try await client.send(request).body == body)
    }
    #expect(server.requests.allSatisfy { $0.method == "POST" && $0.headers["expect"] == nil })
  }

  @Test func manyAtOnceAllFinish() async throws {
    let server = try InferenceServer {
      InferenceServer.Reply(body: Array($0.path.utf8), delay: 0.05)
    }
    defer { server.stop() }
    let client = try client(server)
    let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<30 {
        let request = get(server, "\(number)")
        group.addTask {
          try await client.send(request).body == Array("/\(number)".utf8)
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(answers == 30)
  }

  @Test(arguments: [true, false]) func cancellingIsImmediate(afterTheRequest: Bool) async throws {
    let server = try InferenceServer { _ in InferenceServer.Reply(isSilent: true) }
    defer { server.stop() }
    let client = try client(server)
    let request = get(server)
    // The best of several, and a bound that holds while other tests keep the machine busy: the server would never answer.
    var best = Duration.seconds(60)
    for number in 0..<5 {
      let task = Task { try await client.send(request) }
      if afterTheRequest {
        while server.requests.count <= number { try await Task.sleep(for: .milliseconds(5)) }
      }
      let time = await ContinuousClock().measure {
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
      }
      best = min(best, time)
    }
    #expect(best < .seconds(1))
    // The thread goes on with others.
    let other = try InferenceServer { _ in .json("1") }
    defer { other.stop() }
    #expect(try await client.send(get(other)).body == Array("1".utf8))
  }

  @Test func aSlowAnswerRunsOutOfTime() async throws {
    let server = try InferenceServer { _ in InferenceServer.Reply(isSilent: true) }
    defer { server.stop() }
    let client = try client(server)
    await #expect(throws: TransferError.timedOut(wasConnected: true)) {
      try await client.send(get(server, timeout: .milliseconds(150)))
    }
  }

  @Test func nobodyListens() async throws {
    let server = try InferenceServer { _ in .json("1") }
    server.stop()
    let client = try client(server)
    let error = await #expect(throws: TransferError.self) { try await client.send(get(server)) }
    guard case .unreachable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [true, false]) func chunkedAnswersAreRead(isCut: Bool) async throws {
    let body = [UInt8](repeating: 7, count: 5000)
    let server = try InferenceServer { _ in
      InferenceServer.Reply(body: body, cut: isCut ? 2500 : nil, isChunked: true)
    }
    defer { server.stop() }
    let client = try client(server)
    if isCut {
      await #expect(throws: TransferError.truncated) { try await client.send(get(server)) }
    } else {
      #expect(try await client.send(get(server)).body == body)
    }
  }

  @Test func aCutAnswerIsNone() async throws {
    let server = try InferenceServer { _ in
      InferenceServer.Reply(body: [UInt8](repeating: 7, count: 5000), cut: 4999)
    }
    defer { server.stop() }
    let client = try client(server)
    await #expect(throws: TransferError.truncated) { try await client.send(get(server)) }
  }

  @Test(arguments: [true, false]) func answersHaveALimit(isChunked: Bool) async throws {
    let server = try InferenceServer { _ in
      InferenceServer.Reply(body: [UInt8](repeating: 7, count: 5000), isChunked: isChunked)
    }
    defer { server.stop() }
    let client = try client(server)
    #expect(try await client.send(get(server, limit: 5000)).body.count == 5000)
    await #expect(throws: TransferError.tooLong) { try await client.send(get(server, limit: 4999)) }
  }

  @Test func headersHaveALimit() async throws {
    let fields = (0..<40).map { ("X-\($0)", String(repeating: "x", count: 10_000)) }
    let server = try InferenceServer { _ in
      .status(200, Dictionary(uniqueKeysWithValues: fields))
    }
    defer { server.stop() }
    let client = try client(server)
    await #expect(throws: TransferError.tooLong) { try await client.send(get(server)) }
  }

  @Test func redirectionsAreNotFollowed() async throws {
    let other = try InferenceServer { _ in .json("\"secret\"") }
    defer { other.stop() }
    let address = other.address
    let server = try InferenceServer { _ in .status(307, ["Location": address]) }
    defer { server.stop() }
    #expect(try await client(server).send(get(server)).status == 307)
    #expect(other.requests.isEmpty)
  }

  @Test func theTokenIsSentAndNeverShown() async throws {
    let server = try InferenceServer { _ in .json("1") }
    defer { server.stop() }
    let token = try #require(
      try AccessToken(environment: ["HALFLIGHT_REMOTE_TOKEN": " s3cret-42 \n"]))
    _ = try await client(server, token: token).send(get(server))
    #expect(server.requests.first?.headers["authorization"] == "Bearer s3cret-42")
    var dumped = ""
    dump(token, to: &dumped)
    for text in ["\(token)", String(reflecting: token), dumped] {
      #expect(!text.contains("s3cret"))
    }
  }

  @Test func aTokenOfSeveralLinesIsRefused() throws {
    #expect(throws: AccessTokenError.self) {
      try AccessToken(environment: ["HALFLIGHT_REMOTE_TOKEN": "a\r\nHost: b"])
    }
    #expect(try AccessToken(environment: ["HALFLIGHT_REMOTE_TOKEN": ""]) == nil)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("two words".utf8).write(to: file)
    let error = #expect(throws: AccessTokenError.self) { try AccessToken(file: file) }
    #expect(error?.description.contains("two words") == false)
    try Data("one\n".utf8).write(to: file)
    _ = try AccessToken(file: file)
  }
}
