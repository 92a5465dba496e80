import Foundation
import Testing

import Files

@Suite struct LineFileTests {
  private func file() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appendingPathComponent("history")
  }

  private func mode(_ file: URL) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
  }

  @Test func linesAreAddedForTheUserAlone() throws {
    let url = try file()
    let file = LineFile(url)
    #expect(try file.lines().isEmpty)
    try file.add("a fish")
    try file.add("two\nlines 日本")
    #expect(try file.lines() == ["a fish", "two lines 日本"])
    #expect(try mode(url) == 0o600)
  }

  @Test func lineBreaksOfWindowsEndLines() throws {
    let url = try file()
    let file = LineFile(url)
    try file.add("one\r")
    try file.add("two\r\nlines")
    #expect(try file.lines() == ["one ", "two lines"])
    try Data("one\r\ntwo\n".utf8).write(to: url)
    #expect(try file.lines() == ["one", "two"])
  }

  @Test(arguments: [0o600, 0o660])
  func aShorterFileKeepsItsMode(mode wanted: Int) throws {
    let url = try file()
    let file = LineFile(url)
    for number in 0..<5 { try file.add("\(number)") }
    #expect(chmod(url.path, mode_t(wanted)) == 0)
    try file.shorten { Array($0.suffix(2)) }
    #expect(try file.lines() == ["3", "4"])
    #expect(try mode(url) == wanted)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)
        == ["history"])
  }

  /// A line appended after the file was read is still there.
  @Test func whatOthersAddedMeanwhileIsKept() throws {
    let file = LineFile(try file())
    try file.add("old")
    let read = try file.lines()
    try LineFile(file.url).add("new")
    try file.shorten { $0.filter { !read.contains($0) } }
    #expect(try file.lines() == ["new"])
  }

  /// A file that is kept elsewhere stays there.
  @Test func aLinkStaysOne() throws {
    let url = try file()
    let real = url.deletingLastPathComponent().appendingPathComponent("elsewhere")
    try Data("1\n2\n".utf8).write(to: real)
    try FileManager.default.createSymbolicLink(at: url, withDestinationURL: real)
    let file = LineFile(url)
    try file.shorten { Array($0.suffix(1)) }
    try file.add("3")
    #expect(try SafeFile.read(real) == Data("2\n3\n".utf8))
    #expect(
      try FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
        == .typeSymbolicLink)
  }

  /// Several processes append lines while others shorten the file by removing useless ones.
  @Test func noLineIsLost() async throws {
    let file = LineFile(try file(), patience: .seconds(60))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          for number in 0..<50 {
            try file.add("\(writer) \(number)")
            try file.add("of no use")
          }
        }
      }
      group.addTask {
        for _ in 0..<50 {
          try? file.shorten { $0.filter { $0 != "of no use" } }
          await Task.yield()
        }
      }
      try await group.waitForAll()
    }
    let wanted = Set((0..<4).flatMap { writer in (0..<50).map { "\(writer) \($0)" } })
    let kept = try file.lines().filter { $0 != "of no use" }
    #expect(kept.count == 200 && Set(kept) == wanted)
  }

  /// A file locked by another process does not block an interface.
  @Test func aHeldLockIsNotWaitedForWithoutEnd() throws {
    let url = try file()
    let file = LineFile(url, patience: .milliseconds(20))
    try file.add("1")
    let descriptor = open(url.path, O_RDONLY)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    defer { close(descriptor) }
    try file.add("2")
    try file.shorten { _ in [] }
    #expect(try file.lines() == ["1", "2"])
  }
}
