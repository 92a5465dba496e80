import Checkpoints
import Explorer
import Foundation
import Pictures
import Recipes

/// The LoRA files that were found.
enum LoRAShelf {
  /// The paths of all LoRAs in some folders, sorted by name; only the header of each file is read.
  static func paths(in folders: [URL]) -> [String] {
    var known: Set<String> = []
    let files = folders.flatMap { folder in
      (try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)) ?? []
    }
    let loras = files.filter { file in
      file.pathExtension.lowercased() == "safetensors"
        && known.insert(file.canonicalPath).inserted
        && (try? LoRAFile(contentsOf: file)) != nil
    }
    return loras.map(\.canonicalPath).sorted {
      (($0 as NSString).lastPathComponent, $0) < (($1 as NSString).lastPathComponent, $1)
    }
  }
}

extension FileShelf {
  /// The LoRAs of a saved picture; `nil` if one is not found, or if only different files have its name.
  ///
  /// - Parameter known: Paths of other LoRAs that were used.
  func loras(of recipe: Recipe, known: Set<String>) -> [ChosenLoRA]? {
    let found = recipe.loras.compactMap { lora -> ChosenLoRA? in
      let files = all(lora.file) + known.sorted().map { URL(fileURLWithPath: $0) }
      let file = files.first { file in
        guard file.lastPathComponent == lora.file, let own = try? LoRAFile(contentsOf: file) else {
          return false
        }
        return lora.hash == nil || lora.hash == own.hash()
      }
      return file.map { ChosenLoRA(path: $0.canonicalPath, weight: lora.weight) }
    }
    return found.count == recipe.loras.count ? found : nil
  }
}
