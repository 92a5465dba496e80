import Foundation
import Pictures
import Testing
import TrainingData

/// Where captions are found: text files with any extension, and meaningful names.
@Suite struct CaptionFilesTests {
  /// The set of a folder of these texts, and of a picture for each of these names.
  private func read(
    pictures: [String], texts: [String: String] = [:]
  ) throws -> (set: TrainingSet, warnings: [String]) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("captions-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let png = try PNG.encode(
      Picture(width: 8, height: 8, pixels: Array(repeating: 90, count: 8 * 8 * 3)))
    for name in pictures { try png.write(to: folder.appendingPathComponent(name)) }
    for (name, text) in texts {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    let set = try TrainingSet(folder: folder, size: 8)
    return (
      set,
      set.warnings.map { "\($0)".replacing(folder.standardizedFileURL.path + "/", with: "") }
    )
  }

  @Test(arguments: [
    "a.txt", "a.caption", "a.TXT", "a.Caption", "a.png.txt", "a.png.TXT", "a.png.caption",
  ])
  func textsAreFoundByTheirEndings(_ name: String) throws {
    let (set, warnings) = try read(pictures: ["a.png"], texts: [name: "a cat\na tabby\n"])
    #expect(set.items.map(\.captions) == [["a cat", "a tabby"]])
    #expect(warnings.isEmpty, "\(warnings)")
  }

  @Test func textsOfOtherPicturesAreNotTaken() throws {
    let (set, warnings) = try read(
      pictures: ["cat.png"],
      texts: ["cat.jpg.txt": "a dog", "cats.txt": "cats", "cat.md": "notes", "Cat.txt": "a lion"])
    #expect(set.items.map(\.captions) == [["cat"]])
    #expect(warnings.isEmpty)
  }

  @Test func ofSeveralTextsOneIsReadAndTheOthersAreNamed() throws {
    let (set, warnings) = try read(
      pictures: ["a.png"],
      texts: ["a.caption": "second", "a.txt": "first", "a.png.txt": "third"])
    #expect(set.items.map(\.captions) == [["first"]])
    #expect(
      warnings.sorted() == [
        "a.caption: a.txt beside it is read; not read.",
        "a.png.txt: a.txt beside it is read; not read.",
      ])
  }

  private static let numbered = [
    "IMG_0001", "img_0001", "IMG_20240131_101112", "IMG-20240131-WA0007", "IMG_0001 (2)",
    "IMG_0001 copy", "DSC01234", "DSC_0123", "_DSC1234", "dscn0042", "_MG_1234",
    "P1010001", "P1012001", "R0010234", "100_1234", "SAM_0001", "DJI_0001", "GOPR0123",
    "20240131_101112", "20240131_101112_HDR", "2024-01-31 10.11.12", "PXL_20240131_101112123",
    "PXL_20240131_101112123.PORTRAIT", "Screenshot 2024-01-31 at 10.11.12",
    "Screen Shot 2024-01-31 at 10.11.12 AM", "WhatsApp Image 2024-01-31 at 10.11.12", "image (3)",
    "1706695872123", "0001", "scan0007",
  ]

  /// The names that devices give are no captions: such a picture is left out, with a word, and its text is read.
  @Test(arguments: numbered)
  func namesThatDevicesGiveSayNothing(_ stem: String) throws {
    let (set, warnings) = try read(pictures: ["\(stem).png", "a cup.png"])
    #expect(set.items.map(\.name) == ["a cup"])
    #expect(
      warnings == ["\(stem).png: a name without a caption, and no \(stem).txt beside it; left out."]
    )
    let (captioned, none) = try read(
      pictures: ["\(stem).png"], texts: ["\(stem).txt": "a red apple"])
    #expect(captioned.items.map(\.captions) == [["a red apple"]])
    #expect(captioned.items.map(\.name) == ["a red apple"])
    #expect(none.isEmpty)
  }

  @Test(arguments: [
    ("a_red-apple_02", "a red apple"), ("BMW_2002", "BMW"), ("cat1234", "cat1234"),
    ("image of a cat 2", "image of a cat"), ("20240131 a cat", "20240131 a cat"),
    ("portrait 12", "portrait"), ("F16", "F16"), ("🍎 2", "🍎"),
    ("IMG_0001 a red apple", "IMG 0001 a red apple"),
    ("WORD2024", "WORD2024"), ("りんご_3", "りんご"), ("a", "a"),
  ])
  func namesThatSaySomethingAreKept(stem: String, caption: String) throws {
    let (set, warnings) = try read(pictures: ["\(stem).png"])
    #expect(set.items.map(\.captions) == [[caption]])
    #expect(warnings.isEmpty)
  }
}
