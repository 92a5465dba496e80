import ArgumentParser
import Files
import Foundation

/// The files of an installed program.
struct Installation {
  /// The folder that contains all of them.
  let prefix: URL

  /// The folder of the program's file.
  var bin: URL { prefix.appendingPathComponent("bin") }
  private var program: URL { bin.appendingPathComponent("halflight") }
  /// The folder of the resources.
  private var share: URL { prefix.appendingPathComponent("share/halflight") }

  /// The completions of each shell.
  static let completions: [(shell: CompletionShell, path: String)] = [
    (.bash, "share/bash-completion/completions/halflight"),
    (.zsh, "share/zsh/site-functions/_halflight"),
    (.fish, "share/fish/vendor_completions.d/halflight.fish"),
  ]
  private static let manualPage = "share/man/man1/halflight.1"

  private var texts: [(url: URL, contents: String)] {
    let completions = Self.completions.map { shell, path in
      let script = FullHelp.$listsRareOptions.withValue(true) {
        Halflight.completionScript(for: shell)
      }
      return (prefix.appendingPathComponent(path), script)
    }
    return completions + [(prefix.appendingPathComponent(Self.manualPage), ManualPage.text)]
  }

  /// All files and folders that an installation consists of.
  private var places: [URL] {
    [program, share]
      + (Self.completions.map(\.path) + [Self.manualPage]).map { prefix.appendingPathComponent($0) }
  }

  /// A path as a person writes it, with `~` for the home folder.
  static func shown(_ path: String) -> String {
    let home = FileManager.default.homeDirectoryForCurrentUser.path
    return path == home || path.hasPrefix(home + "/") ? "~" + path.dropFirst(home.count) : path
  }

  /// Writes all files and replaces those of an earlier installation.
  ///
  /// - Parameter source: The program to copy.
  /// - Returns: The paths of the written files.
  /// - Throws: ``MissingProgramFiles`` if the program's resources are not found, `FileError`.
  func write(from source: URL) throws -> [String] {
    let resources = ResourceFolder.all(beside: source)
    guard !resources.isEmpty else {
      throw MissingProgramFiles(path: source.deletingLastPathComponent().path)
    }
    var written: [String] = []
    // A link to the build is replaced by a copy.
    let isItself =
      source.path == bin.resolvingSymlinksInPath().appendingPathComponent("halflight").path
    if !isItself {
      // Both are complete before either is replaced: a program needs the resources of its own release.
      for url in [program, share] { Self.removeStale(beside: url, endings: [Self.newEnding]) }
      let (newProgram, newShare) = (Self.unfinished(program), Self.unfinished(share))
      // Afterwards, these contain the earlier installation.
      defer { for url in [newProgram, newShare] { try? FileManager.default.removeItem(at: url) } }
      for folder in [bin, newShare] { try Self.makeFolder(folder) }
      for folder in resources {
        try Self.copy(folder, to: newShare.appendingPathComponent(folder.lastPathComponent))
      }
      try Self.copy(source, to: newProgram)
      try Self.exchange(share, newShare)
      do {
        try Self.exchange(program, newProgram)
      } catch {
        try? Self.exchange(share, newShare)
        throw error
      }
      removeStale()
      written = [program.path, share.path]
    }
    for (url, contents) in texts {
      try Self.makeFolder(url.deletingLastPathComponent())
      try SafeFile.write(Data(contents.utf8), to: url, force: true)
      written.append(url.path)
    }
    return written
  }

  /// Removes the files that ``write(from:)`` writes.
  ///
  /// - Returns: The paths of the removed files.
  /// - Throws: `FileError` if something cannot be removed.
  func remove() throws -> [String] {
    removeStale()
    return try places.filter(Self.isThere).map { url in
      do {
        try FileManager.default.removeItem(at: url)
      } catch {
        throw FileError(error, path: url.path)
      }
      return url.path
    }
  }

  /// Whether a file, a folder or a link exists, even a broken link.
  private static func isThere(_ url: URL) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: url.path)) != nil
  }

  // MARK: Replacing

  /// The temporary name of a new file or folder; nothing exists there.
  private static func unfinished(_ url: URL) -> URL {
    let new = url.appendingPathExtension(mark + newEnding)
    try? FileManager.default.removeItem(at: new)
    return new
  }

  /// The beginning of the extension of a temporary name, followed by the number of the process.
  private static let markPrefix = "halflight-"
  private static let mark = markPrefix + "\(ProcessInfo.processInfo.processIdentifier)"
  private static let (newEnding, oldEnding) = ("-new", "-old")

  /// Removes what interrupted installations left behind.
  private func removeStale() {
    for url in [program, share] {
      Self.removeStale(beside: url, endings: [Self.newEnding, Self.oldEnding])
    }
  }

  /// Removes temporary files and folders of this file or folder whose processes have ended.
  private static func removeStale(beside url: URL, endings: [String]) {
    let manager = FileManager.default
    let folder = url.deletingLastPathComponent()
    let beginning = "\(url.lastPathComponent).\(markPrefix)"
    for name in (try? manager.contentsOfDirectory(atPath: folder.path)) ?? []
    where name.hasPrefix(beginning) {
      let rest = name.dropFirst(beginning.count)
      guard let ending = endings.first(where: rest.hasSuffix),
        let process = Int32(rest.dropLast(ending.count)), process > 0,
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? manager.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// Exchanges a file or folder with another, or renames the one that exists.
  ///
  /// Even if the program is killed meanwhile, a complete file exists, unless the file system cannot exchange names.
  private static func exchange(_ url: URL, _ new: URL) throws {
    let manager = FileManager.default
    do {
      guard isThere(url) else { return try manager.moveItem(at: new, to: url) }
      guard isThere(new) else { return try manager.moveItem(at: url, to: new) }
      if try Renaming.exchange(new, url) { return }
      let old = url.appendingPathExtension(mark + oldEnding)
      try manager.moveItem(at: url, to: old)
      do {
        try manager.moveItem(at: new, to: url)
      } catch {
        try? manager.moveItem(at: old, to: url)
        throw error
      }
      try manager.moveItem(at: old, to: new)
    } catch {
      throw FileError(error, path: url.path)
    }
  }

  private static func makeFolder(_ url: URL) throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw FileError(error, path: url.path)
    }
  }

  private static func copy(_ from: URL, to: URL) throws {
    do {
      try FileManager.default.copyItem(at: from, to: to)
    } catch {
      throw FileError(error, path: to.path)
    }
  }
}
