import Foundation
import Testing

@testable import halflight

/// The program installed below a folder of its own, as somebody without the sources has it.
@Suite struct InstallTests {
  private func run(_ program: URL, _ arguments: [String], in folder: URL) throws -> (
    status: Int32, text: String
  ) {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    var environment = ProcessInfo.processInfo.environment
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "HF_HUB_CACHE"] {
      environment[name] = folder.appendingPathComponent("home").path
    }
    process.environment = environment
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let text = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  @Test func installingUpgradingAndUninstalling() throws {
    let manager = FileManager.default
    let folder = try CommandTests.folder()
    let prefix = folder.appendingPathComponent("a prefix")
    let install = ["install", "--prefix", prefix.path]
    let first = try run(CommandTests.program, install, in: folder)
    #expect(first.status == 0, "\(first.text)")
    #expect(first.text.contains("not on your PATH"))
    let program = prefix.appendingPathComponent("bin/halflight")
    for path in [
      "share/bash-completion/completions/halflight", "share/zsh/site-functions/_halflight",
      "share/fish/vendor_completions.d/halflight.fish", "share/man/man1/halflight.1",
    ] {
      let text = try String(contentsOf: prefix.appendingPathComponent(path), encoding: .utf8)
      #expect(text.contains("render"), "\(path)")
      // An option that `--help` leaves out; a manual page has its dashes with backslashes.
      #expect(text.replacing("\\-", with: "-").contains("clip-skip"), "\(path)")
    }
    // Through a link from elsewhere, without the build.
    let link = folder.appendingPathComponent("linked")
    try manager.createSymbolicLink(at: link, withDestinationURL: program)
    let painted = try run(link, ["render", "a cat", "--steps", "1", "-o", "cat.png"], in: folder)
    #expect(painted.status == 0, "\(painted.text)")
    #expect(manager.fileExists(atPath: folder.appendingPathComponent("cat.png").path))
    // A file of an earlier release does not stay.
    let stale = prefix.appendingPathComponent("share/halflight/stale")
    try Data().write(to: stale)
    #expect(try run(CommandTests.program, install, in: folder).status == 0)
    #expect(!manager.fileExists(atPath: stale.path))
    let names = try manager.contentsOfDirectory(
      atPath: prefix.appendingPathComponent("bin").path)
    #expect(names == ["halflight"])
    // Installed onto itself, it stays as it is.
    #expect(try run(program, install, in: folder).status == 0)
    #expect(try run(program, ["--version"], in: folder).status == 0)

    let removed = try run(program, ["uninstall", "--prefix", prefix.path], in: folder)
    #expect(removed.status == 0 && removed.text.contains("removed"))
    let left = manager.enumerator(atPath: prefix.path)?.allObjects as? [String] ?? []
    #expect(left.allSatisfy { !$0.hasSuffix("halflight") && !$0.contains("halflight.") })
    let again = try run(CommandTests.program, ["uninstall", "--prefix", prefix.path], in: folder)
    #expect(again.text.contains("nothing is installed"))
  }

  /// Copied without its resources, the program reports what is missing instead of crashing.
  @Test func withoutItsResources() throws {
    let folder = try CommandTests.folder()
    let alone = folder.appendingPathComponent("halflight")
    try FileManager.default.copyItem(at: CommandTests.program, to: alone)
    for arguments in [
      ["render", "a cat"], ["install", "--prefix", folder.path], ["models"], ["explore"], ["tour"],
      ["train", "--data", "none", "--output", "model"],
    ] {
      let outcome = try run(alone, arguments, in: folder)
      #expect(outcome.status == 69, "\(outcome.text)")
      #expect(outcome.text.contains(" again"), "\(outcome.text)")
      #expect(outcome.text.split(separator: "\n").count == 1, "\(outcome.text)")
    }
  }

  /// A link to the build works by itself, and installing over it makes a copy.
  @Test func aLinkToTheBuild() throws {
    let manager = FileManager.default
    let folder = try CommandTests.folder()
    let program = folder.appendingPathComponent("bin/halflight")
    try manager.createDirectory(
      at: program.deletingLastPathComponent(), withIntermediateDirectories: true)
    try manager.createSymbolicLink(at: program, withDestinationURL: CommandTests.program)
    let listed = try run(program, ["models"], in: folder)
    #expect(listed.status == 0 && listed.text.hasPrefix("mini"), "\(listed.text)")
    let installed = try run(program, ["install", "--prefix", folder.path], in: folder)
    #expect(installed.status == 0, "\(installed.text)")
    let type = try manager.attributesOfItem(atPath: program.path)[.type] as? FileAttributeType
    #expect(type == .typeRegular)
    #expect(manager.fileExists(atPath: folder.appendingPathComponent("share/halflight").path))
    #expect(manager.isExecutableFile(atPath: CommandTests.program.path))
  }

  /// If the program cannot be replaced, neither are its resources, and nothing unfinished is left.
  @Test func anUpgradeThatFailsChangesNothing() throws {
    let manager = FileManager.default
    let folder = try CommandTests.folder()
    let share = folder.appendingPathComponent("share/halflight")
    try manager.createDirectory(at: share, withIntermediateDirectories: true)
    try Data().write(to: share.appendingPathComponent("earlier"))
    try Data().write(to: folder.appendingPathComponent("bin"))
    let outcome = try run(CommandTests.program, ["install", "--prefix", folder.path], in: folder)
    #expect(outcome.status == 73, "\(outcome.text)")
    #expect(try manager.contentsOfDirectory(atPath: share.path) == ["earlier"])
    #expect(
      try manager.contentsOfDirectory(atPath: share.deletingLastPathComponent().path)
        == ["halflight"])
  }

  @Test func shellsAreToldWhatTheyLack() {
    func notes(
      _ shell: String, _ prefix: String = "/home/a b/.local", path: String = "/usr/bin"
    ) -> [String] {
      ShellSetup(environment: ["SHELL": "/bin/\(shell)", "PATH": path, "HOME": "/home/a b"])
        .notes(for: Installation(prefix: URL(fileURLWithPath: prefix)))
    }
    let bin = "/home/a b/.local/bin"
    #expect(
      notes("bash", path: "/bin:\(bin)") == ["halflight is ready: \(bin) is on your PATH"])
    let lacks = "\(bin) is not on your PATH. Add this line to"
    #expect(notes("bash") == ["\(lacks) ~/.bashrc: export PATH='\(bin)':\"$PATH\""])
    #expect(notes("fish").first?.hasSuffix(": fish_add_path '\(bin)'") == true)
    #expect(notes("dash").first?.hasPrefix("\(lacks) your shell's startup file") == true)
    let zsh = notes("zsh")
    #expect(
      zsh.count == 2
        && zsh[1].hasSuffix("fpath=('/home/a b/.local/share/zsh/site-functions' $fpath)"))
    // Elsewhere no shell looks by itself.
    #expect(
      notes("bash", "/opt/h").last?.hasSuffix(
        ": source /opt/h/share/bash-completion/completions/halflight") == true)
    for shell in ["bash", "zsh", "fish"] { #expect(notes(shell, "/usr/local").count == 1) }
  }

  @Test func aPrefixThatCannotBeWritten() throws {
    let folder = try CommandTests.folder()
    let file = folder.appendingPathComponent("file")
    try Data().write(to: file)
    let outcome = try run(CommandTests.program, ["install", "--prefix", file.path], in: folder)
    #expect(outcome.status == 73, "\(outcome.text)")
  }
}
