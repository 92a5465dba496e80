import Checkpoints
import Files
import Foundation
import Pictures
import Recipes

/// Where files are looked for that a saved picture names without their folders.
package struct FileShelf: Sendable {
  let folders: [URL]

  /// These folders alone, the first that holds a file first.
  init(folders: [URL]) { self.folders = folders }

  /// The current folder, the picture's, the model's, and the one where the user's LoRAs are kept.
  package init(beside picture: URL, model: String?) {
    self.init(with: picture.deletingLastPathComponent(), model: model)
  }

  /// The same with the pictures' folder.
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

  /// The file that a saved picture names, as ``best(_:hash:by:)`` chooses it.
  ///
  /// - Throws: ``NeededFileError`` when there is none of that name.
  package func find(
    _ name: String, hash: String?, by kind: FileHash, neededBy picture: URL, option: String
  ) throws -> URL {
    guard let file = best(name, hash: hash, by: kind) else {
      throw NeededFileError(picture: picture.relativePath, name: name, option: option)
    }
    return file
  }

  /// The LoRA of a name, with or without the ending of its file.
  package func lora(_ name: String) -> URL? {
    all(name).first { $0.pathExtension.lowercased() == "safetensors" }
      ?? all(name + ".safetensors").first
  }

  /// The file of this name that has this hash; where none has it, or none is known, the first of the name.
  func best(_ name: String, hash: String?, by kind: FileHash) -> URL? {
    let files = all(name)
    // A single one is taken whatever it holds.
    guard let hash, files.count > 1 else { return files.first }
    return files.first { kind.hash(of: $0) == hash } ?? files.first
  }

  /// The files of this name, each once though folders may be the same.
  func all(_ name: String) -> [URL] {
    // A name is no path: it must not lead out of the folders.
    let files = folders.map { $0.appendingPathComponent((name as NSString).lastPathComponent) }
    var known: Set<String> = []
    return files.filter {
      FileManager.default.fileExists(atPath: $0.path) && known.insert($0.canonicalPath).inserted
    }
  }
}

/// How a picture's settings tell files of one kind apart.
package enum FileHash: Sendable {
  case lora
  case embedding
  case picture

  /// The first digits of a file's hash; `nil` where it is no such file.
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

/// A picture that was made with a file which is not found.
package struct NeededFileError: Error, CustomStringConvertible {
  package let picture: String
  package let name: String
  package let option: String

  package var description: String {
    "\(picture) was made with the file \(name), which is neither here, nor beside the picture or the model, nor among the LoRAs of ~/.local/share/halflight; "
      + "say where it is with \(option)"
  }
}
