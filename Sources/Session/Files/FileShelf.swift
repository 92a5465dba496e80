import Checkpoints
import Files
import Foundation
import Pictures
import Recipes

/// The folders searched for files that a saved picture names without a folder.
package struct FileShelf: Sendable {
  let folders: [URL]

  /// Searches only these folders, in this order.
  init(folders: [URL]) { self.folders = folders }

  /// The current folder, the picture's, the model's, and the user's LoRA folder.
  package init(beside picture: URL, model: String?) {
    self.init(with: picture.deletingLastPathComponent(), model: model)
  }

  /// The same folders, with the folder of pictures added.
  package init(with folder: URL, model: String?) {
    var folders = [UserFolders.current, folder]
    if let model {
      let url =
        (try? HubCache.locate((model as NSString).expandingTildeInPath)) ?? UserFolders.url(model)
      folders += [url, url.deletingLastPathComponent()]
    }
    if let loras = UserFolders.loras { folders.append(loras) }
    self.folders = folders
  }

  /// Finds a file named in a saved picture, chosen by ``best(_:hash:by:)``.
  ///
  /// - Throws: ``NeededFileError`` if no file has the name.
  package func find(
    _ name: String, hash: String?, by kind: FileHash, neededBy picture: URL, option: String
  ) throws -> URL {
    guard let file = best(name, hash: hash, by: kind) else {
      throw NeededFileError(picture: picture.relativePath, name: name, option: option)
    }
    return file
  }

  /// Finds a LoRA by name, with or without its file extension.
  package func lora(_ name: String) -> URL? {
    all(name).first { $0.pathExtension.lowercased() == "safetensors" }
      ?? all(name + ".safetensors").first
  }

  /// The file with this name and hash; if none has the hash, or no hash is known, the first file with the name.
  func best(_ name: String, hash: String?, by kind: FileHash) -> URL? {
    let files = all(name)
    // A single file is used whatever it contains.
    guard let hash, files.count > 1 else { return files.first }
    return files.first { kind.hash(of: $0) == hash } ?? files.first
  }

  /// The files with this name, each only once even if folders are the same.
  func all(_ name: String) -> [URL] {
    // A name is not a path: it must not lead out of the folders.
    let files = folders.map { $0.appendingPathComponent((name as NSString).lastPathComponent) }
    var known: Set<String> = []
    return files.filter {
      FileManager.default.fileExists(atPath: $0.path) && known.insert($0.canonicalPath).inserted
    }
  }
}

/// The kinds of files that a picture's settings identify by a hash.
package enum FileHash: Sendable {
  case lora
  case embedding
  case picture

  /// The first digits of a file's hash; `nil` if it is not such a file.
  func hash(of file: URL) -> String? {
    switch self {
    case .lora: try? LoRAFile(contentsOf: file).hash()
    case .embedding: try? EmbeddingFile(contentsOf: file).hash()
    case .picture:
      (try? SafeFile.read(file, limit: PictureFile.longestFile)).map {
        Recipe.StartingPicture.hash(of: $0)
      }
    }
  }
}

/// A file used for a picture was not found.
package struct NeededFileError: Error, CustomStringConvertible {
  package let picture: String
  package let name: String
  package let option: String

  package var description: String {
    "\(picture) was made with the file \(name), which was not found in this folder, beside the picture or the model, or among the LoRAs in ~/.local/share/halflight; "
      + "give its path with \(option)"
  }
}
