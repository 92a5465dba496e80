import Checkpoints
import Files
import Foundation

/// Where the user's own files are.
package enum UserFolders {
  /// Themes and `config.toml`.
  package static var configuration: URL? {
    BaseDirectory.folder("XDG_CONFIG_HOME", usually: ".config")
  }
  /// The folder of what the program remembers.
  package static var state: URL? { BaseDirectory.folder("XDG_STATE_HOME", usually: ".local/state") }
  /// The folder of what the user keeps: favourites, models.
  package static var data: URL? { BaseDirectory.folder("XDG_DATA_HOME", usually: ".local/share") }

  /// The folder that relative paths begin in.
  package static var current: URL {
    URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  }

  /// LoRAs, beside the models that the user keeps.
  package static var loras: URL? {
    ModelFolder.modelsFolder()?.deletingLastPathComponent().appendingPathComponent("loras")
  }

  /// A path as a user writes it: `~` is the home folder, and relative paths start in the current folder.
  package static func url(_ path: String) -> URL {
    URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
  }

  /// A path as a user writes it, with relative paths in another folder.
  package static func url(_ path: String, in folder: URL) -> URL {
    path.hasPrefix("/") || path.hasPrefix("~") ? url(path) : folder.appendingPathComponent(path)
  }
}

extension URL {
  /// The path without links and detours, so that one file has one.
  package var canonicalPath: String { standardizedFileURL.resolvingSymlinksInPath().path }
}
