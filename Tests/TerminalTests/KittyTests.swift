import Cells
import Foundation
import Pictures
import Testing

@testable import Terminal

/// kitty's graphics protocol: what is sent, what is not sent again, and what is deleted.
@Suite struct KittyTests {
  /// A graphics command: its control data and its payload.
  struct Command {
    var control: [String: String]
    var payload: String
  }

  /// All graphics commands in a text.
  static func commands(_ text: String) -> [Command] {
    text.components(separatedBy: "\u{1b}_G").dropFirst().map { part in
      let body = part.components(separatedBy: "\u{1b}\\")[0]
      let parts = body.split(separator: ";", maxSplits: 1).map(String.init)
      var control: [String: String] = [:]
      for pair in parts[0].split(separator: ",") {
        let sides = pair.split(separator: "=").map(String.init)
        control[sides[0]] = sides.count > 1 ? sides[1] : ""
      }
      return Command(control: control, payload: parts.count > 1 ? parts[1] : "")
    }
  }

  /// The pictures that commands transmit, as a terminal would decode them.
  static func pictures(_ commands: [Command]) throws -> [Picture] {
    var pictures: [Picture] = []
    var (first, payload) = (Command(control: [:], payload: ""), "")
    for command in commands where command.control["a"] != "d" {
      if command.control["a"] == "T" { (first, payload) = (command, "") }
      #expect(command.payload.utf8.count <= 4096 && command.control["q"] == "2")
      payload += command.payload
      guard command.control["m"] == "0" else { continue }
      let data = try #require(Data(base64Encoded: payload))
      if first.control["f"] == "100" {
        pictures.append(try PNG.decode(data, name: "sent").picture)
      } else {
        let width = try #require(Int(first.control["s"] ?? ""))
        let height = try #require(Int(first.control["v"] ?? ""))
        pictures.append(Picture(width: width, height: height, pixels: Array(data)))
      }
    }
    return pictures
  }

  static func picture(_ side: Int, seed: UInt64 = 1, isNoise: Bool = true) -> Picture {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    return Picture(
      width: side, height: side,
      pixels: (0..<(3 * side * side)).map { place in
        guard isNoise else { return UInt8(truncatingIfNeeded: place / (3 * side) &+ Int(seed)) }
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
      })
  }

  static func frame(_ picture: Picture, width: Int = 32, height: Int = 12) -> CellBuffer {
    var buffer = CellBuffer(width: width, height: height)
    CellArt(.pixels).draw(
      picture, in: Rect(x: 2, y: 1, width: width - 4, height: height - 2), into: &buffer)
    return buffer
  }

  private let untouched = Array(repeating: false, count: 12)

  @Test(arguments: [true, false])
  func whatIsSentIsThePicture(isNoise: Bool) throws {
    let picture = Self.picture(64, isNoise: isNoise)
    let text = KittyGraphics.transmit(
      picture, number: 0x0200_0007, columns: 64, rows: 32, isInTmux: false)
    let commands = Self.commands(text)
    #expect(try Self.pictures(commands) == [picture])
    let control = commands[0].control
    #expect(control["a"] == "T" && control["U"] == "1" && control["i"] == "33554439")
    #expect(control["c"] == "64" && control["r"] == "32")
    // Noise is shorter as it is.
    #expect(control["f"] == (isNoise ? "24" : "100"))
    #expect((commands.count > 1) == isNoise)
  }

