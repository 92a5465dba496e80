import Checkpoints
import Files
import Foundation

/// Where the user's own files are.
enum UserFolders {
  /// Themes and `config.toml`.
  static var configuration: URL? { BaseDirectory.folder("XDG_CONFIG_HOME", usually: ".config") }
  /// What the program remembers.
  static var state: URL? { BaseDirectory.folder("XDG_STATE_HOME", usually: ".local/state") }

  /// LoRAs, beside the models that the user keeps.
  static var loras: URL? {
    ModelFolder.modelsFolder()?.deletingLastPathComponent().appendingPathComponent("loras")
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
