import Checkpoints
import Files
import Foundation

/// The folders of the user's own files.
package enum UserFolders {
  /// Themes and `config.toml`.
  package static var configuration: URL? {
    BaseDirectory.folder("XDG_CONFIG_HOME", usually: ".config")
  }
  /// The folder for state that the program remembers.
  package static var state: URL? { BaseDirectory.folder("XDG_STATE_HOME", usually: ".local/state") }
  /// The folder for the user's data: favourites, models.
  package static var data: URL? { BaseDirectory.folder("XDG_DATA_HOME", usually: ".local/share") }

  /// The folder that relative paths start from.
  package static var current: URL {
    URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  }

  /// The user's LoRAs, beside the user's models.
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
  /// The path without links and `..`, so that each file has only one path.
  package var canonicalPath: String { standardizedFileURL.resolvingSymlinksInPath().path }
}
