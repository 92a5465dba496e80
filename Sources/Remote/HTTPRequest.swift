/// A request to a server, with limits for the answer.
package struct HTTPRequest: Sendable {
  /// The URL, such as `http://host:8000/v2/health/ready`.
  package var url: String
  /// The body of a POST; `nil` for GET.
  package var body: [UInt8]?
  /// Header lines besides those of every request, such as `Content-Type: application/json`.
  package var fields: [String] = []
  /// The maximum length of the answer in bytes.
  package var answerLimit: Int
  /// The time limit for the whole request.
  package var timeout: Duration

  package init(
    _ url: String, body: [UInt8]? = nil, fields: [String] = [], answerLimit: Int, timeout: Duration
  ) {
    (self.url, self.body, self.fields) = (url, body, fields)
    (self.answerLimit, self.timeout) = (answerLimit, timeout)
  }
}

/// A server's answer.
package struct HTTPResponse: Sendable {
  /// The status, such as 200.
  package let status: Int
  /// The media type, such as `application/json`; empty if there is none.
  package let contentType: String
  /// The header `Retry-After`; empty if there is none.
  package let retryAfter: String
  /// The header `Inference-Header-Content-Length`; empty if there is none.
  package let jsonLength: String
  /// The body of the answer.
  package let body: [UInt8]

  package init(
    status: Int, contentType: String, retryAfter: String, jsonLength: String, body: [UInt8]
  ) {
    (self.status, self.contentType, self.body) = (status, contentType, body)
    (self.retryAfter, self.jsonLength) = (retryAfter, jsonLength)
  }
}

/// A request without a complete answer.
package enum TransferError: Error, Sendable, Hashable {
  /// The server could not be reached, for the reason given by libcurl.
  case unreachable(String)
  /// The time limit was exceeded, before or after a connection was made.
  case timedOut(wasConnected: Bool)
  /// The server's certificate is not trusted, or TLS failed otherwise.
  case certificate(String)
  /// The file of certificate authorities cannot be read.
  case authorities(String)
  /// The answer is cut off.
  case truncated
  /// The connection was lost, or the answer is not HTTP.
  case lost(String)
  /// The answer is longer than its limit, or its headers are longer than 256 KB.
  case tooLong
}
