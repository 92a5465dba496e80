import Files
import Foundation
import TOML

/// A TOML file whose entries are read one by one, so that one that is wrong is named with its line and column, and the
/// rest still applies.
struct TOMLFile {
  private let path: String
  private let table: TOMLTable
  private var found: [(place: TOMLPlace, text: String)]
  /// The keys that were read, by section; those outside of any under `nil`.
  private var known: [String?: Set<String>] = [:]

  /// Reads a file; statements with an error in their syntax are left out.
  ///
  /// - Throws: `FileError` when it cannot be read.
  init(_ file: URL) throws {
    let document = TOMLDocument([UInt8](try SafeFile.read(file, limit: TOMLDocument.mostBytes)))
    path = file.path
    table = document.table
    found = document.errors.map { ($0.place, $0.description) }
  }

  /// What is wrong, a sentence each, in the order of the file.
  var problems: [String] {
    found.sorted { $0.place < $1.place }.map { "\(path):\($0.place): \($0.text)" }
  }

  /// The value of a key, in a section or outside of any; what `read` gives `nil` for is a problem.
  ///
  /// - Parameter expected: What should stand there, for people.
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

  /// Names every entry that was not read.
  ///
  /// - Parameter expected: What there is instead, for people; only the first of these entries comes with it.
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
  /// The key as it is shown to people: sections in brackets, and what is long cut.
  fileprivate var shownKey: String {
    let text = TOMLValue.shown(key)
    return value.table == nil ? text : "[\(text)]"
  }
}
