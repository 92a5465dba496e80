import Foundation

/// A server's address: `http://host:8000`, `https://host/gateway`, or `host:8000` for HTTP.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// The address without a slash at its end.
  package let base: String
  /// The host and, if given, the port: the displayed name.
  package let name: String
  /// Whether the connection is encrypted.
  package let isEncrypted: Bool
  /// Whether it is this machine itself.
  package let isThisMachine: Bool

  /// Parses an address.
  ///
  /// - Throws: ``ServerAddressError`` when it is not an address, or contains a password or a query.
  package init(_ text: String) throws(ServerAddressError) {
    let whole = text.contains("://") ? text : "http://\(text)"
    guard let parts = URLComponents(string: whole), let scheme = parts.scheme?.lowercased(),
      scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
      // An encoded control character would be displayed.
      PlainLine.of(host, limit: 300) == host,
      text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), text.utf8.count <= 2000
    else { throw Self.noAddress(text) }
    guard parts.user == nil, parts.password == nil else {
      throw ServerAddressError(.hasPassword, text: "")
    }
    guard parts.query == nil, parts.fragment == nil else { throw Self.noAddress(text) }
    var base = Substring(whole)
    while base.hasSuffix("/") { base = base.dropLast() }
    // The prefix of the protocol's paths, which people copy from examples.
    if base.hasSuffix("/v2"), parts.path.contains("/v2") { base = base.dropLast(3) }
    self.base = String(base)
    let plain = host.trimmingCharacters(in: ["[", "]"])
    let shown = plain.contains(":") ? "[\(plain)]" : plain
    name = parts.port.map { "\(shown):\($0)" } ?? shown
    isEncrypted = scheme == "https"
    let numbers = plain.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    let isLoopback = numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    isThisMachine = plain == "::1" || plain.lowercased() == "localhost" || isLoopback
  }

  /// The error for a text that cannot be parsed. It does not repeat what may be a password, or a token in a query.
  private static func noAddress(_ text: String) -> ServerAddressError {
    if text.contains("@") { return ServerAddressError(.hasPassword, text: "") }
    let shown = text.prefix { $0 != "?" }
    return ServerAddressError(
      .noAddress, text: PlainLine.of(shown.endIndex < text.endIndex ? shown + "?…" : text))
  }

  package var description: String { base }
}

/// A text that is not a server's address.
package struct ServerAddressError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The problem.
  package enum Kind: Sendable, Hashable {
    case noAddress
    case hasPassword
  }

  /// The problem.
  package let kind: Kind
  private let text: String

  init(_ kind: Kind, text: String) { (self.kind, self.text) = (kind, text) }

  package var description: String {
    switch kind {
    case .noAddress:
      "\"\(text)\" is not a server's address; write it as http://host:8000 or https://host"
    case .hasPassword:
      "the server's address contains a user or a password; leave them out and give a token with --remote-token-file"
    }
  }
}
