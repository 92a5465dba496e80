import Terminal
import Testing

@Suite struct InputDecoderTests {
  private let esc = "\u{1b}"

  private func events(_ text: String) -> [TerminalEvent] {
    var decoder = InputDecoder()
    return decoder.feed(text.utf8)
  }

  @Test func textAndControls() {
    #expect(
      events("aé漢🍎 \r\t\u{7f}\u{3}\u{1a}\u{0}\u{1c}") == [
        .key(.character("a")), .key(.character("é")), .key(.character("漢")),
        .key(.character("🍎")), .key(.character(" ")), .key(.enter), .key(.tab),
        .key(.backspace), .key(.control("c")), .key(.control("z")), .key(.control(" ")),
        .key(.control("\\")),
      ])
  }

  @Test(arguments: [
    ("[A", Key.up), ("OB", .down), ("[C", .right), ("OD", .left), ("[1;2A", .shiftUp),
    ("[1;2D", .shiftLeft), ("[1;5C", .controlRight), ("[1;3B", .altDown), ("[H", .home),
    ("OF", .end), ("[1~", .home), ("[4~", .end), ("[5~", .pageUp), ("[6~", .pageDown),
    ("[3~", .delete), ("[2~", .insert), ("[Z", .backTab), ("OP", .function(1)),
    ("[1;2R", .function(3)), ("[15~", .function(5)), ("[24~", .function(12)),
    ("[[E", .function(5)), ("x", .alt("x")), ("é", .alt("é")), ("\r", .altEnter),
    ("\u{7f}", .altBackspace), ("[97;5u", .control("a")), ("[13;3u", .altEnter),
  ])
  func sequences(text: String, key: Key) {
    #expect(events(esc + text) == [.key(key)])
    // The result is the same for all portions.
    var decoder = InputDecoder()
    var slowly: [TerminalEvent] = []
    for byte in (esc + text).utf8 { slowly += decoder.feed([byte]) }
    #expect(slowly == [.key(key)])
    #expect(!decoder.isWaiting)
  }

  @Test func aLoneEscapeWaitsAndIsThenTheKey() {
    var decoder = InputDecoder()
    #expect(decoder.feed([0x1b]) == [])
    #expect(decoder.isWaiting)
    #expect(decoder.flush() == [.key(.escape)])
    #expect(!decoder.isWaiting)
    #expect(decoder.feed([0x1b, 0x1b]) == [.key(.escape)])
    #expect(decoder.flush() == [.key(.escape)])
    #expect(decoder.feed("\u{1b}[".utf8) == [])
    #expect(decoder.flush() == [.key(.alt("["))])
  }

  @Test func pasteIsOneEventWithoutControls() {
    let text = "a red\r\napple\u{1b}[31m\u{7} 🍎"
    let bytes = Array("x\(esc)[200~\(text)\(esc)[201~y".utf8)
    let expected: [TerminalEvent] = [
      .key(.character("x")), .paste("a red\napple 🍎"), .key(.character("y")),
    ]
    for cut in 0...bytes.count {
      var decoder = InputDecoder()
      #expect(decoder.feed(bytes[..<cut]) + decoder.feed(bytes[cut...]) == expected)
    }
  }

  @Test func aPasteWithoutEndIsGivenOutAtLast() {
    var decoder = InputDecoder()
    #expect(decoder.feed("\(esc)[200~abc\(esc)[20".utf8) == [])
    #expect(decoder.isPasting && !decoder.isWaiting)
    #expect(decoder.flush() == [.paste("abc")])
    #expect(decoder.feed("q".utf8) == [.key(.character("q"))])
  }

  /// A copied line of a coloured log, or of a hostile page, with sequences besides its text.
  @Test(arguments: [
    ("\u{1b}[1;38;2;255;0;0mred\u{1b}[0m apple", "red apple"), ("\u{1b}[?25la\u{1b}[2 qb", "ab"),
    ("a\u{1b}]0;title\u{7}b", "ab"),
    ("a\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\b", "alinkb"),
    ("a\u{1b}Pq#0\u{1b}\\b", "ab"), ("a\u{1b}_Ga=d\u{1b}\\b", "ab"),
    ("\u{1b}(Ba\u{1b}7b\u{1b}c", "ab"),
    ("\u{1b}OPa", "a"), ("\u{9b}31ma\u{9d}0;t\u{9c}b", "ab"), ("a\u{1b}]0;cut off\nb", "a\nb"),
    ("a\u{1b}[", "a"), ("a\u{1b}", "a"), ("a\u{1b}[31", "a"), ("a\u{1b}\u{1b}[31mb", "ab"),
    ("[31m and ]0; are text\t", "[31m and ]0; are text\t"), ("a\u{1b}]0;t\u{1b}[31mb", "ab"),
  ])
  func aPasteLosesWholeSequences(pasted: String, text: String) {
    #expect(events("\(esc)[200~\(pasted)\(esc)[201~") == [.paste(text)])
  }

  /// The final answer; other reports do not count.
  @Test func statusReportsAreCounted() {
    var decoder = InputDecoder()
    #expect(decoder.feed("\(esc)]11;rgb:00/00/00\(esc)\\\(esc)[".utf8).count == 1)
    #expect(decoder.statusReports == 0)
    #expect(decoder.feed("0nq".utf8) == [.key(.character("q"))])
    #expect(decoder.statusReports == 1)
    #expect(decoder.feed("\(esc)[?997;1n\(esc)[3n".utf8).isEmpty)
    #expect(decoder.statusReports == 1)
  }

  /// Terminals without numbered mouse reports send three bytes that could be keys.
  @Test func theOldMouseTypesNothing() {
    var decoder = InputDecoder()
    #expect(decoder.feed(Array("\u{1b}[M q".utf8)).isEmpty)
    #expect(decoder.feed(Array("qx".utf8)) == [.key(.character("x"))])
    #expect(decoder.feed(Array("\u{1b}[c".utf8)) == [.key(.shiftRight)])
    #expect(decoder.feed(Array("\u{1b}[?1;2c".utf8)).isEmpty)
  }

  @Test func mouse() {
    #expect(
      events("\(esc)[<0;1;1M\(esc)[<32;5;6M\(esc)[<0;5;6m\(esc)[<64;10;20M\(esc)[<65;223;300M") == [
        .mouse(.press(0), x: 0, y: 0), .mouse(.drag(0), x: 4, y: 5),
        .mouse(.release(0), x: 4, y: 5), .mouse(.scrollUp, x: 9, y: 19),
        .mouse(.scrollDown, x: 222, y: 299),
      ])
    #expect(events("\(esc)[<0;0;1M\(esc)[<35;2;2M\(esc)[<0;1Mq") == [.key(.character("q"))])
  }

  @Test func theAnswerForTheBackgroundIsRead() {
    #expect(
      events("\(esc)]11;rgb:ffff/8000/0000\(esc)\\x\(esc)]11;rgb:0/f/00\u{7}") == [
        .background(red: 1, green: Double(0x8000) / 0xffff, blue: 0), .key(.character("x")),
        .background(red: 0, green: 1, blue: 0),
      ])
    #expect(events("\(esc)]11;rgb:zz/00/00\u{7}\(esc)]11;rgb:00/00\u{7}").isEmpty)
  }

  @Test func unknownSequencesAndAnswersAreSkippedWhole() {
    #expect(
      events("\(esc)[?62;22c\(esc)[12;40R\(esc)]4;1;rgb:00/00/00\(esc)\\\(esc)P1+r\u{7}\(esc)[Iq")
        == [.key(.character("q"))])
  }

  @Test func brokenUTF8IsDroppedAndWhatFollowsIsKept() {
    var decoder = InputDecoder()
    #expect(
      decoder.feed([0xff, 0xc3, 0x41, 0xe6, 0xbc, 0x42, 0x80, 0xed, 0xa0, 0x80, 0x43]) == [
        .key(.character("A")), .key(.character("B")), .key(.character("C")),
      ])
  }

  @Test func anyBytesAreTakenAndTheDecoderRecovers() {
    var random = SystemRandomNumberGenerator()
    let pieces: [[UInt8]] = [
      [0x1b], Array("[".utf8), Array("200~".utf8), Array("<".utf8), Array(";".utf8), [0xe2],
      Array("O".utf8), Array("]".utf8), Array("\(esc)[201~".utf8), Array("M".utf8),
    ]
    for _ in 0..<3000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        if Bool.random(using: &random) {
          bytes += pieces.randomElement(using: &random) ?? []
        } else {
          bytes.append(.random(in: 0...255, using: &random))
        }
      }
      var decoder = InputDecoder()
      let cut = Int.random(in: 0...bytes.count, using: &random)
      _ = decoder.feed(bytes[..<cut])
      _ = decoder.feed(bytes[cut...])
      for _ in 0..<40 where decoder.isWaiting || decoder.isPasting { _ = decoder.flush() }
      let what = "\(bytes) cut at \(cut)"
      #expect(!decoder.isWaiting && !decoder.isPasting, "\(what)")
      #expect(decoder.feed("q".utf8) == [.key(.character("q"))], "\(what)")
    }
  }
}
