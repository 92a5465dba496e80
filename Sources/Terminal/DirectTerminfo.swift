import Foundation

/// A terminal description with 24-bit colours for systems without one: Debian has `xterm-direct` and similar entries in
/// a package that is seldom installed.
///
/// It is the terminal's own description with different colours, compiled by ncurses' `tic`.
enum DirectTerminfo {
  /// The entry's name.
  static let name = "halflight-direct"

  /// Calls `body` while ncurses can find the entry; it cannot if `tic` is missing.
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
    // Every number encodes red, green and blue; numbers below 8, which ncurses treats as palette entries, are never
    // used. The less there is to compute, the faster a screenful is written.
    let rgb = "%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d"
    let source = """
      \(name)|24-bit colours for \(terminal),
        RGB, ccc@, initc@, initp@, oc@, colors#0x1000000, pairs#0x10000,
        setaf=\\E[38;2;\(rgb)m,
        setab=\\E[48;2;\(rgb)m,
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
