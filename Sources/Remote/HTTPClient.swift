/// Sends requests to one server over HTTP or HTTPS, through libcurl.
///
/// Connections are kept and reused. Certificates are always verified. Redirections are not followed. Proxies are taken
/// from the environment (`http_proxy`, `HTTPS_PROXY`, `NO_PROXY`), except for this machine itself.
package final class HTTPClient: Sendable {
  private let thread: TransferThread
  private let token: AccessToken?

  /// A client; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - server: The server; it decides whether proxies are used.
  ///   - token: Sent with every request.
  ///   - authorities: The path of a PEM file of certificate authorities to trust instead of the system's.
  ///   - connectTimeout: The time limit for making a connection.
  package init(
    for server: ServerAddress, token: AccessToken? = nil, authorities: String? = nil,
    connectTimeout: Duration = .seconds(10)
  ) {
    self.token = token
    thread = TransferThread(
      TransferThread.Options(
        connectTimeout: connectTimeout, authorities: authorities,
        ignoresProxies: server.isThisMachine))
  }

  deinit { thread.close() }

  /// Sends a request and waits for the answer, whatever its status.
  ///
  /// - Throws: ``TransferError``; `CancellationError` immediately when the task is cancelled.
  package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    // Its deinitialisation closes the connections.
    defer { withExtendedLifetime(self) {} }
    var request = request
    if let token { request.fields.append(token.headerLine) }
    return try await thread.send(request)
  }
}
