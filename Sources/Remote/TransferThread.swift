import CCurl
import Foundation
import Synchronization

/// Runs HTTP transfers on a separate thread, all with one libcurl multi handle, which keeps connections open for later
/// requests.
///
/// Only this thread uses transfers. Other threads add requests to a list, or remove their continuation from it, and
/// wake the thread.
final class TransferThread: Sendable {
  /// The settings that all requests share.
  struct Options: Sendable {
    /// The time limit for making a connection.
    var connectTimeout = Duration.seconds(10)
    /// A file of certificate authorities in PEM to trust instead of the system's.
    var authorities: String?
    /// Whether requests go directly to the server, ignoring proxies in the environment.
    var ignoresProxies = false
  }

  private typealias Continuation = CheckedContinuation<HTTPResponse, any Error>

  /// libcurl's multi handle. Only `curl_multi_wakeup` may be called from any thread.
  private struct Multi: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer
  }

  private enum Entry {
    /// Its task has not begun to wait.
    case new
    /// Cancelled before its task began to wait.
    case cancelled
    case waiting(Continuation)
  }

  private struct State {
    var lastNumber: UInt64 = 0
    var entries: [UInt64: Entry] = [:]
    var arrived: [(number: UInt64, request: HTTPRequest)] = []
    var cancelled: [UInt64] = []
    var isClosed = false
    /// `nil` once the thread has ended.
    var multi: Multi?

    /// Wakes the thread, so that it reads the lists.
    func wake() {
      if let multi { curl_multi_wakeup(multi.handle) }
    }
  }

  private let options: Options
  private let state = Mutex(State())

  private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Starts the thread; it runs until ``close()``.
  init(_ options: Options) {
    self.options = options
    guard Self.isReady, let handle = curl_multi_init() else { return }
    let multi = Multi(handle: handle)
    state.withLock { $0.multi = multi }
    let thread = Thread { [self] in run(multi) }
    thread.name = "halflight HTTP"
    thread.start()
  }

  /// Ends the thread and its connections.
  func close() {
    state.withLock {
      $0.isClosed = true
      $0.wake()
    }
  }

  /// Sends a request and waits for the answer.
  ///
  /// - Throws: ``TransferError``; `CancellationError` immediately when the task is cancelled.
  func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    let number = state.withLock { state in
      state.lastNumber += 1
      state.entries[state.lastNumber] = .new
      return state.lastNumber
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { begin(number, request, $0) }
    } onCancel: {
      cancel(number)
    }
  }

  private func begin(_ number: UInt64, _ request: HTTPRequest, _ continuation: Continuation) {
    let problem: (any Error)? = state.withLock { state in
      if case .cancelled? = state.entries[number] {
        state.entries[number] = nil
        return CancellationError()
      }
      guard state.multi != nil, !state.isClosed else {
        state.entries[number] = nil
        return TransferError.unreachable("libcurl could not be started")
      }
      state.entries[number] = .waiting(continuation)
      state.arrived.append((number, request))
      state.wake()
      return nil
    }
    if let problem { continuation.resume(throwing: problem) }
  }

  private func cancel(_ number: UInt64) {
    let continuation: Continuation? = state.withLock { state in
      switch state.entries[number] {
      case .new:
        state.entries[number] = .cancelled
        return nil
      case .waiting(let continuation):
        state.entries[number] = nil
        state.cancelled.append(number)
        state.wake()
        return continuation
      case .cancelled, nil: return nil
      }
    }
    continuation?.resume(throwing: CancellationError())
  }

  private func finish(_ number: UInt64, _ result: Result<HTTPResponse, TransferError>) {
    let entry = state.withLock { $0.entries.removeValue(forKey: number) }
    if case .waiting(let continuation)? = entry {
      continuation.resume(with: result.mapError { $0 as any Error })
    }
  }

  // MARK: On the thread

  private func run(_ multi: Multi) {
    hl_block_broken_pipes()
    var transfers: [UInt64: UnsafeMutablePointer<hl_transfer>] = [:]
    while true {
      let (arrived, cancelled, isClosed) = state.withLock { state in
        defer { (state.arrived, state.cancelled) = ([], []) }
        return (state.arrived, state.cancelled, state.isClosed)
      }
      if isClosed { break }
      for (number, request) in arrived where !cancelled.contains(number) {
        if let transfer = start(number, request, on: multi) {
          transfers[number] = transfer
        } else {
          finish(number, .failure(.unreachable("there is not enough memory for the request")))
        }
      }
      for number in cancelled {
        if let transfer = transfers.removeValue(forKey: number) {
          hl_transfer_end(multi.handle, transfer)
        }
      }
      var running: Int32 = 0
      curl_multi_perform(multi.handle, &running)
      var code = CURLE_OK
      while let transfer = hl_transfer_next_done(multi.handle, &code) {
        let number = transfer.pointee.number
        let result = Self.result(of: transfer, code)
        transfers[number] = nil
        hl_transfer_end(multi.handle, transfer)
        finish(number, result)
      }
      // Returns earlier for libcurl's own timers and when it is woken.
      curl_multi_poll(multi.handle, nil, 0, 60_000, nil)
    }
    for transfer in transfers.values { hl_transfer_end(multi.handle, transfer) }
    let left = state.withLock { state in
      state.multi = nil
      return Array(state.entries.keys)
    }
    for number in left { finish(number, .failure(.lost("the client was closed"))) }
    curl_multi_cleanup(multi.handle)
  }

  private func start(
    _ number: UInt64, _ request: HTTPRequest, on multi: Multi
  ) -> UnsafeMutablePointer<hl_transfer>? {
    let body = request.body ?? []
    let transfer = hl_transfer_new(
      number, request.url, body, body.count, request.body == nil ? 0 : 1,
      max(0, request.answerLimit), options.connectTimeout.wholeMilliseconds,
      request.timeout.wholeMilliseconds)
    guard let transfer else { return nil }
    if let authorities = options.authorities,
      hl_transfer_use_authorities(transfer, authorities) == 0
    {
      hl_transfer_free(transfer)
      return nil
    }
    if options.ignoresProxies { hl_transfer_use_no_proxy(transfer) }
    // libcurl would wait a second for servers that do not understand "Expect".
    let fields = request.fields + ["Expect:"]
    let hasAll = fields.allSatisfy { hl_transfer_add_field(transfer, $0) != 0 }
    guard hasAll, hl_transfer_start(multi.handle, transfer) != 0 else {
      hl_transfer_free(transfer)
      return nil
    }
    return transfer
  }

  private static func result(
    of transfer: UnsafeMutablePointer<hl_transfer>, _ code: CURLcode
  ) -> Result<HTTPResponse, TransferError> {
    guard code == CURLE_OK else { return .failure(failure(of: transfer, code)) }
    let answer = UnsafeBufferPointer(
      start: transfer.pointee.answer, count: transfer.pointee.answer_count)
    return .success(
      HTTPResponse(
        status: Int(hl_transfer_status(transfer)),
        contentType: String(cString: hl_transfer_content_type(transfer)),
        retryAfter: String(cString: hl_transfer_retry_after(transfer)),
        jsonLength: String(cString: hl_transfer_json_length(transfer)),
        body: Array(answer)))
  }

  private static func failure(
    of transfer: UnsafeMutablePointer<hl_transfer>, _ code: CURLcode
  ) -> TransferError {
    let own = String(cString: hl_transfer_message(transfer))
    let reason = PlainLine.of(own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
      CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return .unreachable(reason)
    case CURLE_OPERATION_TIMEDOUT:
      return .timedOut(wasConnected: hl_transfer_was_connected(transfer) != 0)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER:
      return .certificate(reason)
    case CURLE_SSL_CACERT_BADFILE: return .authorities(reason)
    case CURLE_PARTIAL_FILE: return .truncated
    case CURLE_WRITE_ERROR where transfer.pointee.is_too_long != 0: return .tooLong
    default: return .lost(reason)
    }
  }
}

extension Duration {
  /// Whole milliseconds, at least 1 and at most a day.
  fileprivate var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < 86_400 else { return 86_400_000 }
    guard seconds >= 0 else { return 1 }
    return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }
}
