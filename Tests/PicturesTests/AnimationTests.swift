import Foundation
import Pictures
import Testing

@Suite struct AnimationTests {
  private func picture(_ value: UInt8, side: Int = 3) -> Picture {
    Picture(
      width: side, height: side,
      pixels: (0..<(side * side * 3)).map { UInt8(truncatingIfNeeded: $0 * 7 + Int(value)) })
  }

  /// The types and bodies of a file's chunks, their checksums checked against a bitwise CRC.
  private func chunks(_ data: Data) -> [(type: String, body: [UInt8])] {
    let bytes = [UInt8](data)
    var place = 8
    var result: [(String, [UInt8])] = []
    while place + 12 <= bytes.count {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      let checked = bytes[(place + 4)..<(place + 8 + length)]
      var crc = UInt32.max
      for byte in checked {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
      }
      let stored = bytes[(place + 8 + length)..<(place + 12 + length)].reduce(UInt32(0)) {
        $0 << 8 | UInt32($1)
      }
      #expect(~crc == stored)
      result.append(
        (String(decoding: checked.prefix(4), as: UTF8.self), Array(checked.dropFirst(4))))
      place += 12 + length
    }
    return result
  }

  @Test func anAnimationHasItsChunksInOrder() throws {
    let data = try AnimatedPNG.encode(
      [picture(1), picture(2), picture(3)], milliseconds: [80, 5, 2000], still: picture(9),
      text: [TextChunk(keyword: "parameters", text: "a cat")])
    let chunks = chunks(data)
    #expect(
      chunks.map(\.type) == [
        "IHDR", "sRGB", "tEXt", "acTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "fcTL", "fdAT",
        "IEND",
      ])
    let numbers = chunks.filter { ["fcTL", "fdAT"].contains($0.type) }.map { Int($0.body[3]) }
    #expect(numbers == [0, 1, 2, 3, 4, 5])
    let times = chunks.filter { $0.type == "fcTL" }.map { Int($0.body[20]) << 8 | Int($0.body[21]) }
    #expect(times == [80, 10, 2000])
    // Programs that know no animations show the still picture, with its settings.
    let (shown, text) = try PNG.decode(data, name: "x.png")
    #expect(shown == picture(9))
    #expect(text == [TextChunk(keyword: "parameters", text: "a cat")])
  }

  @Test func framesMustFitTogether() {
    #expect(throws: PNGError.self) { try AnimatedPNG.encode([], milliseconds: []) }
    #expect(throws: PNGError.self) {
      try AnimatedPNG.encode([picture(1), picture(1, side: 4)], milliseconds: [80, 80])
    }
    #expect(throws: PNGError.self) { try AnimatedPNG.encode([picture(1)], milliseconds: []) }
  }

  @Test func aSheetHasItsPicturesInPlace() {
    let sheet = ContactSheet.picture(
      rows: [[picture(1), picture(2)], [picture(3)]], gap: 1, background: (9, 8, 7))
    #expect(sheet.width == 7 && sheet.height == 7)
    func color(_ x: Int, _ y: Int) -> [UInt8] {
      Array(sheet.pixels[(3 * (y * 7 + x))..<(3 * (y * 7 + x) + 3)])
    }
    #expect(color(0, 0) == Array(picture(1).pixels[0..<3]))
    #expect(color(4, 0) == Array(picture(2).pixels[0..<3]))
    #expect(color(0, 4) == Array(picture(3).pixels[0..<3]))
    #expect(color(3, 0) == [9, 8, 7] && color(6, 6) == [9, 8, 7])
    #expect(ContactSheet.picture(rows: [], gap: 1, background: (0, 0, 0)).width == 0)
  }

  @Test func spreadingKeepsTheEnds() {
    for count in 0...120 {
      for most in 2...14 {
        let chosen = ContactSheet.spread(count, most: most)
        #expect(chosen.count == min(count, most))
        #expect(chosen == Array(Set(chosen)).sorted())
        #expect(
          chosen.first == (count > 0 ? 0 : nil) && chosen.last == (count > 0 ? count - 1 : nil))
      }
    }
  }

  @Test func namesThatAreTakenGetNumbers() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "halflight-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let names = try (0..<3).map { _ in
      try SafeFile.writeUnused(Data([1]), name: "a/b", in: folder, extension: "png")
        .lastPathComponent
    }
    #expect(names == ["a-b.png", "a-b-2.png", "a-b-3.png"])
    let long = try SafeFile.writeUnused(
      Data(), name: String(repeating: "日", count: 300), in: folder, extension: "png")
    #expect(long.lastPathComponent.utf8.count <= 255)
    #expect(throws: FileError.self) {
      try SafeFile.writeUnused(
        Data(), name: "x", in: folder.appendingPathComponent("none"), extension: "png")
    }
  }
}
