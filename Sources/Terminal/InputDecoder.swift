/// Converts the bytes of a terminal into events.
///
/// It is a value that needs no terminal: ``feed(_:)`` takes bytes in any portions, and an incomplete sequence waits for
/// the rest. Only time shows whether an ESC is the escape key or the start of a sequence: if ``isWaiting`` and nothing
/// more arrives for a while, call ``flush()``. Any bytes are accepted: unknown sequences are skipped as a whole, and
/// invalid UTF-8 is dropped.
///
/// Sequences: ECMA-48, xterm's control sequences (modified keys, SGR mouse 1006, bracketed paste).
public struct InputDecoder: Sendable {
  private var pending: [UInt8] = []
  private var pasted: [UInt8]?
  /// How often the terminal has reported that it is ready (`ESC [ 0 n`), which it does after answering all earlier
  /// queries.
  public private(set) var statusReports = 0
  /// What the terminal reported about itself.
  public private(set) var answers = TerminalAnswers()

  /// A decoder in its initial state.
  public init() {}

  /// Whether bytes are waiting for the rest of a sequence.
  public var isWaiting: Bool { !pending.isEmpty && pasted == nil }
  /// Whether a paste has begun but not ended.
  public var isPasting: Bool { pasted != nil }

  /// The events that these bytes complete.
  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [TerminalEvent] {
    pending.append(contentsOf: bytes)
    return drain(isFinal: false)
  }

  /// The events of bytes whose sequence was never completed: a lone ESC is the escape key, and a paste ends at this
  /// point.
  public mutating func flush() -> [TerminalEvent] {
    if let bytes = pasted {
      let event = TerminalEvent.paste(PastedText.plain(bytes + pending))
      (pasted, pending) = (nil, [])
      return [event]
    }
    return drain(isFinal: true)
  }

  private mutating func drain(isFinal: Bool) -> [TerminalEvent] {
    var events: [TerminalEvent] = []
    var start = 0
    while start < pending.count {
      if pasted != nil {
        guard takePaste(from: &start, into: &events) else { break }
        continue
      }
      let (length, event) = Self.next(in: pending[start...], isFinal: isFinal)
      guard length > 0 else { break }
      start += length
      switch event {
      case .event(let event): events.append(event)
      case .pasteStart: pasted = []
      case .statusReport: statusReports += 1
      case .report(let parameters, let final): answers.take(parameters, final: final)
      case .string(let body, let introducer): answers.take(string: body, introducer: introducer)
      case .nothing: break
      }
    }
    pending.removeFirst(start)
    return events
  }

  // MARK: Bracketed paste

  private static let pasteEnd = Array("\u{1b}[201~".utf8)
  /// Longer pastes are cut: nobody pastes a prompt as long as a mebibyte.
  private static let pasteLimit = 1 << 20

  /// Moves bytes into the paste; false if its end, or the rest of its end, has not arrived yet.
  private mutating func takePaste(from start: inout Int, into events: inout [TerminalEvent]) -> Bool
  {
    while start < pending.count {
      let end = Self.pasteEnd
      if pending[start] == end[0] {
        let here = pending[start...].prefix(end.count)
        if here.elementsEqual(end) {
          start += end.count
          events.append(.paste(PastedText.plain(pasted ?? [])))
          pasted = nil
          return true
        }
        if end.starts(with: here) { return false }
      }
      if pasted.map({ $0.count < Self.pasteLimit }) == true { pasted?.append(pending[start]) }
      start += 1
    }
    return true
  }

  // MARK: One key or sequence

  private enum Found {
    case event(TerminalEvent)
    case pasteStart
    case statusReport
    /// A control sequence that is not a key.
    case report(ArraySlice<UInt8>, final: UInt8)
    /// The content of a string sequence.
    case string(ArraySlice<UInt8>, introducer: UInt8)
    case nothing
  }

  /// The first event in `bytes`, which are not empty; a length of 0 requests more of them.
  private static func next(
    in bytes: ArraySlice<UInt8>, isFinal: Bool
  ) -> (length: Int, found: Found) {
    let first = bytes[bytes.startIndex]
    if first != 0x1b { return plain(bytes, isFinal: isFinal) }
    let rest = bytes.dropFirst()
    guard let second = rest.first else {
      return isFinal ? (1, .event(.key(.escape))) : (0, .nothing)
    }
    switch second {
    case UInt8(ascii: "["): return controlSequence(bytes, isFinal: isFinal)
    case UInt8(ascii: "O"):
      guard let third = rest.dropFirst().first else {
        return isFinal ? (2, .event(.key(.alt("O")))) : (0, .nothing)
      }
      if let key = KeySequences.singleShift[third] { return (3, .event(.key(key))) }
      return (0x40...0x7e).contains(third) ? (3, .nothing) : (2, .event(.key(.alt("O"))))
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"):
      return string(bytes, introducer: second, isFinal: isFinal)
    case 0x1b:
      return (1, .event(.key(.escape)))
    default:
      let (length, found) = plain(rest, isFinal: isFinal)
      guard length > 0 else { return (0, .nothing) }
      guard case .event(.key(let key)) = found else { return (1 + length, .nothing) }
      switch key {
      case .character(let character): return (1 + length, .event(.key(.alt(character))))
      case .enter: return (1 + length, .event(.key(.altEnter)))
      case .backspace: return (1 + length, .event(.key(.altBackspace)))
      default: return (1, .event(.key(.escape)))
      }
    }
  }

