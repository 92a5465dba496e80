import Foundation
import Testing

@testable import Files

/// What writes that fail, and programs that are killed, leave behind. `Tests/Faults` tries all of them.
@Suite struct FailedWriteTests {
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// A program that was killed while it appended a line may have left a part of it.
  @Test func partOfALineDoesNotJoinTheNext() throws {
    let file = LineFile(try folder().appendingPathComponent("history"))
    try Data("one\ntw".utf8).write(to: file.url)
    try file.add("three")
    try file.add("four")
    #expect(try SafeFile.read(file.url) == Data("one\ntw\nthree\nfour\n".utf8))
  }

  /// On a full disk, the part of a line that still fits is removed again.
  @Test func aLineThatDoesNotFitLeavesNothing() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = LineFile(folder.appendingPathComponent("history"))
      let long = String(repeating: "a", count: 65_000)
      try file.add(long)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 16, rlim_max: 1 << 16)
      #if os(Linux)
        let status = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      #else
        let status = setrlimit(RLIMIT_FSIZE, &limit)
      #endif
      #expect(status == 0)
      #expect {
        try file.add(String(repeating: "b", count: 1000))
      } throws: {
        ($0 as? FileError)?.kind == .full
      }
      #expect(try file.lines() == [long])
      try file.add("c")
      #expect(try file.lines() == [long, "c"])
    }
  }

  /// Without hard links, a file gets its name by a rename that replaces nothing.
  @Test func renamingReplacesNothing() throws {
    let folder = try folder()
    let (one, other) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("2"))
    try Data("one".utf8).write(to: one)
    try Data("other".utf8).write(to: other)
    let status = Renaming.toUnused(one.path, other.path)
    let number = errno
    #expect(status == -1)
    // Some file systems cannot do it.
    guard !Renaming.isUnsupported(number) else { return }
    #expect(number == EEXIST)
    #expect(try SafeFile.read(other) == Data("other".utf8))
    #expect(Renaming.toUnused(one.path, folder.path + "/3") == 0)
    #expect(try names(folder) == ["2", "3"])
  }

  @Test func foldersExchangeTheirNames() throws {
    let folder = try folder()
    let (one, other) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("2"))
    for (url, name) in [(one, "a"), (other, "b")] {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      try Data().write(to: url.appendingPathComponent(name))
    }
    guard try Renaming.exchange(one, other) else { return }
    #expect(try names(one) == ["b"])
    #expect(try names(other) == ["a"])
    #expect {
      try Renaming.exchange(one, folder.appendingPathComponent("none"))
    } throws: {
      ($0 as? FileError)?.kind == .noFolder
    }
    #expect(try names(one) == ["b"])
  }

  @Test func messagesNameTheCause() throws {
    func text(_ number: Int32) -> String { FileError(path: "a.png", number: number).description }
    #expect(text(EACCES) == "a.png cannot be used: permission denied; choose another folder")
    #expect(text(EROFS) == "a.png cannot be used: read-only file system; choose another folder")
    #expect(text(ENOSPC) == "a.png cannot be written: the disk is full; nothing was left behind")
    #expect(!text(EDQUOT).contains("the disk is full") && !text(EFBIG).contains("disk is full"))
    let file = try folder().appendingPathComponent("file")
    try Data().write(to: file)
    #expect {
      try FileManager.default.createDirectory(
        at: file.appendingPathComponent("below"), withIntermediateDirectories: true)
    } throws: {
      FileError($0, path: "below").description
        == "below cannot be used: there is a file where a folder is needed; choose another folder"
    }
  }
}
