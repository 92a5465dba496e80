import Foundation

/// Draws text in pictures, in a font of 5 by 7 pixels with two more rows for descenders.
package enum PixelText {
  /// The distance from one letter to the next, in pixels.
  package static let advance = 6
  /// The distance from one line to the next, in pixels.
  package static let lineHeight = 11

  /// Draws one line; parts outside the picture are left out.
  ///
  /// - Parameters:
  ///   - x: The left edge of the first letter.
  ///   - y: The top of capital letters.
  ///   - scale: The side of the block for each pixel of the font.
  package static func draw(
    _ text: String, x: Int, y: Int, scale: Int = 1, color: SIMD3<UInt8>,
    into picture: inout Picture
  ) {
    for (index, code) in codes(text).enumerated() {
      let left = x + index * advance * scale
      for (row, bits) in glyphs[code - 32].enumerated() where bits != 0 {
        for column in 0..<5 where bits >> (4 - column) & 1 == 1 {
          fill(
            x: left + column * scale, y: y + row * scale, side: scale, color: color, in: &picture)
        }
      }
    }
  }

  private static func fill(
    x: Int, y: Int, side: Int, color: SIMD3<UInt8>, in picture: inout Picture
  ) {
    for row in max(0, y)..<max(0, y, min(picture.height, y + side)) {
      for column in max(0, x)..<max(0, x, min(picture.width, x + side)) {
        let place = (row * picture.width + column) * 3
        for channel in 0..<3 { picture.pixels[place + channel] = color[channel] }
      }
    }
  }

  /// Text in lines of at most this many letters, broken between words; if it is longer, the last line ends in an
  /// ellipsis.
  package static func lines(_ text: String, columns: Int, most: Int) -> [String] {
    let columns = max(1, columns)
    var lines: [String] = []
    var line = ""
    for word in ascii(text).split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count <= columns {
        line += " " + word
        continue
      }
      if !line.isEmpty { lines.append(line) }
      // A word that is longer than a line is broken anywhere.
      var rest = word
      while rest.count > columns {
        lines.append(String(rest.prefix(columns)))
        rest = rest.dropFirst(columns)
      }
      line = String(rest)
    }
    if !line.isEmpty { lines.append(line) }
    guard lines.count > most, most > 0 else { return Array(lines.prefix(max(0, most))) }
    let dots = String(repeating: ".", count: min(3, columns))
    return lines.prefix(most - 1) + [lines[most - 1].prefix(columns - dots.count) + dots]
  }

  // MARK: Letters

  /// The glyph for a character that the font lacks: a box.
  private static let box = 127

  /// The text in the font's letters: accents are dropped, all kinds of space become one, and any other missing
  /// character becomes a box.
  package static func ascii(_ text: String) -> String {
    String(decoding: codes(text).map { UInt8($0) }, as: UTF8.self)
  }

  private static func codes(_ text: String) -> [Int] {
    text.flatMap { character -> [Int] in
      if let code = character.asciiValue {
        return [code >= 32 ? Int(code) : 32]
      }
      if character.isWhitespace { return [32] }
      if let known = others[character] { return known.utf8.map { Int($0) } }
      let parts = String(character).decomposedStringWithCompatibilityMapping.unicodeScalars.filter {
        $0.properties.generalCategory != .nonspacingMark
      }
      let hasLetters = !parts.isEmpty && parts.allSatisfy { (32..<127).contains($0.value) }
      return hasLetters ? parts.map { Int($0.value) } : [box]
    }
  }

  /// Characters that do not decompose into letters of the font.
  private static let others: [Character: String] = [
    "‘": "'", "’": "'", "‚": "'", "“": "\"", "”": "\"", "„": "\"", "«": "\"", "»": "\"",
    "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "×": "x", "·": ".", "•": "*", "ß": "ss",
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
    "ł": "l", "Ł": "L", "ı": "i",
  ]

  /// The letters from the space on, each as nine rows of five bits, the first bit on the left.
  private static let glyphs: [[UInt8]] = {
    let rows = drawing.split(separator: "\n").map { $0.split(separator: " ") }
    return (0..<96).map { letter in
      (0..<9).map { row in
        rows[letter / 16 * 9 + row][letter % 16].reduce(0) { $0 << 1 | ($1 == "#" ? 1 : 0) }
      }
    }
  }()

  private static let drawing = """
    ..... ..#.. .#.#. .#.#. ..#.. ##... .##.. ..#.. ...#. .#... ..... ..... ..... ..... ..... .....
    ..... ..#.. .#.#. .#.#. .#### ##..# #..#. ..#.. ..#.. ..#.. #.#.# ..#.. ..... ..... ..... ....#
    ..... ..#.. .#.#. ##### #.#.. ...#. #.#.. ..#.. .#... ...#. .###. ..#.. ..... ..... ..... ...#.
    ..... ..#.. ..... .#.#. .###. ..#.. .#... ..... .#... ...#. ##### ##### ..... ##### ..... ..#..
    ..... ..#.. ..... ##### ..#.# .#... #.#.# ..... .#... ...#. .###. ..#.. ..... ..... ..... .#...
    ..... ..... ..... .#.#. ####. #..## #..#. ..... ..#.. ..#.. #.#.# ..#.. .##.. ..... .##.. #....
    ..... ..#.. ..... .#.#. ..#.. ...## .##.# ..... ...#. .#... ..... ..... .##.. ..... .##.. .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..#.. ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .#... ..... ..... .....

    .###. ..#.. .###. .###. ...#. ##### ..##. ##### .###. .###. ..... ..... ...#. ..... .#... .###.
    #...# .##.. #...# #...# ..##. #.... .#... ....# #...# #...# .##.. .##.. ..#.. ..... ..#.. #...#
    #..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...# .##.. .##.. .#... ##### ...#. ....#
    #.#.# ..#.. ...#. ..##. #..#. ....# ####. ..#.. .###. .#### ..... ..... #.... ..... ....# ...#.
    ##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....# .##.. .##.. .#... ##### ...#. ..#..
    #...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#. .##.. .##.. ..#.. ..... ..#.. .....
    .###. .###. ##### .###. ...#. .###. .###. .#... .###. .##.. ..... ..#.. ...#. ..... .#... ..#..
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .#... ..... ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

    .###. .###. ####. .###. ####. ##### ##### .###. #...# .###. ..### #...# #.... #...# #...# .###.
    #...# #...# #...# #...# #...# #.... #.... #...# #...# ..#.. ...#. #..#. #.... ##.## ##..# #...#
    #.### #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #.#.. #.... #.#.# ##..# #...#
    #.#.# ##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ##... #.... #.#.# #.#.# #...#
    #.### #...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#. #.#.. #.... #...# #..## #...#
    #.... #...# #...# #...# #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...# #..## #...#
    .#### #...# ####. .###. ####. ##### #.... .#### #...# .###. .##.. #...# ##### #...# #...# .###.
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

    ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# ##### .###. ..... .###. ..#.. .....
    #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....# .#... #.... ...#. .#.#. .....
    #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#. .#... .#... ...#. #...# .....
    ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. .#... ..#.. ...#. ..... .....
    #.... #.#.# #.#.. ....# ..#.. #...# #...# #.#.# .#.#. ..#.. .#... .#... ...#. ...#. ..... .....
    #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #.... .#... ....# ...#. ..... .....
    #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. ##### .###. ..... .###. ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... #####
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

    .#... ..... #.... ..... ....# ..... ..##. ..... #.... ..#.. ...#. #.... .##.. ..... ..... .....
    ..#.. ..... #.... ..... ....# ..... .#..# ..... #.... ..... ..... #.... ..#.. ..... ..... .....
    ..... .###. #.##. .###. .##.# .###. .#... .#### #.##. .##.. ..##. #..#. ..#.. ##.#. #.##. .###.
    ..... ....# ##..# #...# #..## #...# ####. #...# ##..# ..#.. ...#. #.#.. ..#.. #.#.# ##..# #...#
    ..... .#### #...# #.... #...# ##### .#... #...# #...# ..#.. ...#. ##... ..#.. #.#.# #...# #...#
    ..... #...# ##..# #...# #..## #.... .#... #..## #...# ..#.. ...#. #.#.. ..#.. #.#.# #...# #...#
    ..... .#### #.##. .###. .##.# .###. .#... .##.# #...# .###. ...#. #..#. .###. #.#.# #...# .###.
    ..... ..... ..... ..... ..... ..... ..... ....# ..... ..... #..#. ..... ..... ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... .###. ..... ..... .##.. ..... ..... ..... ..... .....

    ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... ..... ...#. ..#.. .#... ..... #####
    ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... ..... ..#.. ..#.. ..#.. ..... #...#
    #.##. .##.# #.##. .#### ####. #...# #...# #...# #...# #...# ##### ..#.. ..#.. ..#.. .#... #...#
    ##..# #..## ##..# #.... .#... #...# #...# #...# .#.#. #...# ...#. .#... ..#.. ...#. #.#.# #...#
    #...# #...# #.... .###. .#... #...# #...# #.#.# ..#.. #...# ..#.. ..#.. ..#.. ..#.. ...#. #...#
    ##..# #..## #.... ....# .#..# #..## .#.#. #.#.# .#.#. #..## .#... ..#.. ..#.. ..#.. ..... #...#
    #.##. .##.# #.... ####. ..##. .##.# ..#.. .#.#. #...# .##.# ##### ...#. ..#.. .#... ..... #####
    #.... ....# ..... ..... ..... ..... ..... ..... ..... ....# ..... ..... ..#.. ..... ..... .....
    #.... ....# ..... ..... ..... ..... ..... ..... ..... .###. ..... ..... ..#.. ..... ..... .....
    """
}
