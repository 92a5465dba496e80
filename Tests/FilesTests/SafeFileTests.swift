import Foundation
import Testing

import Files

@Suite struct SafeFileTests {
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  @Test func neverOverwritesUnlessForced() throws {
    let folder = try folder()
    let file = folder.appendingPathComponent("a.png")
    try SafeFile.write(Data("one".utf8), to: file)
    #expect {
      try SafeFile.write(Data("two".utf8), to: file)
    } throws: {
      ($0 as? FileError)?.kind == .exists
    }
    #expect(try SafeFile.read(file) == Data("one".utf8))
    try SafeFile.write(Data("two".utf8), to: file, force: true)
    #expect(try SafeFile.read(file) == Data("two".utf8))
    #expect(SafeFile.unused("a", in: folder, extension: "png").lastPathComponent == "a-2.png")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.png"])
  }

  @Test func foldersAndDevicesAreNeverReplaced() throws {
    let folder = try folder()
    for url in [folder, URL(fileURLWithPath: "/dev/null")] {
      #expect(throws: FileError.self) { try SafeFile.write(Data("x".utf8), to: url, force: true) }
      #expect(throws: FileError.self) { try SafeFile.check(url, force: true) }
    }
  }

  @Test func whatNeverEndsIsNotRead() throws {
    let folder = try folder()
    let pipe = folder.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    for url in [pipe, folder, URL(fileURLWithPath: "/dev/zero")] {
      #expect(throws: FileError.self) { try SafeFile.read(url) }
    }
    let file = folder.appendingPathComponent("long")
    try SafeFile.write(Data(count: 100), to: file)
    #expect(throws: FileError.self) { try SafeFile.read(file, limit: 99) }
    #expect(try SafeFile.read(file, limit: 100).count == 100)
  }

  @Test func aMissingFolderIsNamed() throws {
    let file = try folder().appendingPathComponent("none/a.png")
    #expect {
      try SafeFile.write(Data(), to: file)
    } throws: {
      ($0 as? FileError)?.kind == .noFolder
    }
    #expect {
      try SafeFile.check(file, force: false)
    } throws: {
      ($0 as? FileError)?.kind == .noFolder
    }
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func theFirstFreeNameIsTaken() throws {
    let folder = try folder()
    for number in 1...3 {
      let file = try SafeFile.writeUnused(
        Data("\(number)".utf8), name: "a", in: folder, extension: "png")
      #expect(try SafeFile.read(file) == Data("\(number)".utf8))
    }
    #expect(try names(folder) == ["a-2.png", "a-3.png", "a.png"])
    try FileManager.default.removeItem(at: folder.appendingPathComponent("a-2.png"))
    // A folder with that name is an obstacle, just like a file.
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("a-2.png"), withIntermediateDirectories: false)
    let file = try SafeFile.writeUnused(Data(), name: "a", in: folder, extension: "png")
    #expect(file.lastPathComponent == "a-4.png")
  }

  /// Concurrent writers each get a complete file.
  @Test func noTwoTakeTheSameName() async throws {
    let folder = try folder()
    let files = try await withThrowingTaskGroup(of: (Int, URL).self) { group in
      for number in 0..<40 {
        group.addTask {
          let data = Data("\(number)".utf8)
          return (
            number, try SafeFile.writeUnused(data, name: "a", in: folder, extension: "png")
          )
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(files.map(\.1)).count == 40)
    #expect(try names(folder).count == 40)
    let mask = umask(0)
    umask(mask)
    for (number, file) in files {
      #expect(try SafeFile.read(file) == Data("\(number)".utf8))
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
      #expect(mode as? Int == 0o666 & ~Int(mask))
    }
  }

  @Test func longNamesAreCutBetweenCharacters() throws {
    let folder = try folder()
    for name in [String(repeating: "a", count: 300), String(repeating: "👩‍🎨é", count: 40)] {
      for number in [1, 2] {
        let file = try SafeFile.writeUnused(Data(), name: name, in: folder, extension: "png")
        let length = file.lastPathComponent.utf8.count
        #expect((240...255).contains(length))
        let end = number == 1 ? ".png" : "-2.png"
        #expect(file.lastPathComponent.hasSuffix(end))
        #expect(name.hasPrefix(file.lastPathComponent.dropLast(end.count)))
        #expect(FileManager.default.fileExists(atPath: file.path))
      }
    }
    // A name as long as can be is also one that a file is written under.
    let longest = folder.appendingPathComponent(String(repeating: "b", count: 255))
    try SafeFile.write(Data("x".utf8), to: longest)
    #expect(try SafeFile.read(longest) == Data("x".utf8))
  }

  @Test func aNameThatIsTooLongIsKnownBeforeTheWork() throws {
    let folder = try folder()
    let name = String(repeating: "é", count: 200)
    let file = SafeFile.unused(name, in: folder, extension: "png")
    try SafeFile.check(file, force: false)
    try SafeFile.write(Data(), to: file)
    let next = SafeFile.unused(name, in: folder, extension: "png")
    #expect(next.lastPathComponent.hasSuffix("é-2.png"))
    try SafeFile.check(next, force: false)
    let long = folder.appendingPathComponent(name)
    for force in [false, true] {
      #expect(throws: FileError.self) { try SafeFile.check(long, force: force) }
    }
  }

  private func mode(_ file: URL) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
  }

  @Test(arguments: [0o600, 0o640, 0o444])
  func aFileThatIsReplacedKeepsItsMode(mode wanted: Int) throws {
    let folder = try folder()
    let file = folder.appendingPathComponent("a.png")
    try SafeFile.write(Data("one".utf8), to: file)
    #expect(chmod(file.path, mode_t(wanted)) == 0)
    try SafeFile.write(Data("two".utf8), to: file, force: true)
    #expect(try SafeFile.read(file) == Data("two".utf8))
    #expect(try mode(file) == wanted)
    // A file beside it is new, and keeps nothing from it.
    let other = try SafeFile.writeUnused(Data(), name: "a", in: folder, extension: "png")
    let mask = umask(0)
    umask(mask)
    #expect(try mode(other) == 0o666 & ~Int(mask))
  }

  /// Only root may give files away.
  @Test(.enabled(if: geteuid() == 0)) func aFileThatIsReplacedKeepsItsOwner() throws {
    let file = try folder().appendingPathComponent("a.png")
    try SafeFile.write(Data("one".utf8), to: file)
    #expect(chown(file.path, 1234, 2345) == 0)
    try SafeFile.write(Data("two".utf8), to: file, force: true)
    let facts = try FileManager.default.attributesOfItem(atPath: file.path)
    #expect(facts[.ownerAccountID] as? Int == 1234)
    #expect(facts[.groupOwnerAccountID] as? Int == 2345)
  }

  /// The unfinished file of a killed program is removed when the next file is saved there; a file that another program
  /// is still writing stays, and so does any file that only has such a name.
  @Test func whatAKilledProgramLeftIsRemoved() throws {
    let folder = try folder()
    func make(_ name: String, age: TimeInterval) throws -> URL {
      let file = folder.appendingPathComponent(name)
      try Data("half".utf8).write(to: file)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: file.path)
      return file
    }
    _ = try make(".halflight-stale1", age: 120)
    _ = try make(".halflight-newone", age: 0)
    _ = try make(".halflight-other-name", age: 120)
    _ = try make("picture", age: 120)
    let locked = try make(".halflight-locked", age: 120)
    let descriptor = open(locked.path, O_RDWR)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    defer { close(descriptor) }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent(".halflight-folder"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/.halflight-linked", withDestinationPath: "picture")
    #expect(mkfifo(folder.path + "/.halflight-a_pipe", 0o600) == 0)

    try SafeFile.write(Data(), to: folder.appendingPathComponent("a.png"))
    #expect(
      try names(folder) == [
        ".halflight-a_pipe", ".halflight-folder", ".halflight-linked", ".halflight-locked",
        ".halflight-newone", ".halflight-other-name", "a.png", "picture",
      ])
  }

  /// A program that takes long to write a file holds a lock on it until the file has its name.
  @Test func aFileBeingWrittenIsLocked() throws {
    let folder = try folder()
    do {
      let pending = try PendingFile(standingFor: folder.appendingPathComponent("a.png"))
      let name = try #require(try names(folder).first(where: PendingFile.isUnfinished))
      let descriptor = open(folder.path + "/" + name, O_RDWR)
      defer { close(descriptor) }
      try pending.append(Data("whole".utf8))
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      try pending.finish()
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      try pending.takeName(force: false)
    }
    #expect(try names(folder) == ["a.png"])
  }

  @Test func slashesDoNotLeaveTheFolder() throws {
    let folder = try folder()
    let file = try SafeFile.writeUnused(Data(), name: "../a/b", in: folder, extension: "png")
    #expect(file.lastPathComponent == "..-a-b.png")
    #expect(try names(folder) == ["..-a-b.png"])
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    let folder = try folder().appendingPathComponent("none")
    #expect {
      try SafeFile.writeUnused(Data(), name: "a", in: folder, extension: "png")
    } throws: {
      $0 as? FileError
        == FileError(
          .noFolder, path: folder.path + "/a.png", reason: "No such file or directory")
    }
  }

  /// Root may write anywhere, so that there is nothing to see.
  @Test(.enabled(if: geteuid() != 0)) func aFolderThatMayNotBeWrittenIsSaid() throws {
    let folder = try folder()
    #expect(chmod(folder.path, 0o500) == 0)
    defer { chmod(folder.path, 0o700) }
    #expect {
      try SafeFile.writeUnused(Data(), name: "a", in: folder, extension: "png")
    } throws: {
      ($0 as? FileError)?.kind == .notAllowed
    }
    #expect(try names(folder).isEmpty)
  }
}
