import Checkpoints
import Foundation

/// Where the user's own files are, by the XDG base directory specification; on macOS too.
enum UserFolders {
  /// Themes and `config.toml`.
  static var configuration: URL? { folder("XDG_CONFIG_HOME", ".config") }
  /// What the program remembers.
  static var state: URL? { folder("XDG_STATE_HOME", ".local/state") }

  /// LoRAs, beside the models that the user keeps.
  static var loras: URL? {
    ModelFolder.modelsFolder()?.deletingLastPathComponent().appendingPathComponent("loras")
  }

  private static func folder(_ variable: String, _ usual: String) -> URL? {
    let environment = ProcessInfo.processInfo.environment
    // The specification has relative paths ignored.
    if let base = environment[variable], base.hasPrefix("/") {
      return URL(fileURLWithPath: base).appendingPathComponent("halflight")
    }
    return environment["HOME"].map {
      URL(fileURLWithPath: $0).appendingPathComponent(usual).appendingPathComponent("halflight")
    }
  }

  /// A path as a user writes it: `~` is the home folder, and what is relative is so to the current folder.
  static func url(_ path: String) -> URL {
    URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
  }

  /// A path as a user writes it where another folder is the one that relative ones begin in.
  static func url(_ path: String, in folder: URL) -> URL {
    path.hasPrefix("/") || path.hasPrefix("~") ? url(path) : folder.appendingPathComponent(path)
  }
}

extension URL {
  /// The path without links and detours, so that one file has one.
  var canonicalPath: String { standardizedFileURL.resolvingSymlinksInPath().path }
}
