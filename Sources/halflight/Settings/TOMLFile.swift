import Foundation
import Files
import TOMLKit

/// A TOML file whose entries are read one by one, so that one that is wrong is named with its line and column, and the
/// rest still applies.
struct TOMLFile {
  /// What was wrong, a sentence each.
  private(set) var problems: [String] = []
  private let path: String
  private let table: TOMLTable
  private let lines: [Substring]
  private var known: Set<String> = []

  /// Reads a file; one with an error in its syntax has no entries.
  ///
  /// - Throws: `FileError` when it cannot be read.
  init(_ file: URL) throws {
    let text = String(decoding: try SafeFile.read(file, limit: 1 << 20), as: UTF8.self)
    path = file.path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      table = TOMLTable()
      let place = error.source.begin
      problems.append("\(path):\(place.line):\(place.column): \(error.description)")
    }
  }

  /// The value of a key, in a section or outside of any; what `read` gives `nil` for is a problem.
  ///
  /// - Parameter expected: What should stand there, for people.
  mutating func value<T>(
    _ key: String, in section: String? = nil, expected: String, _ read: (TOMLValueConvertible) -> T?
  ) -> T? {
    known.insert(TOMLFile.name(key, section))
    let table = section.map { self.table[$0]?.table } ?? self.table
    guard let found = table?[key] else { return nil }
    guard let value = read(found) else {
      problem(key, section, "\(key) must be \(expected)")
      return nil
    }
    return value
  }

  /// Names every entry that nobody asked for.
  mutating func rejectOthers(expected: String) {
    for key in table.keys {
      if let inner = table[key]?.table {
        for innerKey in inner.keys where !known.contains(TOMLFile.name(innerKey, key)) {
          problem(innerKey, key, "\(innerKey) means nothing here; there are \(expected)")
        }
      } else if !known.contains(key) {
        problem(key, nil, "\(key) means nothing here; there are \(expected)")
      }
    }
  }

  /// Notes what is wrong with an entry.
  mutating func problem(_ key: String, _ section: String?, _ text: String) {
    let place = place(of: key, in: section)
    problems.append("\(path):\(place.line):\(place.column): \(text)")
  }

  private static func name(_ key: String, _ section: String?) -> String {
    section.map { "\($0).\(key)" } ?? key
  }

  /// Where a key stands, from 1: the TOML library knows that of errors in the syntax only.
  private func place(of key: String, in section: String?) -> (line: Int, column: Int) {
    var current: String?
    for (number, line) in lines.enumerated() {
      let text = line.drop { $0 == " " || $0 == "\t" }
      let column = line.count - text.count + 1
      if text.first == "[" {
        current = text.dropFirst().split(separator: "]").first.map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        if current == key, section == nil { return (number + 1, column) }
        continue
      }
      guard let sign = text.firstIndex(of: "=") else { continue }
      let written = text[..<sign].trimmingCharacters(in: .whitespaces)
        .replacing("\"", with: "").replacing("'", with: "")
      if current == section && written == key
        || section != nil && written == "\(section ?? "").\(key)"
      {
        return (number + 1, column)
      }
    }
    return (1, 1)
  }
}
