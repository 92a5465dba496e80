import Foundation
import Testing

/// What installations that were killed leave behind. `Tests/Faults` kills them at every moment.
@Suite struct KilledInstallationTests {
  /// It is removed by the next installation, and by uninstalling; what a running process is writing stays.
  @Test func temporaryFilesAreRemoved() throws {
    let manager = FileManager.default
    let folder = try CommandTests.folder()
    let ended = Process()
    ended.executableURL = URL(fileURLWithPath: "/bin/sh")
    ended.arguments = ["-c", "true"]
    try ended.run()
    ended.waitUntilExit()
    let (dead, alive) = (ended.processIdentifier, ProcessInfo.processInfo.processIdentifier)
    func leave() throws {
      for part in ["bin", "share"] {
        for name in ["\(dead)-new", "\(dead)-old", "\(alive)-new"] {
          let left = folder.appendingPathComponent("\(part)/halflight.halflight-\(name)")
          try manager.createDirectory(at: left, withIntermediateDirectories: true)
        }
      }
    }
    func names(_ part: String) throws -> [String] {
      try manager.contentsOfDirectory(atPath: folder.appendingPathComponent(part).path)
        .filter { $0.hasPrefix("halflight") }.sorted()
    }
    let kept = "halflight.halflight-\(alive)-new"
    for (command, expected) in [("install", ["halflight", kept]), ("uninstall", [kept])] {
      try leave()
      let outcome = try CommandTests.run([command, "--prefix", folder.path], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(try names("bin") == expected)
      #expect(try names("share") == expected)
    }
  }

  /// An earlier installation is replaced completely, and nothing of it or beside it is left.
  @Test func anEarlierInstallationIsExchanged() throws {
    let manager = FileManager.default
    let folder = try CommandTests.folder()
    let (bin, share) = (
      folder.appendingPathComponent("bin"), folder.appendingPathComponent("share/halflight")
    )
    for url in [bin, share] {
      try manager.createDirectory(at: url, withIntermediateDirectories: true)
      try Data("earlier".utf8).write(to: url.appendingPathComponent("halflight"))
    }
    let outcome = try CommandTests.run(["install", "--prefix", folder.path], in: folder)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(try manager.contentsOfDirectory(atPath: bin.path) == ["halflight"])
    #expect(try Data(contentsOf: bin.appendingPathComponent("halflight")).count > 1000)
    #expect(!manager.fileExists(atPath: share.appendingPathComponent("halflight").path))
    #expect(
      try manager.contentsOfDirectory(atPath: share.deletingLastPathComponent().path)
        .filter { $0.hasPrefix("halflight") } == ["halflight"])
  }
}
