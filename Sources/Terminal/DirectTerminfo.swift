import Foundation

/// A terminal description with 24-bit colours for systems that have none: Debian keeps
/// `xterm-direct` and its kin in a package that is seldom installed.
///
/// It is the terminal's own description with the colours exchanged, compiled by ncurses' `tic`.
enum DirectTerminfo {
  /// The entry's name.
  static let name = "halflight-direct"

  /// Calls `body` while ncurses finds the entry; it does not if `tic` is missing.
  static func whileFound<Result>(basedOn terminal: String, _ body: () -> Result) -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "halflight-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    guard compile(basedOn: terminal, into: folder) else { return body() }
    let before = ProcessInfo.processInfo.environment["TERMINFO"]
    setenv("TERMINFO", folder.path, 1)
    defer {
      if let before { setenv("TERMINFO", before, 1) } else { unsetenv("TERMINFO") }
    }
    return body()
  }

  private static func compile(basedOn terminal: String, into folder: URL) -> Bool {
    // A number of 8 and more is red, green and blue; below that, the palette's colour.
    let rgb = "%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d"
    let source = """
      \(name)|24-bit colours for \(terminal),
        RGB, ccc@, initc@, initp@, oc@, colors#0x1000000, pairs#0x10000,
        setaf=\\E[%?%p1%{8}%<%t3%p1%d%e38;2;\(rgb)%;m,
        setab=\\E[%?%p1%{8}%<%t4%p1%d%e48;2;\(rgb)%;m,
        setf@, setb@, op=\\E[39;49m, use=\(terminal),

      """
    let file = folder.appending(path: "source")
    let tic = Process()
    tic.executableURL = URL(filePath: "/usr/bin/env")
    tic.arguments = ["tic", "-x", "-o", folder.path, file.path]
    tic.standardOutput = FileHandle.nullDevice
    tic.standardError = FileHandle.nullDevice
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(source.utf8).write(to: file)
      try tic.run()
    } catch {
      return false
    }
    tic.waitUntilExit()
    return tic.terminationStatus == 0
  }
}
