import DefaultModel
import Foundation
import Pictures
import Testing

@testable import TaughtPictures

/// The training pictures, and the nearest of them against numpy (`Tests/Reference/taught_pictures.py`).
@Suite struct TaughtPicturesTests {
  private struct Fixture: Decodable {
    struct Case: Decodable {
      struct Near: Decodable {
        let name: String
        let distance: Double
      }
      let more: String
      let less: String
      let mirrored: Bool
      let right: Int
      let down: Int
      let nearest: [Near]
    }
    let count: Int
    let cases: [Case]

    static func load() throws -> Fixture {
      let url = try #require(
        Bundle.module.url(forResource: "Fixtures/nearest", withExtension: "json"))
      return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }
  }

  private let taught: TaughtPictures

  init() throws { taught = try #require(TaughtPictures.embedded) }

  private func index(_ name: String) throws -> Int {
    try #require(taught.names.firstIndex(of: name))
  }

  /// Three parts of one picture and one of another, moved and mirrored as the script does it.
  private func mixture(_ entry: Fixture.Case) throws -> Picture {
    let more = taught.picture(try index(entry.more))
    let less = taught.picture(try index(entry.less))
    let side = TaughtPictures.side
    var mixed = more
    for y in 0..<side {
      for x in 0..<side {
        let column = max(0, min(side - 1, (entry.mirrored ? side - 1 - x : x) - entry.right))
        let line = max(0, min(side - 1, y - entry.down))
        for channel in 0..<3 {
          let place = (line * side + column) * 3 + channel
          let value = (3 * Int(more.pixels[place]) + Int(less.pixels[place]) + 2) / 4
          mixed.pixels[(y * side + x) * 3 + channel] = UInt8(value)
        }
      }
    }
    return mixed
  }

  @Test func theyAreThoseOfTheEmbeddedModel() throws {
    let fixture = try Fixture.load()
    #expect(taught.names.count == fixture.count)
    #expect(Set(taught.names).count == fixture.count)
    #expect(!taught.names.contains { $0.contains("skin") })
    let folder = try #require(DefaultModel.folder)
    let text = try String(
      contentsOf: folder.appendingPathComponent("model_index.json"), encoding: .utf8)
    #expect(text.contains("\"name\": \"\(TaughtPictures.model)\""))
  }

  @Test func theNearestAgree() throws {
    var worst = 0.0
    for entry in try Fixture.load().cases {
      let found = taught.nearest(to: try mixture(entry), count: 4)
      #expect(found.map(\.name) == entry.nearest.map(\.name), "\(entry.more)")
      for (near, expected) in zip(found, entry.nearest) {
        worst = max(worst, abs(near.distance - expected.distance))
      }
    }
    print("distances: \(worst)")
    #expect(worst < 1e-5)
  }

  /// A picture finds itself at any size, and mirrored.
  @Test func aPictureFindsItself() throws {
    let owl = try index("owl")
    let picture = taught.picture(owl)
    let itself = try #require(taught.nearest(to: picture, count: 1).first)
    #expect(itself.index == owl && itself.distance == 0)
    let large = try #require(taught.nearest(to: picture.enlarged(by: 3), count: 1).first)
    #expect(large.index == owl && large.distance < 0.02)
    var mirrored = picture
    for y in 0..<32 {
      for x in 0..<32 {
        for channel in 0..<3 {
          mirrored.pixels[(y * 32 + x) * 3 + channel] =
            picture.pixels[(y * 32 + 31 - x) * 3 + channel]
        }
      }
    }
    let turned = try #require(taught.nearest(to: mirrored, count: 1).first)
    #expect(turned.index == owl && turned.distance == 0)
  }

  /// A picture that is not square is placed on white, and keeps its proportions.
  @Test func anyShapeIsTaken() throws {
    let owl = taught.picture(try index("owl"))
    // White to the left and right of it, twice as wide in all.
    var wide = Picture(width: 64, height: 32, pixels: [UInt8](repeating: 255, count: 64 * 32 * 3))
    for y in 0..<32 {
      for x in 0..<(32 * 3) { wide.pixels[(y * 64 + 16) * 3 + x] = owl.pixels[y * 32 * 3 + x] }
    }
    let asSquare = Picture(
      width: 64, height: 64,
      pixels: [UInt8](repeating: 255, count: 16 * 64 * 3) + wide.pixels
        + [UInt8](repeating: 255, count: 16 * 64 * 3))
    let found = taught.nearest(to: wide, count: 3)
    #expect(found == taught.nearest(to: asSquare, count: 3))
    #expect(taught.nearest(to: Picture(width: 0, height: 0, pixels: []), count: 3).isEmpty)
    #expect(taught.nearest(to: owl, count: 0).isEmpty)
    let line = Picture(width: 200, height: 1, pixels: [UInt8](repeating: 9, count: 600))
    #expect(taught.nearest(to: line, count: 2).count == 2)
    let many = taught.nearest(to: owl, count: 50)
    #expect(many.count == 50 && Set(many.map(\.index)).count == 50)
    #expect(zip(many, many.dropFirst()).allSatisfy { $0.distance <= $1.distance })
  }

  @Test func whatDoesNotFitTogetherIsRefused() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("taught-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: (any Error).self) { try TaughtPictures(folder: folder) }
    func reason(_ names: String, width: Int, height: Int) throws -> String {
      try Data(names.utf8).write(to: folder.appendingPathComponent("names.txt"))
      // Its bytes show what kind of picture it is.
      let picture = Picture(
        width: width, height: height, pixels: [UInt8](repeating: 0, count: width * height * 3))
      try PNG.encode(picture).write(to: folder.appendingPathComponent("atlas.webp"))
      do {
        return "\(try TaughtPictures(folder: folder).names.count) read"
      } catch { return "\(error)" }
    }
    #expect(try reason("cat\ndog\n", width: 64, height: 32) == "2 read")
    #expect(try reason("", width: 64, height: 32).contains("no names"))
    #expect(try reason("cat\ncat\n", width: 64, height: 32).contains("occurs twice"))
    #expect(try reason("a\nb\nc\n", width: 64, height: 32).contains("expected 3 tiles"))
    #expect(try reason("cat\n", width: 40, height: 32).contains("found 40x32 pixels"))
    #expect(try reason("cat\n", width: 16, height: 16).contains("found 16x16 pixels"))
  }
}
