/// A place in a text: line and column from 1, columns counted in Unicode scalars.
public struct TOMLPlace: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// The column, from 1.
  public let column: Int

  /// A place.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// Whether a place comes before another.
  public static func < (a: TOMLPlace, b: TOMLPlace) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }

  /// `LINE:COLUMN`.
  public var description: String { "\(line):\(column)" }
}

/// A value of a TOML document, and where it is written.
public struct TOMLValue: Sendable, Hashable {
  /// The kinds of values.
  public enum Content: Sendable, Hashable {
    /// A string.
    case string(String)
    /// A whole number.
    case integer(Int)
    /// A number with a fraction or an exponent, an infinity, or not a number.
    case number(Double)
    /// `true` or `false`.
    case boolean(Bool)
    /// A date, a time, or both; its parts are not read.
    case date
    /// A list of values.
    case array([TOMLValue])
    /// Keys and their values.
    case table(TOMLTable)
  }

  /// The value itself.
  public let content: Content
  /// Where it begins; for a table with a header, the header.
  public let place: TOMLPlace

  /// The string, if it is one.
  public var string: String? { if case .string(let string) = content { string } else { nil } }

  /// The whole number, if it is one.
  public var integer: Int? { if case .integer(let integer) = content { integer } else { nil } }

  /// The number, whole or not, if it is one.
  public var number: Double? {
    switch content {
    case .number(let number): number
    case .integer(let integer): Double(integer)
    default: nil
    }
  }

  /// The boolean, if it is one.
  public var boolean: Bool? { if case .boolean(let boolean) = content { boolean } else { nil } }

  /// The values of the array, if it is one.
  public var array: [TOMLValue]? { if case .array(let array) = content { array } else { nil } }

  /// The table, if it is one.
  public var table: TOMLTable? { if case .table(let table) = content { table } else { nil } }

  /// Text from a document, shortened for messages: on one line, without control characters.
  public static func shown(_ text: String) -> String { TOMLText.shown(text) }

  /// The value in a few words, for messages about what was found.
  public var summary: String {
    switch content {
    case .string(let string): "\"\(TOMLText.shown(string))\""
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .boolean(let boolean): "\(boolean)"
    case .date: "a date or time"
    case .array: "a list"
    case .table: "a table"
    }
  }
}

/// The keys of a table and their values, in the order of the text.
public struct TOMLTable: Sendable, Hashable {
  /// A key and its value.
  public struct Entry: Sendable, Hashable {
    /// The key.
    public let key: String
    /// Where the key is written.
    public let place: TOMLPlace
    /// The value.
    public let value: TOMLValue
  }

  /// All keys and their values.
  public let entries: [Entry]
  private let indices: [String: Int]

  /// A table of entries in any order.
  init(_ entries: [Entry] = []) {
    self.entries = entries.sorted { $0.place < $1.place }
    indices = Dictionary(
      zip(self.entries.map(\.key), self.entries.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The entry of a key.
  public subscript(key: String) -> Entry? { indices[key].map { entries[$0] } }
}
