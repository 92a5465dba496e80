/// Why a model on a server could not be used, worded so that the user can act on it.
package struct RemoteError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What happened.
  package enum Kind: Sendable, Hashable {
    /// The server could not be reached.
    case unreachable(reason: String)
    /// It can be reached, but is not ready yet.
    case notReady
    /// It took longer than allowed, to connect or to answer.
    case timedOut(wasConnected: Bool, limit: Duration)
    /// Its certificate is not trusted, or TLS failed otherwise.
    case certificate(reason: String)
    /// The file of certificate authorities cannot be used.
    case authorities(reason: String)
    /// Status 401.
    case unauthorised(hadToken: Bool)
    /// Status 403.
    case forbidden
    /// It has no such model; lists those that it has, if known.
    case noModel(String, others: [String])
    /// It had this model but no longer does, for example while it restarts.
    case gone(String)
    /// Statuses 429, 502, 503 and 504: it cannot answer now.
    case busy(status: Int, retryAfter: Duration?)
    /// It redirects to another address.
    case redirected(status: Int)
    /// Any other status, with the server's own message.
    case failed(status: Int, message: String)
    /// The answer ended too early.
    case truncated
    /// The connection was lost.
    case lost(reason: String)
    /// The answer is longer than the model's own description allows.
    case tooLong
    /// The answer violates the protocol.
    case malformed(String)
    /// The model's inputs or outputs do not match the local model's configuration.
    case mismatched(model: String, expected: String, found: String)
    /// The model's output contains NaN or infinity.
    case notFinite(model: String, output: String)
    /// The server replaced the model with another version.
    case otherVersion(model: String, before: String, now: String)
  }

  /// What happened.
  package let kind: Kind
  /// The server's displayed name.
  package let server: String
  /// How often the request was sent.
  package var tries = 1

  package init(_ kind: Kind, server: String) { (self.kind, self.server) = (kind, server) }

  /// Whether the same request may succeed a little later.
  package var isTemporary: Bool {
    switch kind {
    case .unreachable, .notReady, .gone, .busy, .truncated, .lost: true
    case .timedOut(let wasConnected, _): !wasConnected
    default: false
    }
  }

  /// What happened, and what to do.
  package var description: String {
    let (what, advice) = parts
    let again = tries > 1 ? " (tried \(tries) times)" : ""
    return "the server \(server) \(what)\(again); \(advice)"
  }

  private var parts: (what: String, advice: String) {
    switch kind {
    case .unreachable(let reason):
      return ("cannot be reached: \(reason)", "check the address and whether the server is running")
    case .notReady:
      return ("is not ready", "wait until its models are loaded, then run again")
    case .timedOut(true, let limit):
      return (
        "did not answer within \(Self.seconds(limit))",
        "run again, or allow more with --remote-timeout"
      )
    case .timedOut(false, let limit):
      return (
        "accepted no connection within \(Self.seconds(limit))",
        "check the address, the port and any firewalls in between"
      )
    case .certificate(let reason):
      return (
        "could not be connected to securely: \(reason)",
        "check the address, or give the file with its authority's certificate with --remote-ca"
      )
    case .authorities(let reason):
      return (
        "was not called, because the authorities of --remote-ca cannot be read: \(reason)",
        "give a file of certificates in PEM format"
      )
    case .unauthorised(let hadToken):
      return hadToken
        ? ("did not accept the access token (401)", "get a new token from its owner")
        : (
          "requires an access token (401)",
          "give its file with --remote-token-file, or set \(AccessToken.variable)"
        )
    case .forbidden:
      return (
        "does not let this user use the model (403)", "ask its owner for access"
      )
    case .noModel(let name, let others):
      let list = others.prefix(12).joined(separator: ", ")
      return (
        "has no model \(name)",
        others.isEmpty
          ? "check the name given with --remote-model" : "choose one with --remote-model: \(list)"
      )
    case .gone(let name):
      return (
        "no longer has the model \(name)", "wait until it is loaded again, then run again"
      )
    case .busy(let status, let retryAfter):
      let wait = retryAfter.map { "wait \(Self.seconds($0)) and run again" }
      return ("is too busy now (\(status))", wait ?? "run again later")
    case .redirected(let status):
      return (
        "redirects to another address (\(status))",
        "give that address with --remote; redirections are not followed"
      )
    case .failed(let status, let message):
      let own = message.isEmpty ? "" : ": \(message)"
      return ("answered with status \(status)\(own)", "look at its log")
    case .truncated:
      return ("ended its answer too early", "run again; look at its log if this happens repeatedly")
    case .lost(let reason):
      return (
        "lost the connection: \(reason)", "run again; check whether the server is still running"
      )
    case .tooLong:
      return (
        "sent more than its model can return", "check that it is an inference server"
      )
    case .malformed(let what):
      return (
        "answered \(what)",
        "check that it supports the Open Inference Protocol, version 2, at this address"
      )
    case .mismatched(let model, let expected, let found):
      return (
        "has a model \(model) that differs from the local one: expected \(expected), found \(found)",
        "give the folder of the same model with --model, or another --remote-model"
      )
    case .notFinite(let model, let output):
      return (
        "returned NaN or infinity in the output \(output) of \(model)",
        "serve the model in FP32, or check its weights"
      )
    case .otherVersion(let model, let before, let now):
      return (
        "changed the model \(model) from version \(before) to \(now) during the run",
        "run again to paint all steps with the new version"
      )
    }
  }

  private static func seconds(_ duration: Duration) -> String {
    let value = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    let number = value == value.rounded() ? "\(Int(value))" : "\((value * 10).rounded() / 10)"
    return number == "1" ? "1 second" : "\(number) seconds"
  }
}