  @Test func tmuxGetsEachCommandWrapped() throws {
    let picture = Self.picture(64)
    let text = KittyGraphics.transmit(picture, number: 5, columns: 64, rows: 32, isInTmux: true)
    let parts = text.components(separatedBy: "\u{1b}Ptmux;").dropFirst()
    #expect(parts.count == 4 && parts.allSatisfy { $0.hasSuffix("\u{1b}\\") })
    // What tmux passes on is what is sent without it.
    let passed = parts.map { $0.dropLast(2).replacing("\u{1b}\u{1b}", with: "\u{1b}") }.joined()
    #expect(
      passed == KittyGraphics.transmit(picture, number: 5, columns: 64, rows: 32, isInTmux: false))
  }

  @Test func cellsCountOnFromTheFirst() {
    func cells(_ number: UInt32, _ count: Int, _ background: Color?, _ repeats: Bool) -> String {
      KittyGraphics.cells(
        number: number, row: 1, column: 0, count: count, background: background, repeats: repeats)
    }
    let first = "\u{10eeee}\u{30d}\u{305}\u{30e}"
    #expect(cells(0x0200_002a, 1, nil, true) == "\u{1b}[38;5;42;49m" + first)
    #expect(
      cells(0x0200_002a, 3, Color(1, 2, 3), true)
        == "\u{1b}[38;5;42;48;2;1;2;3m" + first + "\u{10eeee}\u{10eeee}")
    #expect(
      cells(0x0201_0203, 9, nil, true)
        == "\u{1b}[38;2;1;2;3;49m" + first + "\u{10eeee}\u{1b}[7b")
    #expect(cells(42, 5, nil, false).unicodeScalars.filter { $0 == "\u{10eeee}" }.count == 5)
  }

  @Test func aPictureIsSentOnce() throws {
    var writer = KittyWriter(group: 3)
    let facts = PixelFacts()
    let (first, second) = (Self.picture(16), Self.picture(16, seed: 2))
    var sent = writer.sequences(Self.frame(first), isNew: true, touched: untouched, facts: facts)
    #expect(try Self.pictures(Self.commands(sent)) == [first])
    // 8 rows of 16 cells, each begun at its place.
    #expect(sent.components(separatedBy: "\u{10eeee}\u{305}\u{305}\u{310}").count == 2)
    #expect(sent.contains("\u{1b}[3;9H") && sent.contains("\u{1b}[14b"))
    // Nothing changed.
    #expect(
      writer.sequences(Self.frame(first), isNew: false, touched: untouched, facts: facts).isEmpty)
    sent = writer.sequences(Self.frame(second), isNew: false, touched: untouched, facts: facts)
    #expect(try Self.pictures(Self.commands(sent)) == [second])
    // Scrubbing back sends the cells only.
    sent = writer.sequences(Self.frame(first), isNew: false, touched: untouched, facts: facts)
    #expect(Self.commands(sent).isEmpty && sent.utf8.count < 500 && !sent.isEmpty)
    // A screen that was cleared needs its cells again, but no picture.
    sent = writer.sequences(Self.frame(first), isNew: true, touched: untouched, facts: facts)
    #expect(Self.commands(sent).isEmpty && sent.utf8.count < 500 && !sent.isEmpty)
    // Another size is another placement.
    sent = writer.sequences(
      Self.frame(first, width: 60, height: 30), isNew: true,
      touched: Array(repeating: false, count: 30), facts: facts)
    #expect(try Self.pictures(Self.commands(sent)) == [first])
  }

  @Test func rowsThatChangedAreWrittenAgain() {
    var writer = KittyWriter(group: 3)
    let frame = Self.frame(Self.picture(16))
    _ = writer.sequences(frame, isNew: true, touched: untouched, facts: PixelFacts())
    var touched = untouched
    touched[8] = true
    let sent = writer.sequences(frame, isNew: false, touched: touched, facts: PixelFacts())
    #expect(sent.hasPrefix("\u{1b}[9;9H") && sent.components(separatedBy: "\u{1b}[9;").count == 2)
    #expect(sent.utf8.count < 60)
  }

  /// The first cell behind a covered part has to name its column; the terminal cannot count on to it.
  @Test func whatIsCoveredSplitsARow() {
    var writer = KittyWriter(group: 3)
    var frame = Self.frame(Self.picture(16))
    _ = writer.sequences(frame, isNew: true, touched: untouched, facts: PixelFacts())
    frame.print("menu", x: 11, y: 8)
    let sent = writer.sequences(frame, isNew: false, touched: untouched, facts: PixelFacts())
    let marks = PicturePlaceholder.marks
    let row = 8 - frame.pictures[0].place.y
    var expected = "\u{10eeee}"
    expected.unicodeScalars.append(marks[row])
    expected.unicodeScalars.append(marks[15 - frame.pictures[0].place.x])
    expected.unicodeScalars.append(marks[3])
    #expect(sent.contains("\u{1b}[9;16H") && sent.contains(expected))
    // Nothing but the two parts of this row.
    #expect(sent.components(separatedBy: "H").count == 3)
    #expect(Self.commands(sent).isEmpty)
  }

  @Test func aCoveredPictureIsNotSent() {
    var writer = KittyWriter(group: 3)
    var frame = Self.frame(Self.picture(16))
    frame.fill(frame.bounds, with: Cell("x"))
    let sent = writer.sequences(frame, isNew: true, touched: untouched, facts: PixelFacts())
    #expect(sent.isEmpty && writer.farewell(isInTmux: false).isEmpty)
  }

  @Test func theTerminalKeepsABoundedNumber() {
    var writer = KittyWriter(group: 1)
    var kept: Set<String> = []
    for seed in 1...300 {
      let sent = writer.sequences(
        Self.frame(Self.picture(4, seed: UInt64(seed)), width: 10, height: 6), isNew: false,
        touched: Array(repeating: false, count: 6), facts: PixelFacts())
      for command in Self.commands(sent) {
        let number = command.control["i"] ?? ""
        if command.control["a"] == "d" { #expect(kept.remove(number) != nil) }
        if command.control["a"] == "T" { #expect(kept.insert(number).inserted) }
      }
      #expect(kept.count == min(seed, KittyWriter.mostPictures))
    }
    // Everything that was ever sent is deleted at the end, and the guard has room for it.
    let farewell = writer.farewell(isInTmux: false)
    let deleted = Self.commands(farewell)
    #expect(deleted.count == 255 && deleted.allSatisfy { $0.control["d"] == "I" })
    #expect(kept.isSubset(of: Set(deleted.compactMap { $0.control["i"] })))
    let longest = writer.farewell(isInTmux: true)
    #expect(TerminalGuard.Modes.leave(after: "\u{1b}\\" + longest).utf8.count < 16_000)
  }

  @Test func theTerminalKeepsABoundedSize() {
    var writer = KittyWriter(group: 1)
    var facts = PixelFacts()
    facts.cell = PixelSize(width: 1000, height: 2000) ?? .usualCell
    var deletions = 0
    // 2 MB each.
    for seed in 1...40 {
      let flat = Picture(
        width: 720, height: 720,
        pixels: Array(repeating: UInt8(seed), count: 720 * 720 * 3))
      let sent = writer.sequences(
        Self.frame(flat, width: 10, height: 6), isNew: false,
        touched: Array(repeating: false, count: 6), facts: facts)
      deletions += Self.commands(sent).count { $0.control["a"] == "d" }
    }
    #expect(deletions == 40 - KittyWriter.mostBytes / (720 * 720 * 4))
  }

  /// After the terminal was left, it keeps nothing.
  @Test func whatWasDeletedIsSentAgain() throws {
    var writer = GraphicsWriter(.kitty, PixelFacts())
    let frame = Self.frame(Self.picture(16))
    #expect(writer.farewell.isEmpty)
    _ = writer.bytes(frame, isNew: true, touched: untouched)
    #expect(writer.farewell.hasPrefix("\u{1b}\\\u{1b}_Ga=d,d=I,q=2,i="))
    writer.forget()
    let bytes = writer.bytes(frame, isNew: true, touched: untouched)
    let again = String(decoding: bytes, as: UTF8.self)
    #expect(try Self.pictures(Self.commands(again)).count == 1)
  }

  @Test func aLargePictureIsReducedToItsCells() throws {
    var writer = KittyWriter(group: 1)
    let sent = writer.sequences(
      Self.frame(Self.picture(512), width: 24, height: 12), isNew: true,
      touched: Array(repeating: false, count: 12), facts: PixelFacts())
    // 20 columns of 10 pixels.
    let picture = try #require(try Self.pictures(Self.commands(sent)).first)
    #expect(picture.width == 200 && picture.height == 200)
  }

  @Test func printedPicturesHaveAllTheirRows() throws {
    let picture = Self.picture(16)
    let bytes = try #require(
      PrintedPicture.bytes(picture, columns: 16, rows: 8, in: .kitty, PixelFacts()))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(try Self.pictures(Self.commands(text)) == [picture])
    #expect(text.split(separator: "\n").count == 8 && text.hasSuffix("\u{1b}[m\n"))
    #expect(PrintedPicture.bytes(picture, columns: 300, rows: 8, in: .kitty, PixelFacts()) == nil)
  }
}
