import Foundation
import Pictures
import Testing
import TrainingData

@Suite struct TrainingFolderTests {
  private func fixture(_ name: String) throws -> Data {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return try Data(contentsOf: folder.appendingPathComponent(name))
  }

  /// A folder of these files, as long as the body lasts.
  @discardableResult
  private func withFolder<R>(_ files: [String: Data], _ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("training-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, data) in files {
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    }
    return try body(folder)
  }

  private func png(_ red: UInt8 = 200, width: Int = 16, height: Int = 16) throws -> Data {
    try PNG.encode(
      Picture(
        width: width, height: height,
        pixels: (0..<(width * height)).flatMap { _ in [red, 100, 50] }))
  }

  private func warns(_ set: TrainingSet, _ file: String, _ words: String) -> Bool {
    set.warnings.contains { $0.file.contains(file) && "\($0)".contains(words) }
  }

  // MARK: Captions

  @Test func textsBesidePicturesAndNames() throws {
    let files = try [
      "b/a_red-apple_02.png": png(1), "b/c.PNG": png(2),
      "b/c.txt": Data("a cat\n\n  a tabby \na cat".utf8),
      "a.jpg": png(3), "z (3).webp": png(4), ".hidden.png": png(5), "notes.md": Data("x".utf8),
      "b/.hidden/x.png": png(6), "0001.png": png(7), "empty.png": png(8),
      "empty.txt": Data("\n \n".utf8),
      "old.gif": Data("GIF89a".utf8), "scan.tif": Data("II*".utf8), "latin.png": png(9),
      "latin.txt": Data([0xe9, 0x0a]),
      "marked.png": png(10),
      "marked.txt": Data("\u{feff}a mark".utf8),
    ]
    try withFolder(files) { folder in
      let set = try TrainingSet(folder: folder, size: 8)
      #expect(
        set.items.map(\.captions) == [
          ["a"], ["a mark"], ["z"], ["a red apple"], ["a cat", "a tabby"],
        ])
      #expect(set.items.map(\.name) == ["a", "marked", "z", "a red apple", "c"])
      #expect((0..<5).map { set.picture($0).first } == [3, 10, 4, 1, 2])
      #expect(set.items.allSatisfy { $0.isOpaque && $0.isFlippable && $0.group == nil })
      #expect(set.pixels.count == 5 * 8 * 8 * 4)
      #expect(set.warnings.count == 5)
      #expect(warns(set, "0001.png", "a name without a caption"))
      #expect(warns(set, "empty.txt", "no caption"))
      #expect(warns(set, "latin.txt", "not UTF-8"))
      #expect(warns(set, "old.gif", "the file ends too early"))
      #expect(warns(set, "scan.tif", "not a PNG, JPEG, WebP, GIF or BMP picture"))
    }
  }

  @Test func picturesOfAllKinds() throws {
    let picture = Picture(
      width: 8, height: 8, pixels: (0..<64).flatMap { _ in [200, 100, 50] as [UInt8] })
    var bitmap: [UInt8] = Array("BM".utf8) + [UInt8](repeating: 0, count: 8) + [54, 0, 0, 0]
    bitmap += [40, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
    bitmap += (0..<64).flatMap { _ in [50, 100, 200] as [UInt8] }
    let files = try [
      "a red gif.gif": AnimationFormat.gif.encode([picture], milliseconds: [80]),
      "b red webp.webp": AnimationFormat.webp.encode([picture, picture], milliseconds: [80, 80]),
      "c red bitmap.BMP": Data(bitmap),
    ]
    try withFolder(files) { folder in
      let set = try TrainingSet(folder: folder, size: 8)
      #expect(set.items.map(\.name) == ["a red gif", "b red webp", "c red bitmap"])
      #expect(set.warnings.isEmpty)
      for index in 0..<3 { #expect(set.picture(index).prefix(3) == [200, 100, 50]) }
    }
  }

  @Test(arguments: ["captions.jsonl", "metadata.jsonl"])
  func rowsThatNameFiles(_ name: String) throws {
    let rows = """
      \u{feff}{"file": "one.png", "caption": "a cat", "group": "flag", "style": "photo"}
      {"file_name": "deep/two.png", "text": ["a dog", "a dog", " "], "name": "dog", "flippable": false}\r

      {"file": "one.png", "captions": ["a tom", "a cat"]}
      not json
      {"file": "one.png", "caption": 5}
      {"file": "../outside.png", "caption": "x"}
      {"file": "/etc/passwd", "caption": "x"}
      {"file": "deep/../one.png", "caption": "x"}
      {"file": "absent.png", "caption": "x"}
      {"file": "three.png", "caption": "  "}
      {"caption": "x"}
      [1]
      {"file": "four.png", "caption": "x", "opaque": "yes"}
      {"i": -4, "caption": "x"}
      {"i": 1.5, "caption": "x"}
      {"file": "broken.png", "caption": "x"}
      {"file": "deep", "caption": "x"}
      """
    let files = try [
      name: Data(rows.utf8), "one.png": png(1), "deep/two.png": png(2), "three.png": png(3),
      "four.png": png(4), "deep/five.png": png(5), "broken.png": png().prefix(60),
    ]
    try withFolder(files) { folder in
      let set = try TrainingSet(folder: folder, size: 8)
      #expect(set.items.map(\.captions) == [["a cat", "a tom"], ["a dog"]])
      #expect(set.items.map(\.name) == ["one", "dog"])
      #expect(set.items[0].group == "flag" && set.items[0].style == "photo")
      #expect(set.items.map(\.isFlippable) == [false, false])
      let lines = [
        (5, "not a JSON object"), (6, "\"caption\" is neither text nor a list"),
        (7, "\"../outside.png\" is not inside"), (8, "\"/etc/passwd\" is not inside"),
        (9, "not inside"), (10, "\"absent.png\" is missing"), (11, "no caption"),
        (12, "neither a \"file\" nor an \"i\""), (13, "not a JSON object"),
        (14, "\"opaque\" is neither true nor false"), (15, "\"i\" is -4"),
        (16, "not a whole number"), (18, "\"deep\" is a folder"),
      ]
      for (line, words) in lines { #expect(warns(set, "\(name), line \(line)", words), "\(line)") }
      #expect(warns(set, "broken.png", "ends too early"))
      #expect(warns(set, name, "no valid row for 3 pictures such as"))
      #expect(set.warnings.count == lines.count + 2)
    }
  }

  @Test func aCaptionsFileSpeaksForItsOwnFolder() throws {
    let files = try [
      "a/captions.jsonl": Data(#"{"file": "x.png", "caption": "a kite"}"#.utf8), "a/x.png": png(1),
      "b/a tree.png": png(2), "a/metadata.jsonl": Data(),
    ]
    try withFolder(files) { folder in
      let set = try TrainingSet(folder: folder)
      #expect(set.items.map(\.captions) == [["a kite"], ["a tree"]])
      #expect(set.warnings.count == 1 && warns(set, "metadata.jsonl", "not read"))
    }
  }

  // MARK: Atlases

  @Test func tilesOfAtlases() throws {
    let files = try [
      "captions.jsonl.xz": fixture("captions.jsonl.xz"), "atlas_00.webp": fixture("atlas_00.webp"),
    ]
    try withFolder(files) { folder in
      var told: [Int] = []
      let set = try TrainingSet(folder: folder) { done, of in
        told.append(done)
        #expect(of == 5)
      }
      #expect(told == [1, 2, 3, 4, 5])
      #expect(set.size == 64 && set.pixels.count == 4 * 64 * 64 * 4)
      #expect(set.items.map(\.name) == ["green tile", "tile one", "full tile", "last tile"])
      #expect(set.items[0].captions == ["green tile", "a green tile", "a green tile, flat"])
      #expect(set.items[1].captions == ["tile one"])
      #expect(set.items.map(\.isOpaque) == [false, false, true, true])
      #expect(set.items.map(\.isFlippable) == [true, true, false, true])
      for (index, tile) in [0, 1, 30, 31].enumerated() {
        let pixels = Array(set.picture(index))
        let middle = (32 * 64 + 32) * 4
        #expect(
          Array(pixels[middle..<(middle + 4)]) == [UInt8(8 * tile), UInt8(255 - 8 * tile), 60, 255])
        #expect(pixels[3] == (tile < 30 ? 0 : 255))
      }
      #expect(set.warnings.count == 1)
      #expect(warns(set, "atlas_01.webp", "it is missing; its picture left out"))
      // Another size.
      let small = try TrainingSet(folder: folder, size: 16)
      #expect(small.picture(2).count == 16 * 16 * 4 && small.picture(2).first == 240)
    }
  }

  @Test func atlasesThatAreNot() throws {
    let rows = Data(
      #"""
      {"i": 40, "name": "x", "captions": ["x"]}
      {"i": 1024, "captions": ["x"]}
      {"i": 1025, "captions": ["x"]}
      {"i": 2048, "captions": ["x"]}
      {"i": 9223372036854775807, "captions": ["x"]}
      """#.utf8)
    let files = try [
      "captions.jsonl": rows, "atlas_00.webp": fixture("atlas_00.webp"), "atlas_01.webp": png(),
      "atlas_02.webp": fixture("atlas_00.webp").prefix(150),
    ]
    try withFolder(files) { folder in
      #expect {
        try TrainingSet(folder: folder)
      } throws: { error in
        "\(error)".contains("it ends before picture 40 (and 3 more)")
      }
      try Data(rows + Data("\n{\"i\": 3, \"captions\": \"y\"}".utf8)).write(
        to: folder.appendingPathComponent("captions.jsonl"))
      let set = try TrainingSet(folder: folder)
      #expect(set.items.map(\.name) == ["y"])
      #expect(
        warns(set, "atlas_01.webp", "2048 pixels wide, but this is 16; its 2 pictures left out"))
      #expect(warns(set, "atlas_02.webp", "ends too early; its picture left out"))
      #expect(warns(set, "atlas_9007199254740991.webp", "missing"))
    }
  }

  // MARK: Bad input

  @Test func picturesOfNothing() throws {
    let clear = try #require(
      Data(
        base64Encoded:
          "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAYAAADED76LAAAAD0lEQVR4nGNgGAUMDAwMAAEIAAGRKR9tAAAAAElFTkSuQmCC"
      ))
    var huge = [UInt8](try png())
    huge.replaceSubrange(16..<24, with: [0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20])
    let files = try [
      "dot.png": png(width: 1, height: 1), "line.png": png(width: 300, height: 7),
      "clear.png": clear, "huge.png": Data(huge), "text.png": Data("hello".utf8),
      "none.png": Data(), "good one.png": png(9, width: 8, height: 30),
    ]
    try withFolder(files) { folder in
      let set = try TrainingSet(folder: folder, size: 4)
      #expect(set.items.map(\.name) == ["good one"])
      #expect(warns(set, "dot.png", "it has 1x1 pixels, and at least 8x8 are needed"))
      #expect(warns(set, "line.png", "300x7"))
      #expect(warns(set, "clear.png", "all of it is transparent"))
      #expect(warns(set, "huge.png", "20000x20000"))
      #expect(warns(set, "text.png", "an unknown format"))
      #expect(warns(set, "none.png", "an empty file"))
      #expect(set.warnings.count == 6)
    }
  }

  @Test func foldersWithoutPictures() throws {
    try withFolder([:]) { folder in
      #expect {
        try TrainingSet(folder: folder)
      } throws: {
        "\($0)".hasPrefix(
          "\(folder.path): expected PNG, JPEG, WebP, GIF or BMP pictures with captions, found none."
        )
      }
      let absent = folder.appendingPathComponent("absent")
      #expect { try TrainingSet(folder: absent) } throws: {
        "\($0)".contains("absent: expected a folder of pictures, found nothing with this name")
      }
    }
    try withFolder(["a.png": Data("x".utf8), "b.png": Data()]) { folder in
      #expect { try TrainingSet(folder: folder) } throws: {
        $0 is TrainingDataError && "\($0)".contains("a.png") && "\($0)".contains("(and 1 more)")
      }
      #expect { try TrainingSet(folder: folder.appendingPathComponent("a.png")) } throws: {
        $0 is TrainingDataError
      }
    }
  }

  @Test func moreThanTheMemoryHoldsIsRefused() throws {
    try withFolder(["a cup.png": png()]) { folder in
      #expect { try TrainingSet(folder: folder, size: 1 << 24) } throws: {
        "\($0)".contains("of memory, found 1 of 16777216x16777216")
      }
    }
  }

  @Test func linksAreNotFollowedInCircles() throws {
    try withFolder(["a cup.png": png()]) { folder in
      let manager = FileManager.default
      try manager.createSymbolicLink(
        at: folder.appendingPathComponent("round"), withDestinationURL: folder)
      try manager.createSymbolicLink(
        at: folder.appendingPathComponent("gone.png"),
        withDestinationURL: folder.appendingPathComponent("nowhere"))
      try manager.createSymbolicLink(
        at: folder.appendingPathComponent("the same.png"),
        withDestinationURL: folder.appendingPathComponent("a cup.png"))
      let set = try TrainingSet(folder: folder)
      #expect(set.items.map(\.name) == ["a cup", "the same"])
      #expect(warns(set, "round", "not followed") && warns(set, "gone.png", "a broken link"))
    }
  }

  @Test func whatProgressThrowsEndsTheReading() throws {
    struct Stop: Error {}
    try withFolder(["a.png": png(), "b.png": png()]) { folder in
      #expect(throws: Stop.self) { try TrainingSet(folder: folder) { _, _ in throw Stop() } }
    }
  }

  // MARK: Packed captions

  @Test func packedCaptionsThatUnpackToTooMuch() throws {
    let bomb = try (0..<17).reduce(into: Data()) { data, _ in data += try fixture("zeros.xz") }
    let files = try ["a/captions.jsonl.xz": bomb, "b/a cup.png": png()]
    try withFolder(files) { folder in
      let set = try TrainingSet(folder: folder)
      #expect(set.items.count == 1)
      #expect(warns(set, "captions.jsonl.xz", "more than 268435456 bytes"))
    }
  }

  /// Any bytes at all give rows or a warning.
  @Test func brokenCaptionsNeverTrap() throws {
    let packed = [UInt8](try fixture("captions.jsonl.xz"))
    let plain = Array(
      #"""
      {"file": "b/a cup.png", "captions": ["a", "bé\n"], "group": "g", "opaque": false, "i": 3}
      {"i": 31, "captions": "x", "flippable": true, "style": null}
      """#.utf8)
    var generator = SplitMix64(state: 3)
    let files = try ["b/a cup.png": png(), "a/atlas_00.webp": fixture("atlas_00.webp")]
    try withFolder(files) { folder in
      for (name, whole) in [("captions.jsonl.xz", packed), ("captions.jsonl", plain)] {
        let file = folder.appendingPathComponent("a/\(name)")
        for round in 0..<(whole.count + 150) {
          var bytes = round < whole.count ? Array(whole[..<round]) : whole
          if round < whole.count, !round.isMultiple(of: 3) { continue }
          if round >= whole.count {
            for _ in 0...generator.below(4) {
              bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
            }
          }
          try Data(bytes).write(to: file)
          let set = try TrainingSet(folder: folder, size: 8)
          #expect(set.items.contains { $0.name == "a cup" })
          if name.hasSuffix("xz"), round < whole.count { #expect(set.items.count == 1) }
        }
        try FileManager.default.removeItem(at: file)
      }
    }
  }
}
