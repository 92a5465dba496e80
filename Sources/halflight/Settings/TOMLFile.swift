import Files
import Foundation
import TOML

/// A TOML file whose entries are read one by one, so that a wrong entry is reported with its line and column, and the
/// rest still applies.
struct TOMLFile {
  private let path: String
  private let table: TOMLTable
  private var found: [(place: TOMLPlace, text: String)]
  /// The keys that were read, by section; `nil` stands for keys outside any section.
  private var known: [String?: Set<String>] = [:]

  /// Reads a file; statements with syntax errors are left out.
  ///
  /// - Throws: `FileError` if it cannot be read.
  init(_ file: URL) throws {
    let data = try SafeFile.read(file, limit: TOMLDocument.mostBytes)
    self.init([UInt8](data), path: file.path)
  }

  /// Reads the bytes of a file; statements with syntax errors are left out.
  init(_ bytes: [UInt8], path: String) {
    let document = TOMLDocument(bytes)
    self.path = path
    table = document.table
    found = document.errors.map { ($0.place, $0.description) }
  }

  /// The problems, one sentence each, in the order of the file.
  var problems: [String] {
    found.sorted { $0.place < $1.place }.map { "\(path):\($0.place): \($0.text)" }
  }

  /// The value of a key, in a section or outside any; a value for which `read` returns `nil` is a problem.
  ///
  /// - Parameter expected: A description of valid values.
  mutating func value<T>(
    _ key: String, in section: String? = nil, expected: String, _ read: (TOMLValue) -> T?
  ) -> T? {
    known[section, default: []].insert(key)
    let table = section.map { self.table[$0]?.value.table } ?? self.table
    guard let entry = table?[key] else { return nil }
    guard let value = read(entry.value) else {
      found.append(
        (entry.place, "\(key) must be \(expected), not \(entry.value.summary)"))
      return nil
    }
    return value
  }

  /// Reports every entry that was not read.
  ///
  /// - Parameter expected: The list of known names; only the first of these reports includes it.
  mutating func rejectOthers(expected: String) {
    var help = "; the known names are \(expected)"
    func unknown(_ entry: TOMLTable.Entry) {
      found.append((entry.place, "\(entry.shownKey) is not a known name\(help)"))
      help = ""
    }
    for entry in table.entries where known[nil]?.contains(entry.key) != true {
      guard let keys = known[.some(entry.key)] else {
        unknown(entry)
        continue
      }
      guard let section = entry.value.table else {
        let key = entry.key
        found.append(
          (entry.place, "\(key) must be a section, [\(key)], not \(entry.value.summary)"))
        continue
      }
      section.entries.filter { !keys.contains($0.key) }.forEach(unknown)
    }
  }
}

extension TOMLTable.Entry {
  /// The key as displayed: sections in brackets, and long keys cut.
  fileprivate var shownKey: String {
    let text = TOMLValue.shown(key)
    return value.table == nil ? text : "[\(text)]"
  }
}
