import Checkpoints
import Explorer
import Foundation
import Pictures

/// The LoRAs that are at hand.
enum LoRAShelf {
  /// The paths of all in some folders, by their names; of a file only the head is read.
  static func paths(in folders: [URL]) -> [String] {
    var known: Set<String> = []
    let files = folders.flatMap { folder in
      (try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)) ?? []
    }
    let loras = files.filter { file in
      file.pathExtension.lowercased() == "safetensors"
        && known.insert(file.standardizedFileURL.path).inserted
        && (try? LoRAFile(contentsOf: file)) != nil
    }
    return loras.map(\.standardizedFileURL.path).sorted {
      (($0 as NSString).lastPathComponent, $0) < (($1 as NSString).lastPathComponent, $1)
    }
  }
}

extension FileShelf {
  /// The LoRAs that a saved picture was made with; `nil` where one is not found, or another file has its name.
  func loras(of recipe: Recipe) -> [ChosenLoRA]? {
    let found = recipe.loras.compactMap { lora -> ChosenLoRA? in
      guard let file = first(lora.file), let own = try? LoRAFile(contentsOf: file),
        lora.hash == nil || lora.hash == own.hash()
      else { return nil }
      return ChosenLoRA(path: file.standardizedFileURL.path, weight: lora.weight)
    }
    return found.count == recipe.loras.count ? found : nil
  }
}