  /// A control character or a scalar of UTF-8.
  private static func plain(
    _ bytes: ArraySlice<UInt8>, isFinal: Bool
  ) -> (length: Int, found: Found) {
    let first = bytes[bytes.startIndex]
    switch first {
    case 0x0d, 0x0a: return (1, .event(.key(.enter)))
    case 0x09: return (1, .event(.key(.tab)))
    case 0x7f, 0x08: return (1, .event(.key(.backspace)))
    case 0x00: return (1, .event(.key(.control(" "))))
    case 0x01...0x1a: return (1, .event(.key(.control(Character(UnicodeScalar(first + 0x60))))))
    case 0x1b...0x1f: return (1, .event(.key(.control(Character(UnicodeScalar(first + 0x40))))))
    case 0x20...0x7e: return (1, .event(.key(.character(Character(UnicodeScalar(first))))))
    default: break
    }
    let expected = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    guard (0xc2...0xf4).contains(first) else { return (1, .nothing) }
    let here = bytes.prefix(expected)
    if let broken = here.dropFirst().firstIndex(where: { $0 & 0xc0 != 0x80 }) {
      return (broken - bytes.startIndex, .nothing)
    }
    if here.count < expected { return isFinal ? (here.count, .nothing) : (0, .nothing) }
    guard let text = String(validating: here, as: UTF8.self), let character = text.first,
      character.unicodeScalars.first?.properties.generalCategory != .control
    else { return (expected, .nothing) }
    return (expected, .event(.key(.character(character))))
  }

  /// `ESC [ parameters intermediates final`.
  private static func controlSequence(
    _ bytes: ArraySlice<UInt8>, isFinal: Bool
  ) -> (length: Int, found: Found) {
    let body = bytes.dropFirst(2)
    if body.isEmpty { return isFinal ? (2, .event(.key(.alt("[")))) : (0, .nothing) }
    // The Linux console's F1 to F5: ESC [ [ A to E.
    if body.first == UInt8(ascii: "[") {
      guard let letter = body.dropFirst().first else {
        return isFinal ? (3, .nothing) : (0, .nothing)
      }
      let number = Int(letter) - 0x40
      return (4, (1...5).contains(number) ? .event(.key(.function(number))) : .nothing)
    }
    guard let end = body.firstIndex(where: { !(0x20...0x3f).contains($0) }) else {
      // No sequence is that long, so these bytes are skipped.
      return isFinal || body.count > 64 ? (bytes.count, .nothing) : (0, .nothing)
    }
    guard (0x40...0x7e).contains(bytes[end]) else { return (end - bytes.startIndex, .nothing) }
    let length = end - bytes.startIndex + 1
    // The old mouse protocol: three more bytes, which are not keys.
    if bytes[end] == UInt8(ascii: "M"), length == 3 {
      return bytes.count < 6 && !isFinal ? (0, .nothing) : (min(6, bytes.count), .nothing)
    }
    return (length, meaning(of: body[..<end], final: bytes[end]))
  }

  private static func meaning(of parameters: ArraySlice<UInt8>, final: UInt8) -> Found {
    if parameters.first == UInt8(ascii: "<") {
      return MouseSequence.event(parameters.dropFirst(), final: final).map(Found.event) ?? .nothing
    }
    // No key has such parameters.
    if parameters.first == UInt8(ascii: "?") { return .report(parameters, final: final) }
    let numbers = KeySequences.numbers(parameters)
    if final == UInt8(ascii: "~"), numbers.first == 200 { return .pasteStart }
    if final == UInt8(ascii: "n"), parameters.elementsEqual("0".utf8) { return .statusReport }
    return KeySequences.key(numbers, final: final).map { .event(.key($0)) }
      ?? .report(parameters, final: final)
  }

  /// The background colour in the answer to `OSC 11 ; ?`, such as `11;rgb:1e1e/1e1e/2e2e`.
  private static func background(_ body: ArraySlice<UInt8>) -> Found {
    let text = String(decoding: body, as: UTF8.self)
    guard text.hasPrefix("11;rgb:") else { return .nothing }
    let parts = text.dropFirst(7).split(separator: "/").compactMap { part -> Double? in
      guard (1...4).contains(part.count), let value = Int(part, radix: 16) else { return nil }
      return Double(value) / Double((1 << (4 * part.count)) - 1)
    }
    guard parts.count == 3 else { return .nothing }
    return .event(.background(red: parts[0], green: parts[1], blue: parts[2]))
  }

  /// An answer of the terminal (OSC, DCS, APC, PM): up to BEL or `ESC \`.
  private static func string(
    _ bytes: ArraySlice<UInt8>, introducer: UInt8, isFinal: Bool
  ) -> (length: Int, found: Found) {
    let body = bytes.dropFirst(2)
    if let end = body.firstIndex(where: { $0 == 0x07 || $0 == 0x1b }) {
      let found =
        introducer == UInt8(ascii: "]")
        ? background(body[..<end]) : .string(body[..<end], introducer: introducer)
      if bytes[end] == 0x07 { return (end - bytes.startIndex + 1, found) }
      guard end + 1 < bytes.endIndex else {
        return isFinal ? (end - bytes.startIndex, .nothing) : (0, .nothing)
      }
      let isTerminator = bytes[end + 1] == UInt8(ascii: "\\")
      return (end - bytes.startIndex + (isTerminator ? 2 : 0), isTerminator ? found : .nothing)
    }
    if body.isEmpty && isFinal {
      return (2, .event(.key(.alt(Character(UnicodeScalar(introducer))))))
    }
    return isFinal || body.count > 4096 ? (bytes.count, .nothing) : (0, .nothing)
  }
}
