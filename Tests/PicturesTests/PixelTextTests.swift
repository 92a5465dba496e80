import Pictures
import Testing

/// Text, captions and labels in pictures.
@Suite struct PixelTextTests {
  private func blank(_ width: Int, _ height: Int, _ value: UInt8 = 0) -> Picture {
    Picture(
      width: width, height: height, pixels: [UInt8](repeating: value, count: width * height * 3))
  }

  private func rows(_ picture: Picture) -> [String] {
    (0..<picture.height).map { y in
      String(
        (0..<picture.width).map { picture.pixels[(y * picture.width + $0) * 3] > 0 ? "#" : "." })
    }
  }

  @Test func lettersStandWhereTheyShould() {
    var picture = blank(12, 10)
    PixelText.draw("Ap", x: 0, y: 0, color: SIMD3(255, 255, 255), into: &picture)
    #expect(
      rows(picture) == [
        ".###........", "#...#.......", "#...#.#.##..", "#####.##..#.", "#...#.#...#.",
        "#...#.##..#.", "#...#.#.##..", "......#.....", "......#.....", "............",
      ])
    var large = blank(10, 14)
    PixelText.draw("I", x: 0, y: 0, scale: 2, color: SIMD3(9, 9, 9), into: &large)
    #expect(rows(large)[0] == "..######.." && rows(large)[3] == "....##....")
  }

  /// Parts that do not fit are left out, on all sides.
  @Test func whatLiesOutsideIsLeftOut() {
    for (x, y) in [(-3, -3), (2, 3), (50, 50), (-50, -50)] {
      var picture = blank(4, 5)
      PixelText.draw("W▒", x: x, y: y, scale: 3, color: SIMD3(1, 2, 3), into: &picture)
      #expect(picture.pixels.count == 60)
    }
  }

  @Test func lettersThatTheFontLacksAreFoldedOrBoxes() {
    #expect(
      PixelText.ascii("crème brûlée – “Straße”, ﬁne…") == "creme brulee - \"Strasse\", fine...")
    #expect(PixelText.ascii("a\nb\tc\u{a0}d\u{1b}e") == "a b c d e")
    #expect(PixelText.ascii("a 風 🌾") == "a \u{7f} \u{7f}")
    #expect(PixelText.ascii("e\u{301}") == "e")
  }

  @Test func linesBreakBetweenWords() {
    #expect(
      PixelText.lines("a red apple on a table", columns: 9, most: 9) == [
        "a red", "apple on", "a table",
      ])
    #expect(
      PixelText.lines("abcdefghijk lm", columns: 4, most: 9) == ["abcd", "efgh", "ijk", "lm"])
    #expect(
      PixelText.lines("a red apple on a table", columns: 9, most: 2) == ["a red", "apple ..."])
    #expect(PixelText.lines("", columns: 9, most: 2).isEmpty)
    #expect(PixelText.lines("ab cd", columns: 0, most: 2).count == 2)
    #expect(PixelText.lines("ab cd", columns: 9, most: 0).isEmpty)
  }

  @Test func aCaptionIsPutUnderThePicture() {
    let strip = CaptionStrip(width: 64, prompt: "a cat", longestDetail: "seed 7  step 25/25")
    let picture = blank(64, 40, 77)
    let (short, long) = (
      strip.under(picture, detail: "seed 7  step 1/25"),
      strip.under(picture, detail: "seed 7  step 25/25")
    )
    #expect((short.width, short.height) == (64, 40 + strip.height))
    #expect((long.width, long.height) == (64, 40 + strip.height))
    #expect(short.pixels.prefix(64 * 40 * 3) == picture.pixels[...])
    #expect(short != long)
    // One line of the prompt and three of the rest, since nine letters fit.
    #expect(strip.height == 2 * 3 + 4 * 11)
    #expect(CaptionStrip(width: 512, prompt: "a cat", longestDetail: "x").height == 2 * (6 + 22))
  }

  @Test func labelsStandBesideThePictures() {
    let sheet = LabelledSheet(
      cell: PictureSize(width: 64, height: 40), rows: ["a cat", "a dog"],
      columns: ["seed 1", "seed 2", "seed 3"])
    let pictures = (0..<2).map { row in
      (0..<3).map { blank(64, 40, UInt8(100 + row * 3 + $0)) }
    }
    let whole = sheet.picture(pictures)
    #expect(PictureSize(width: whole.width, height: whole.height) == sheet.size)
    // Five letters on the left, one line at the top, and gaps of four pixels.
    let (left, top) = (4 + 5 * 6 + 4, 4 + 11 + 4)
    #expect(sheet.size == PictureSize(width: left + 3 * 68, height: top + 2 * 44))
    for row in 0..<2 {
      for column in 0..<3 {
        let (x, y) = (left + column * 68 + 63, top + row * 44 + 39)
        #expect(whole.pixels[(y * whole.width + x) * 3] == UInt8(100 + row * 3 + column))
        #expect(whole.pixels[(y * whole.width + x + 1) * 3] == 255)
      }
    }
    func ink(_ columns: Range<Int>, _ rows: Range<Int>) -> Int {
      rows.reduce(0) { sum, y in
        sum + columns.count { whole.pixels[(y * whole.width + $0) * 3] == 24 }
      }
    }
    #expect(ink(0..<left, 0..<top) == 0)
    #expect(ink(0..<left, top..<whole.height) > 40)
    #expect(ink(left..<whole.width, 0..<top) > 100)
  }
}
