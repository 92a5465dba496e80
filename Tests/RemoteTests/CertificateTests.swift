import Foundation
import Testing

@testable import Remote

/// A server of OpenSSL's own with a certificate that no authority knows, for 127.0.0.1 alone.
private final class EncryptedServer {
  let folder: URL
  let port: Int
  private let process = Process()

  static let tool = "/usr/bin/openssl"
  static var isThere: Bool { FileManager.default.isExecutableFile(atPath: tool) }

  var certificate: String { folder.appendingPathComponent("cert.pem").path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let ready = folder.appendingPathComponent("v2/health")
    try FileManager.default.createDirectory(at: ready, withIntermediateDirectories: true)
    try Data("ready".utf8).write(to: ready.appendingPathComponent("ready"))
    let maker = Process()
    maker.executableURL = URL(fileURLWithPath: Self.tool)
    maker.currentDirectoryURL = folder
    maker.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
      "subjectAltName=IP:127.0.0.1",
    ]
    maker.standardError = FileHandle.nullDevice
    try maker.run()
    maker.waitUntilExit()
    let output = Pipe()
    process.executableURL = maker.executableURL
    process.currentDirectoryURL = folder
    process.arguments = [
      "s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem", "-WWW",
    ]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var text = ""
    var found: Int?
    while found == nil {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { break }
      text += String(decoding: part, as: UTF8.self)
      if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT") }),
        text.hasSuffix("\n")
      {
        found = line.split(separator: ":").last.flatMap { Int($0) }
      }
    }
    // Without a port, the instance is not complete and is never deinitialised.
    if found == nil { process.terminate() }
    port = try #require(found)
  }

  deinit {
    process.terminate()
    try? FileManager.default.removeItem(at: folder)
  }
}

@Suite(.timeLimit(.minutes(10)), .enabled(if: EncryptedServer.isThere))
struct CertificateTests {
  private func ready(_ address: String, authorities: String?) async -> RemoteError.Kind? {
    var options = InferenceClient.Options()
    options.authorities = authorities
    options.retry = RetryPolicy(retries: 0)
    return await kind {
      try await InferenceClient(try ServerAddress(address), options).requireReady()
    }
  }

  @Test func certificatesAreVerified() async throws {
    let server = try EncryptedServer()
    let address = "https://127.0.0.1:\(server.port)"
    guard case .certificate? = await ready(address, authorities: nil) else {
      Issue.record("a certificate that nobody knows was trusted")
      return
    }
    #expect(await ready(address, authorities: server.certificate) == nil)
    // The name counts too.
    let other = await ready("https://localhost:\(server.port)", authorities: server.certificate)
    guard case .certificate? = other else {
      Issue.record("another host's certificate was trusted: \(String(describing: other))")
      return
    }
    let missing = await ready(address, authorities: server.certificate + ".missing")
    guard case .authorities? = missing else {
      Issue.record("\(String(describing: missing))")
      return
    }
  }
}
