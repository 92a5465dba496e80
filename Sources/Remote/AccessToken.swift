import Files
import Foundation

/// A bearer token (RFC 6750), by which a server recognises its users. It comes from a file or the environment, and no
/// text or log ever contains it.
package struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
  /// The environment variable that contains the token.
  package static let variable = "HALFLIGHT_REMOTE_TOKEN"

  private let secret: String

  /// The token from an environment; `nil` if the variable is missing or empty.
  ///
  /// - Throws: ``AccessTokenError`` when it contains characters that are not allowed in a header.
  package init?(environment: [String: String]) throws(AccessTokenError) {
    guard let text = environment[Self.variable], !text.isEmpty else { return nil }
    try self.init(text, from: "the environment variable \(Self.variable)")
  }

  /// The token in a file, without the white space around it.
  ///
  /// - Throws: `FileError` when it cannot be read, ``AccessTokenError`` when it is empty or contains characters that
  ///   are not allowed in a header.
  package init(file: URL) throws {
    let bytes = try SafeFile.read(file, limit: 1 << 16)
    try self.init(String(decoding: bytes, as: UTF8.self), from: file.path)
  }

  private init(_ text: String, from place: String) throws(AccessTokenError) {
    let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !secret.isEmpty, secret.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw AccessTokenError(place: place)
    }
    self.secret = secret
  }

  /// The header with the token.
  var headerLine: String { "Authorization: Bearer \(secret)" }

  /// A server's text without the token, which a server may repeat.
  func hidden(in text: String) -> String {
    text.replacingOccurrences(of: secret, with: description)
  }

  package var description: String { "(a token)" }

  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A token that no header can contain.
package struct AccessTokenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Its source.
  package let place: String

  package var description: String {
    "\(place): expected an access token (one line of letters, digits and symbols), found something else; save only the token there"
  }
}
