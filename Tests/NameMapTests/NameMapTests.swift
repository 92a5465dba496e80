import DefaultModel
import Foundation
import Models
import NameMap
import Testing

/// The map against numpy on the float32 embeddings (`Tests/Reference/name_map.py`): similarities within 0.005.
@Suite struct NameMapTests {
  private struct Fixture: Decodable {
    struct Case: Decodable {
      struct Near: Decodable {
        let name: String
        let similarity: Float
      }
      let prompt: String
      let embedding: [Float]
      let nearest: [Near]
    }
    struct Place: Decodable {
      let name: String
      let x: Float
      let y: Float
    }
    let cases: [Case]
    let places: [Place]

    static func load() throws -> Fixture {
      let url = try #require(
        Bundle.module.url(forResource: "Fixtures/nearest", withExtension: "json"))
      return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }
  }

  private let map: NameMap

  init() throws { map = try #require(NameMap.embedded) }

  @Test func similaritiesAgree() throws {
    let numbers = Dictionary(uniqueKeysWithValues: map.names.enumerated().map { ($1.text, $0) })
    var worst: Float = 0
    for entry in try Fixture.load().cases {
      let all = map.nearest(to: entry.embedding, count: map.names.count)
      #expect(all.count == map.names.count)
      let found = Dictionary(uniqueKeysWithValues: all.map { ($0.index, $0.similarity) })
      for near in entry.nearest {
        let number = try #require(numbers[near.name])
        let own = try #require(found[number])
        worst = max(worst, abs(own - near.similarity))
      }
      // The best is the best, and names come in their order.
      #expect(map.names[all[0].index].text == entry.nearest[0].name, "\(entry.prompt)")
      #expect(zip(all, all.dropFirst()).allSatisfy { $0.similarity >= $1.similarity })
      let few = map.nearest(to: entry.embedding, count: 10)
      #expect(few.map(\.similarity) == all.prefix(10).map(\.similarity))
    }
    print("similarities: \(worst)")
    #expect(worst < 0.005)
  }

  @Test func placesAgree() throws {
    #expect(map.names.count == 3369 && map.groups.count == 11 && map.width == 384)
    #expect(map.method.contains("t-SNE"))
    for place in try Fixture.load().places {
      let name = try #require(map.names.first { $0.text == place.name })
      #expect(abs(name.x - place.x) < 1e-6 && abs(name.y - place.y) < 1e-6)
    }
    #expect(map.names.allSatisfy { (0...1).contains($0.x) && (0...1).contains($0.y) })
  }

  /// Names are in the groups where people look for them, whichever picture set they are from.
  @Test(arguments: [
    ("apple", "food & drink"), ("green apple", "food & drink"), ("carrot", "food & drink"),
    ("grape", "food & drink"), ("black bear", "animals & nature"), ("fox face", "animals & nature"),
    ("flag of France", "flag"), ("elf with dark skin", "people"), ("beach", "travel & places"),
    ("dragon statue", "fantasy"),
  ])
  func namesAreInTheirGroups(_ text: String, _ group: String) throws {
    let name = try #require(map.names.first { $0.text == text })
    #expect(map.groups[name.group] == group)
  }

  /// There are landmarks for all groups, and the first of them are far apart.
  @Test func landmarksAreSpread() throws {
    #expect(map.landmarks.count > 50 && Set(map.landmarks).count == map.landmarks.count)
    let names = map.landmarks.map { map.names[$0] }
    #expect(Set(names.map(\.group)).count == map.groups.count)
    for (index, name) in names.prefix(12).enumerated() {
      for other in names.prefix(index) {
        let (x, y) = (name.x - other.x, name.y - other.y)
        #expect((x * x + y * y).squareRoot() > 0.12, "\(name.text), \(other.text)")
      }
    }
  }

  /// A typed name is at its own position on the map.
  @Test(arguments: ["apple", "sailboat", "flag of Brazil", "snowy mountains at night"])
  func aNameLiesAtItsPlace(_ text: String) async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    let embedding = try await pipeline.encode(text).pooled
    let best = try #require(map.nearest(to: embedding, count: 1).first)
    let name = map.names[best.index]
    #expect(name.text == text && best.similarity > 0.999)
    let place = map.place(of: embedding)
    #expect(abs(place.x - name.x) < 0.01 && abs(place.y - name.y) < 0.01)
  }

  @Test func oddEmbeddings() {
    #expect(map.nearest(to: [1, 2, 3], count: 5).isEmpty)
    #expect(map.nearest(to: Array(repeating: 1, count: 384), count: 0).isEmpty)
    let nothing = map.place(of: Array(repeating: 0, count: 384))
    #expect((0...1).contains(nothing.x) && (0...1).contains(nothing.y))
    #expect(map.place(of: []) == (0.5, 0.5))
  }

  @Test func brokenFilesAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("names.bin")
    #expect(throws: NameMapError.self) { try NameMap(contentsOf: url) }
    let header =
      #"{"method":"m","width":2,"groups":["g"],"names":["a","b"],"group":[0,GROUP]}"# + "\n"
    func write(_ group: Int, bytes: Int) throws {
      let text = header.replacing("GROUP", with: "\(group)")
      try (Data(text.utf8) + Data(repeating: 1, count: bytes)).write(to: url)
    }
    for (group, bytes) in [(1, 28), (-1, 28), (0, 27), (0, 0), (0, 29)] {
      try write(group, bytes: bytes)
      #expect(throws: NameMapError.self) { try NameMap(contentsOf: url) }
    }
    try write(0, bytes: 28)
    let sound = try NameMap(contentsOf: url)
    #expect(sound.names.map(\.text) == ["a", "b"] && sound.landmarks.isEmpty)
    for (landmarks, isSound) in [("[1,0]", true), ("[2]", false), ("[-1]", false)] {
      let text = header.replacing("GROUP", with: "0").replacing(
        #","group":"#, with: #","landmarks":\#(landmarks),"group":"#)
      try (Data(text.utf8) + Data(repeating: 1, count: 28)).write(to: url)
      if isSound {
        #expect(try NameMap(contentsOf: url).landmarks == [1, 0])
      } else {
        #expect(throws: NameMapError.self) { try NameMap(contentsOf: url) }
      }
    }
    try Data("no map".utf8).write(to: url)
    #expect(throws: NameMapError.self) { try NameMap(contentsOf: url) }
  }

  @Test func quickEnoughToFollowTyping() throws {
    let embedding = try Fixture.load().cases[0].embedding
    let times = (0..<9).map { _ in
      ContinuousClock().measure { _ = map.nearest(to: embedding, count: 10) }
    }
    print("nearest: \(times.sorted()[4])")
    // A median of 0.2 ms was measured; here other tests compute at the same time.
    #expect(try #require(times.min()) < .milliseconds(5))
  }
}
