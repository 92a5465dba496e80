import Files
import Foundation
import Remote
import Testing

@testable import halflight

/// The options for a network on a server.
@Suite struct RemoteOptionsTests {
  private func parsed(_ arguments: String...) throws -> RemoteOptions {
    try RemoteOptions.parse(arguments)
  }

  @Test func withoutAServerAllIsHere() throws {
    #expect(try parsed().request(environment: [AccessToken.variable: "a b"]) == nil)
  }

  @Test func serversAreTakenWithTheirOptions() throws {
    let remote = try #require(
      try parsed(
        "--remote", "http://gpu:8000/v2", "--remote-model", "sd15", "--remote-timeout", "2.5",
        "--remote-retries", "0"
      ).request(environment: [:]))
    #expect(remote.name == "sd15" && remote.client.server.name == "gpu:8000")
    #expect(remote.client.server.base == "http://gpu:8000")
    let request = try RenderCommand.parse(["a cat", "--remote", "gpu:8000"]).model.request()
    #expect(request.remote?.client.server.base == "http://gpu:8000")
    #expect(request.remote?.name == nil)
  }

  @Test func aConfiguredServerIsTheDefault() throws {
    let configured = ConfiguredServer(
      address: "https://class", model: "sd15", tokenFile: "/nowhere/token")
    // The token's file is read for that server alone.
    #expect(throws: FileError.self) {
      try parsed().request(configured: configured, environment: [:])
    }
    let other = try parsed("--remote", "gpu").request(configured: configured, environment: [:])
    #expect(other?.client.server.base == "http://gpu" && other?.name == nil)
    #expect(
      try parsed("--remote", "").request(configured: configured, environment: [:]) == nil)
    let open = ConfiguredServer(address: "https://class", model: "sd15")
    let usual = try parsed("--remote-retries", "2").request(configured: open, environment: [:])
    #expect(usual?.client.server.base == "https://class" && usual?.name == "sd15")
  }

  @Test func optionsWithoutAServerAreRefused() throws {
    for arguments in [["--remote-model", "sd15"], ["--remote-ca", "ca.pem"]] {
      #expect(throws: (any Error).self) {
        try RemoteOptions.parse(arguments).request(environment: [:])
      }
    }
  }

  @Test(arguments: [
    ["--remote", "http://gpu:8000", "--remote-timeout", "0"],
    ["--remote", "http://gpu:8000", "--remote-timeout", "nan"],
    ["--remote", "http://gpu:8000", "--remote-retries", "-1"],
  ])
  func impossibleOptionsAreRefused(arguments: [String]) {
    #expect(throws: (any Error).self) { try RemoteOptions.parse(arguments) }
  }

  @Test func wrongAddressesAndTokensAreRefused() throws {
    #expect(throws: ServerAddressError.self) {
      try parsed("--remote", "ftp://gpu").request(environment: [:])
    }
    #expect(throws: AccessTokenError.self) {
      try parsed("--remote", "gpu").request(environment: [AccessToken.variable: "a b"])
    }
    #expect(throws: FileError.self) {
      try parsed("--remote", "gpu", "--remote-token-file", "/nowhere/token").request(
        environment: [:])
    }
  }

  /// One sentence and an exit code that says that something was unavailable.
  @Test func aServerThatIsNotThereEndsTheCommand() throws {
    let told = try CommandTests.run(
      ["render", "a cat", "--remote", "http://127.0.0.1:1", "--remote-retries", "0"],
      in: FileManager.default.temporaryDirectory)
    #expect(told.status == 69)
    #expect(told.error.hasPrefix("halflight: the server 127.0.0.1:1 cannot be reached: "))
    #expect(told.error.split(separator: "\n").count == 1)
  }
}
