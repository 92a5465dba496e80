import ArgumentParser
import Foundation
import Models
import Remote
import Session

/// The options for a server that computes parts of the model.
struct RemoteOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Run the network on an inference server (Triton, KServe, OpenVINO Model Server) at this address.",
      valueName: "url"))
  var remote: String?

  @Option(
    help: .rare("The model's name on the server; by default, its local name."))
  var remoteModel: String?

  @Option(help: .rare("Seconds to wait for an answer from the server; 120 by default."))
  var remoteTimeout: Double?

  @Option(
    help: .rare("How many times to try again while the server is down or busy; 5 by default."))
  var remoteRetries: Int?

  @Option(
    help: .rare(
      "A file with the access token for the server; by default, the environment variable \(AccessToken.variable)."
    ),
    completion: .file())
  var remoteTokenFile: String?

  @Option(
    help: .rare(
      "A PEM file of certificate authorities to trust instead of the system's."),
    completion: .file())
  var remoteCa: String?

  func validate() throws {
    if let remoteTimeout, !(remoteTimeout >= 0.1 && remoteTimeout <= 86_400) {
      throw ValidationError("--remote-timeout must be 0.1 to 86400 seconds")
    }
    if let remoteRetries, !(0...1000).contains(remoteRetries) {
      throw ValidationError("--remote-retries must be 0 to 1000")
    }
  }

  /// An option the user gave that needs a server.
  private var dependent: String? {
    let all: [(String, Bool)] = [
      ("--remote-model", remoteModel != nil), ("--remote-timeout", remoteTimeout != nil),
      ("--remote-retries", remoteRetries != nil), ("--remote-token-file", remoteTokenFile != nil),
      ("--remote-ca", remoteCa != nil),
    ]
    return all.first(where: \.1)?.0
  }

  /// The server's part of a model request; `nil` if no server is named, or if `--remote ""` is given.
  ///
  /// - Parameter configured: The server to use if none is given. Its token is not sent to any other server.
  /// - Throws: `ServerAddressError`, `AccessTokenError`, `FileError` if the token's file cannot be read, or a
  ///   `ValidationError` for options without a server.
  func request(
    configured: ConfiguredServer = ConfiguredServer(),
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> RemoteModel? {
    let usual = remote == nil ? configured : ConfiguredServer()
    guard let address = remote ?? usual.address, !address.isEmpty else {
      if let dependent { throw ValidationError("\(dependent) needs --remote URL") }
      return nil
    }
    var options = InferenceClient.Options()
    if let remoteTimeout { options.timeout = .seconds(remoteTimeout) }
    if let remoteRetries { options.retry.retries = remoteRetries }
    options.token =
      try (remoteTokenFile ?? usual.tokenFile).map { try AccessToken(file: UserFolders.url($0)) }
      ?? AccessToken(environment: environment)
    options.authorities = (remoteCa ?? usual.authorities).map { UserFolders.url($0).path }
    return RemoteModel(
      InferenceClient(try ServerAddress(address), options), name: remoteModel ?? usual.model)
  }
}
