import Files
import Testing

@Suite struct JSONTests {
  private func read(
    _ text: String, _ style: JSONReader.Style = .strict, longest: Int = 1 << 20
  ) throws(JSONError) -> JSONValue {
    try JSONValue(Array(text.utf8), style: style, longest: longest)
  }

  @Test(arguments: [JSONReader.Style.strict, .lenient])
  func values(_ style: JSONReader.Style) throws {
    let text = " {\"a\" : [ null,true , false, -1.5e+3, \"\", {} ,[]],\r\n\t\"b\":{\"c\":\"d\"}} "
    let value = try read(text, style)
    #expect(
      value["a"]
        == .list([
          .null, .bool(true), .bool(false), .number("-1.5e+3"), .text([]), .object([]), .list([]),
        ]))
    #expect(value["b"]?["c"]?.string == "d")
    #expect(value["c"] == nil && value["a"]?["c"] == nil && value.string == nil)
  }

  /// A seed of 64 bits is more than a `Double` holds.
  @Test func numbersKeepTheirDigits() throws {
    for text in ["18446744073709551615", "0", "-0", "1e-7", "0.30000000000000004", "-12E+2"] {
      let value = try read(text)
      #expect(value == .number(text) && value.double == Double(text))
    }
    #expect(try read("\"7\"").double == nil)
  }

  @Test func equalKeysAreAllKeptAndTheLastIsFound() throws {
    let value = try read("{\"a\":1,\"b\":2,\"a\":3}")
    guard case .object(let members) = value else {
      Issue.record("not an object")
      return
    }
    #expect(members.map(\.key) == [Array("a".utf8), Array("b".utf8), Array("a".utf8)])
    #expect(value["a"] == .number("3"))
    // Canonically equivalent, but other bytes.
    let accents = try read("{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(accents["\u{E9}"] == .number("1") && accents["e\u{301}"] == .number("2"))
  }

  @Test func escapes() throws {
    let text = #""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00 é""#
    #expect(try read(text).string == "\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{1F600} \u{E9}")
  }

  /// What only the lenient style reads.
  @Test func whatOtherProgramsWrite() throws {
    let cases: [(text: String, value: JSONValue)] = [
      ("\"a\nb\"", .text(Array("a\nb".utf8))), ("NaN", .null), ("Infinity", .null),
      ("-Infinity", .null), ("007", .number("007")),
      (#""\ud800""#, .text(Array("\u{FFFD}".utf8))),
      (#""\ud800\u0041""#, .text(Array("\u{FFFD}A".utf8))),
      (#""\udc00x""#, .text(Array("\u{FFFD}x".utf8))),
      (#""\ud83d\ud83d\ude00""#, .text(Array("\u{FFFD}\u{1F600}".utf8))),
    ]
    for (text, value) in cases {
      #expect(try read(text, .lenient) == value, "\(text)")
      #expect(throws: JSONError.self, "\(text)") { try read(text) }
    }
  }

  @Test(arguments: [JSONReader.Style.strict, .lenient])
  func whatIsNoJSON(_ style: JSONReader.Style) {
    for text in [
      "", " ", "{", "[", "\"", "\"\\", "\"\\u12", "\"\\u12g4\"", "\"\\x\"", "{a:1}", "{\"a\"}",
      "{\"a\":}", "{\"a\":1,}", "[1,]", "[1 2]", "1 2", "nul", "nulll", "True", "-", "+1", ".5",
      "1.", "1e", "1e+", "--1", "0x1F", "1_000", "1e999", "-1e999", "'a'", "-NaN", "//", "[]]",
      "\"\\u+123\"",
    ] {
      #expect(throws: JSONError.self, "\(text)") { try read(text, style) }
    }
  }

  @Test func messagesSayWhere() {
    func problem(_ text: String) -> JSONError? {
      #expect(throws: JSONError.self) { try read(text) }
    }
    #expect(problem("[1 2]")?.found == "something else at byte 3")
    #expect(problem("[1")?.found == "the end of the file")
    #expect(problem("{\"a\" 1}")?.expected == "a colon after the key")
  }

  @Test func deepLongAndBrokenTextIsRefused() throws {
    for (opening, closing) in [("[", "]"), ("{\"a\":", "}")] {
      func nested(_ depth: Int) -> String {
        String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
      }
      _ = try read(nested(JSONReader.deepest - 1))
      #expect(throws: JSONError.self) { try read(nested(JSONReader.deepest)) }
      #expect(throws: JSONError.self) { try read(String(repeating: opening, count: 100_000)) }
    }
    _ = try read("[1,2]", longest: 5)
    #expect(throws: JSONError.self) { try read("[1,2]", longest: 4) }
    #expect(throws: JSONError.self) {
      try JSONValue([0x22, 0xFF, 0x22], style: .lenient, longest: 9)
    }
  }

  /// A value may stand anywhere in other text.
  @Test func readingFromTheMiddle() throws {
    let bytes = Array("a: {\"b\": 1}, c".utf8)
    var reader = JSONReader(bytes: bytes, place: 3, style: .lenient)
    #expect(try reader.value()["b"] == .number("1"))
    #expect(reader.place == 11)
    var behind = JSONReader(bytes: bytes, place: 99, style: .lenient)
    #expect(throws: JSONError.self) { try behind.value() }
  }
}
