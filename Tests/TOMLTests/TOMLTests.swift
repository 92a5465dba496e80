import Foundation
import TOML
import Testing

@Suite struct TOMLTests {
  /// A text, the places of its errors, the lines that are left out, and the keys that are still read.
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let places: [String]
    let leftOut: [ClosedRange<Int>]
    let keys: [String]

    var testDescription: String { text.debugDescription }

    init(_ text: String, _ places: [String], _ leftOut: [ClosedRange<Int>], _ keys: [String]) {
      (self.text, self.places, self.leftOut, self.keys) = (text, places, leftOut, keys)
    }
  }

  private func read(_ text: String) -> TOMLDocument { TOMLDocument(Array(text.utf8)) }

  /// Keys with those of tables below them, in the order of the text.
  private func keys(_ table: TOMLTable, _ prefix: String = "") -> [String] {
    table.entries.flatMap { entry in
      entry.value.table.map { keys($0, prefix + entry.key + ".") } ?? [prefix + entry.key]
    }
  }

  // MARK: What is wrong

  /// Files that once ended the program at an assertion.
  @Test(
    arguments: [
      ("hash", "1:2", []), ("brace", "1:2", []), ("equals", "1:2", []), ("double", "1:4", []),
      ("unclosed", "2:8", ["name"]),
    ] as [(String, String, [String])])
  func brokenFilesAreNamedWithTheirPlace(name: String, place: String, rest: [String]) throws {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let file = folder.appendingPathComponent("\(name).toml")
    let document = TOMLDocument([UInt8](try Data(contentsOf: file)))
    #expect(document.errors.map(\.place.description) == [place])
    #expect(document.errors.first?.message.isEmpty == false)
    #expect(keys(document.table) == rest)
  }

  @Test(arguments: [
    Case("a = 1\nb = x\nc = 3\n", ["2:5"], [2...2], ["a", "c"]),
    Case("a\nb = 1\n", ["1:2"], [1...1], ["b"]),
    Case("a = \nb = 1\n", ["1:5"], [1...1], ["b"]),
    Case("= 1\r\nb = 1\r\n", ["1:1"], [1...1], ["b"]),
    Case("a = 1\na = 2\nb = 1\n", ["2:5"], [2...2], ["a", "b"]),
    Case("é = 1\nb = 1\n", ["1:1"], [1...1], ["b"]),
    Case("a = \"one\nb = 1\n", ["1:9"], [1...1], ["b"]),
    Case("a = \"\\q\"\nb = 1\n", ["1:7"], [1...1], ["b"]),
    // A statement of several lines is left out as a whole, and no more than that.
    Case("a = [\n  1,\n  2 3\n]\nb = 1\n", ["3:5"], [1...4], ["b"]),
    Case("a = \"\"\"\nb = 1\n\\q\"\"\"\nc = 1\n", ["3:2"], [1...3], ["c"]),
    Case("a = [1, 2\nb = 1\n[c]\nd = 1\n", ["2:1"], [1...1], ["b", "c.d"]),
    Case("z = 1\na = \"\"\"one\nb = 1\n# c\n[d]\ne = 1", ["6:6"], [2...2], ["z", "b", "d.e"]),
    Case("a = '''one\nb = {\n[d]\ne = 1\n", ["2:6", "4:7"], [2...2, 1...1], ["d.e"]),
    // It is unknown where the keys after a broken header belong.
    Case("a = 1\n[b\nc = 1\n\n[d]\ne = 1\n", ["2:3"], [2...3], ["a", "d.e"]),
    Case("[a]\nb = 1\n[a]\nc = 1\n[d]\ne = 1\n", ["3:1"], [3...4], ["a.b", "d.e"]),
    Case("[a]\n[[a]]\nb = 1\n[d]\ne = [\"[x]\"]\n", ["2:1"], [2...3], ["d.e"]),
  ])
  func theRestIsRead(_ example: Case) {
    let document = read(example.text)
    #expect(document.errors.map(\.place.description) == example.places)
    #expect(document.errors.map(\.leftOut) == example.leftOut)
    #expect(keys(document.table) == example.keys)
  }

  @Test func bytesThatAreNotUTF8AreNamedWithTheirPlace() {
    let document = TOMLDocument(
      Array("a = 1 # é\nb = \"é".utf8) + [0xff] + Array("\"\nc = 1\n# ".utf8) + [0xe9])
    #expect(document.errors.map(\.place.description) == ["2:7", "4:3"])
    #expect(keys(document.table) == ["a", "c"])
  }

  @Test func errorsAreBounded() {
    let lines = (1...5000).map { "key\($0) = x" }
    let document = read("a = 1\n" + lines.joined(separator: "\n") + "\nb = 1\n")
    #expect(document.errors.count == TOMLDocument.mostErrors)
    #expect(document.errors.map(\.place.line) == Array(2...11))
    #expect(document.errors.last?.leftOut == 11...5002)
    #expect(keys(document.table) == ["a"])
  }

  /// Messages come from the file in part, and no terminal obeys them.
  @Test func messagesHaveNoControlCharacters() {
    for text in [
      "a = tru\n", "a = \u{1b}[31m", "\u{7}", "[\u{1b}]", "a = \"\u{9b}\"x\u{9b}", "[\n",
    ] {
      let document = read(text)
      #expect(document.errors.count == 1)
      for error in document.errors {
        #expect(
          error.description.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control },
          "\(error.description.debugDescription)")
      }
    }
  }

  // MARK: Whatever comes

  /// Any few of the characters that mean something in TOML are read or named as an error at a place in the text.
  @Test func noShortTextEndsTheProgram() {
    let alphabet = Array("[]{}=#.,\"'\\\n\r\t +-_:1aetz\0é".utf8) + [0xff]
    var texts: [[UInt8]] = [[]]
    for length in 1...3 {
      texts = texts.flatMap { text in alphabet.map { text + [$0] } }
      for text in texts { check(text) }
      #expect(texts.first?.count == length)
    }
  }

  @Test func noPrefixEndsTheProgram() {
    let theme = """
      # A theme
      base = "dark"

      [palette]
      ink = "#ffb000"
      'dim' = '#b37c00'
      more = [1, 2.5, 1979-05-27T07:32:00Z, {a.b = true, "c" = inf}]
      text = \"\"\"
      one \\
        two\"\"\"

      [[lists]]
      a = '''x'''
      """
    let bytes = Array(theme.utf8)
    #expect(read(theme).errors.isEmpty)
    for count in bytes.indices { check(Array(bytes[..<count])) }
    // The same with one character too many, and with one that is wrong.
    for index in bytes.indices {
      for byte in "[]{}=#.\"'\\,\n".utf8 {
        check(bytes[..<index] + [byte] + bytes[index...])
        check(bytes[..<index] + [byte] + bytes[(index + 1)...])
      }
    }
  }

  private func check(_ text: [UInt8]) {
    let document = TOMLDocument(text)
    let lines = text.count { $0 == UInt8(ascii: "\n") } + 1
    let isSound = document.errors.allSatisfy {
      (1...lines).contains($0.place.line) && (1...text.count + 1).contains($0.place.column)
        && $0.leftOut.lowerBound >= 1 && $0.leftOut.upperBound <= lines
    }
    guard isSound, document.errors.count <= TOMLDocument.mostErrors else {
      Issue.record("\(String(decoding: text, as: UTF8.self).debugDescription): \(document.errors)")
      return
    }
  }

  /// Nested tables are freed by recursion, which no text may drive to a stack overflow.
  @Test(arguments: [
    ("[", "a.", "a]"), ("", "a.", "a = 1"), ("x = {", "a.", "a = 1}"), ("x = ", "[", ""),
    ("x = ", "{a=", ""), ("", "[", ""), ("[", "[[", ""), ("x = \"", "\\", ""),
  ])
  func depthIsBounded(start: String, middle: String, end: String) {
    let document = read(start + String(repeating: middle, count: 300_000) + end + "\nrest = 1\n")
    #expect(document.errors.count == 1)
    #expect(document.errors.first?.place.line == 1)
  }

  @Test func dotsInCommentsAreNotCounted() {
    let document = read("# " + String(repeating: ".", count: 300) + "\na.b.c = \"d.e\"\n")
    #expect(document.errors.isEmpty)
    #expect(keys(document.table) == ["a.b.c"])
  }

  @Test func lengthIsBounded() {
    let document = read(String(repeating: "# comment\n", count: 120_000))
    #expect(document.errors.map(\.place.description) == ["1:1"])
  }

  /// Once it took time proportional to the square of the number of keys.
  @Test func manyKeysAreReadAtOnce() {
    let text = (0..<20_000).map { "key\($0) = \($0)\n" }.joined()
    var document = TOMLDocument([])
    let time = ContinuousClock().measure { document = read(text) }
    #expect(document.table.entries.count == 20_000)
    #expect(document.table["key19999"]?.value.integer == 19_999)
    #expect(time < .seconds(5))
  }

  // MARK: What is right

  @Test func valuesHaveTheirPlaces() throws {
    let document = read(
      "\u{feff}text = 'é' \nwhole = -7\nhalf = 0.5\nis = true\nday = 1979-05-27\n"
        + "  list = [1, \"two\"]\n\n[ table ]\n\"a key\" = {b = 1}\n[[many]]\n[[many]]\nc = 2\n")
    #expect(document.errors.isEmpty)
    let table = document.table
    #expect(table["text"]?.value.string == "é")
    #expect(table["whole"]?.value.integer == -7)
    #expect(table["whole"]?.value.number == -7)
    #expect(table["half"]?.value.number == 0.5)
    #expect(table["half"]?.value.integer == nil)
    #expect(table["is"]?.value.boolean == true)
    #expect(table["day"]?.value.content == .date)
    #expect(table["nothing"] == nil)
    let list = try #require(table["list"])
    #expect(list.place == TOMLPlace(line: 6, column: 3))
    #expect(list.value.place == TOMLPlace(line: 6, column: 10))
    #expect(list.value.array?.map(\.summary) == ["1", "\"two\""])
    #expect(list.value.array?.last?.place == TOMLPlace(line: 6, column: 14))
    let inner = try #require(table["table"]?.value.table?["a key"])
    #expect(inner.place == TOMLPlace(line: 9, column: 1))
    #expect(inner.value.table?["b"]?.place == TOMLPlace(line: 9, column: 12))
    #expect(table["many"]?.value.array?.count == 2)
    #expect(
      table.entries.map(\.key) == ["text", "whole", "half", "is", "day", "list", "table", "many"])
  }
}
