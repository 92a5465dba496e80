import CTOML

/// A syntax error in a TOML document.
public struct TOMLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was expected and what was found.
  public let message: String
  /// Its place.
  public let place: TOMLPlace
  /// The lines that are not read because of it, from 1.
  public internal(set) var leftOut: ClosedRange<Int>

  /// The message and the skipped lines, without the place.
  public var description: String {
    leftOut.count == 1
      ? "\(message); line \(leftOut.lowerBound) is left out"
      : "\(message); lines \(leftOut.lowerBound) to \(leftOut.upperBound) are left out"
  }
}

/// The readable part of a TOML 1.0 document.
public struct TOMLDocument: Sendable {
  /// Everything that could be read.
  public let table: TOMLTable
  /// The syntax errors, in the order of the text; no more than ``mostErrors``.
  public let errors: [TOMLError]

  /// The maximum number of bytes to read of a document.
  public static let mostBytes = Int(HL_TOML_MAX_BYTES)
  /// The maximum number of errors to report; the text after the last of them is left out.
  public static let mostErrors = 10

  /// Parses a text. A statement with an error is left out, and the rest is read.
  ///
  /// The time is proportional to the text's length, and to the number of errors.
  public init(_ bytes: [UInt8]) {
    var text = TOMLText(bytes)
    guard bytes.count <= TOMLDocument.mostBytes else {
      let message = "expected at most \(TOMLDocument.mostBytes) bytes, found \(bytes.count)"
      table = TOMLTable()
      errors = [
        TOMLError(
          message: message, place: TOMLPlace(line: 1, column: 1), leftOut: 1...text.count)
      ]
      return
    }
    var errors: [TOMLError] = []
    while true {
      let wrong: TOMLError
      do {
        table = try TOMLDocument.read(text)
        break
      } catch {
        wrong = error
      }
      let lines = text.statement(
        at: min(wrong.place.line, text.count) - 1,
        takingRest: errors.count + 1 == TOMLDocument.mostErrors)
      guard errors.count < TOMLDocument.mostErrors, text.leaveOut(lines) else {
        // The text before an error should be readable; if it is not, nothing is read.
        if errors.isEmpty { errors = [wrong] }
        errors[errors.count - 1].leftOut = 1...text.count
        table = TOMLTable()
        break
      }
      errors.append(
        TOMLError(
          message: wrong.message, place: wrong.place,
          leftOut: lines.lowerBound + 1...lines.upperBound))
    }
    // An unclosed bracket or quote is found last, although it may be written first.
    self.errors = errors.sorted { $0.place < $1.place }
  }

  private static func read(_ text: TOMLText) throws(TOMLError) -> TOMLTable {
    func wrong(_ message: String, _ place: TOMLPlace) -> TOMLError {
      TOMLError(message: message, place: place, leftOut: place.line...place.line)
    }
    if let place = text.invalidPlace { throw wrong("expected UTF-8, found an invalid byte", place) }
    let document = text.bytes.withUnsafeBytes {
      hl_toml_read($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard let document else {
      throw wrong("there is not enough memory to read it", TOMLPlace(line: 1, column: 1))
    }
    defer { hl_toml_free(document) }
    var place = hl_toml_place()
    if let message = hl_toml_error(document, &place) {
      throw wrong(TOMLText.shown(String(cString: message), limit: 200), TOMLPlace(place))
    }
    var count = 0
    let start = hl_toml_nodes(document, &count)
    var reader = NodeReader(nodes: UnsafeBufferPointer(start: start, count: count))
    return reader.next().value.table ?? TOMLTable()
  }
}

/// Converts the nodes of a document, each of which precedes its contents, into values.
private struct NodeReader {
  let nodes: UnsafeBufferPointer<hl_toml_node>
  private var index = 0

  init(nodes: UnsafeBufferPointer<hl_toml_node>) {
    self.nodes = nodes
  }

  mutating func next() -> TOMLTable.Entry {
    let node = nodes[index]
    index += 1
    let content: TOMLValue.Content =
      switch node.kind {
      case HL_TOML_TABLE: .table(TOMLTable((0..<node.count).map { _ in next() }))
      case HL_TOML_ARRAY: .array((0..<node.count).map { _ in next().value })
      case HL_TOML_STRING: .string(NodeReader.string(node.text, node.text_size))
      case HL_TOML_INTEGER: .integer(Int(node.integer))
      case HL_TOML_NUMBER: .number(node.number)
      case HL_TOML_BOOLEAN: .boolean(node.boolean)
      default: .date
      }
    return TOMLTable.Entry(
      key: NodeReader.string(node.key, node.key_size), place: TOMLPlace(node.key_place),
      value: TOMLValue(content: content, place: TOMLPlace(node.place)))
  }

  private static func string(_ start: UnsafePointer<CChar>?, _ size: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: size), as: UTF8.self)
  }
}

extension TOMLPlace {
  fileprivate init(_ place: hl_toml_place) {
    self.init(line: Int(place.line), column: Int(place.column))
  }
}
