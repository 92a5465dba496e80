import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A small HTTP server on this machine for tests, which can misbehave. Every connection has a thread of its own.
final class InferenceServer: Sendable {
  /// What a client sent.
  struct Request: Sendable {
    let method: String
    let path: String
    /// By lower-case name.
    let headers: [String: String]
    let body: [UInt8]
  }

  /// What it is answered.
  struct Reply: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    var delay: TimeInterval = 0
    /// The connection is closed after so many bytes of the body.
    var cut: Int?
    var isChunked = false
    /// Nothing is sent until the server stops.
    var isSilent = false

    static func json(_ text: String, status: Int = 200) -> Reply {
      Reply(
        status: status, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
    }

    static func status(_ status: Int, _ headers: [String: String] = [:]) -> Reply {
      Reply(status: status, headers: headers)
    }
  }

  typealias Handler = @Sendable (Request) async throws -> Reply

  private struct State {
    var isStopped = false
    var open: Set<Int32> = []
    var connections = 0
    var requests: [Request] = []
  }

  let port: UInt16
  private let listener: Int32
  private let handler: Handler
  private let state = Mutex(State())
  /// Signalled once the port is free.
  private let isClosed = DispatchSemaphore(value: 0)

  var address: String { "http://127.0.0.1:\(port)" }
  /// Connections that were ever made.
  var connections: Int { state.withLock(\.connections) }
  /// Requests so far.
  var requests: [Request] { state.withLock(\.requests) }

  /// Listens at a port of 127.0.0.1; any free one for 0.
  init(port: UInt16 = 0, _ handler: @escaping Handler) throws {
    self.handler = handler
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    listener = socket(AF_INET, stream, 0)
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let failed = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) != 0 || listen(descriptor, 128) != 0
          || getsockname(descriptor, pointer, &length) != 0
      }
    }
    self.port = UInt16(bigEndian: address.sin_port)
    if failed {
      close(descriptor)
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    Thread.detachNewThread { [self] in accept() }
  }

  /// Closes everything. Afterwards, nothing listens at the port.
  func stop() {
    let isFirst = state.withLock { state in
      defer { state.isStopped = true }
      // Their threads close them.
      for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
      return !state.isStopped
    }
    // Later, the descriptor may be another file's.
    guard isFirst else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    _ = isClosed.wait(timeout: .now() + 10)
  }

  private func accept() {
    while true {
      #if canImport(Glibc)
        let connection = Glibc.accept(listener, nil, nil)
      #elseif canImport(Musl)
        let connection = Musl.accept(listener, nil, nil)
      #else
        let connection = Darwin.accept(listener, nil, nil)
      #endif
      let isStopped = state.withLock { state in
        if connection >= 0, !state.isStopped {
          state.open.insert(connection)
          state.connections += 1
        }
        return state.isStopped
      }
      if isStopped || connection < 0 {
        if connection >= 0 { close(connection) }
        if isStopped { break }
        continue
      }
      Thread.detachNewThread { [self] in
        serve(connection)
        _ = state.withLock { $0.open.remove(connection) }
        close(connection)
      }
    }
    close(listener)
    isClosed.signal()
  }

  private func serve(_ connection: Int32) {
    var buffer: [UInt8] = []
    while let request = read(connection, &buffer) {
      state.withLock { $0.requests.append(request) }
      let reply = answer(request)
      let end = Date().addingTimeInterval(reply.isSilent ? 3600 : reply.delay)
      while Date() < end {
        if state.withLock(\.isStopped) { return }
        Thread.sleep(forTimeInterval: 0.01)
      }
      guard send(reply, to: connection) else { return }
    }
  }

  private func answer(_ request: Request) -> Reply {
    let (result, done, handler) = (ReplyBox(), DispatchSemaphore(value: 0), handler)
    Task.detached {
      do {
        result.put(try await handler(request))
      } catch {
        result.put(.json("{\"error\": \"\(error)\"}", status: 500))
      }
      done.signal()
    }
    done.wait()
    return result.reply
  }

  private func read(_ connection: Int32, _ buffer: inout [UInt8]) -> Request? {
    func more() -> Bool {
      var part = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(connection, &part, part.count, 0)
      guard count > 0 else { return false }
      buffer += part.prefix(count)
      return true
    }
    var end: Int?
    while end == nil {
      end = buffer.indices.dropFirst(3).first {
        buffer[($0 - 3)...$0].elementsEqual([13, 10, 13, 10])
      }
      if end == nil, !more() { return nil }
    }
    guard let end else { return nil }
    let lines = String(decoding: buffer[...end], as: UTF8.self).components(separatedBy: "\r\n")
    let first = lines[0].split(separator: " ")
    guard first.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let length = Int(headers["content-length"] ?? "0") ?? 0
    while buffer.count < end + 1 + length { if !more() { return nil } }
    let body = Array(buffer[(end + 1)..<(end + 1 + length)])
    buffer.removeFirst(end + 1 + length)
    return Request(
      method: String(first[0]), path: String(first[1]), headers: headers, body: body)
  }

  /// - Returns: Whether the connection is kept.
  private func send(_ reply: Reply, to connection: Int32) -> Bool {
    var head = "HTTP/1.1 \(reply.status) Status\r\n"
    for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
    head +=
      reply.isChunked
      ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: \(reply.body.count)\r\n\r\n"
    var bytes = Array(head.utf8)
    let body = reply.body.prefix(reply.cut ?? reply.body.count)
    if reply.isChunked {
      for start in stride(from: 0, to: body.count, by: 1000) {
        let part = body[start..<min(start + 1000, body.count)]
        bytes += Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10]
      }
      if reply.cut == nil { bytes += Array("0\r\n\r\n".utf8) }
    } else {
      bytes += body
    }
    var sent = 0
    while sent < bytes.count {
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      let count = bytes[sent...].withUnsafeBytes { rest in
        #if canImport(Glibc)
          Glibc.send(connection, rest.baseAddress, rest.count, flags)
        #elseif canImport(Musl)
          Musl.send(connection, rest.baseAddress, rest.count, flags)
        #else
          Darwin.send(connection, rest.baseAddress, rest.count, flags)
        #endif
      }
      guard count > 0 else { return false }
      sent += count
    }
    return reply.cut == nil
  }
}

/// A reply on its way from a task to the thread that waits for it.
private final class ReplyBox: Sendable {
  private let box = Mutex<InferenceServer.Reply>(.status(500))

  var reply: InferenceServer.Reply { box.withLock { $0 } }

  func put(_ reply: InferenceServer.Reply) { box.withLock { $0 = reply } }
}
