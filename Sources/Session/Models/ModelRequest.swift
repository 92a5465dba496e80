import Checkpoints
import DefaultModel
import Explorer
import Foundation
import Models
import Recipes
import Tensors

/// Which model to open, how to compute with it, and what to add to it.
package struct ModelRequest: Sendable {
  /// A folder, a file or a name in Hugging Face's cache; `nil` for the embedded model.
  package var path: String?
  package var precision: Precision
  package var weights: WeightForm
  /// Pixels along the side of the tiles that pictures are decoded and encoded in, where that was asked for.
  package var vaeTile: Int?
  package var additions = ModelAdditions()

  /// A model with nothing added.
  package init(
    path: String?, precision: Precision, weights: WeightForm = .auto, vaeTile: Int? = nil
  ) {
    self.path = path
    self.precision = precision
    self.weights = weights
    self.vaeTile = vaeTile
  }

  /// Another model, to be used in the same way but with nothing added.
  func another(at path: String?) -> ModelRequest {
    ModelRequest(path: path, precision: precision, weights: weights, vaeTile: vaeTile)
  }

  /// The same model with these LoRAs and no others.
  func with(_ loras: [ChosenLoRA]) -> ModelRequest {
    var request = self
    request.additions.loras = loras.map {
      ModelAdditions.LoRA(url: UserFolders.url($0.path), weight: $0.weight)
    }
    return request
  }

  /// The same with the LoRAs that a prompt names in tags, such as `<lora:ink:0.7>`.
  ///
  /// - Parameter folder: Where they may be, beside the model's folder and the user's LoRAs.
  /// - Throws: ``MissingLoRAError`` for one that is not there.
  package func adding(lorasOf prompt: String, with folder: URL) throws -> ModelRequest {
    var request = self
    let shelf = FileShelf(with: folder, model: path)
    for lora in TaggedPrompt(prompt).loras {
      let isAdded = request.additions.loras.contains {
        $0.url.deletingPathExtension().lastPathComponent == lora.name
      }
      // A command-line option takes precedence.
      if isAdded { continue }
      guard let file = shelf.lora(lora.name) else { throw MissingLoRAError(name: lora.name) }
      request.additions.loras.append(ModelAdditions.LoRA(url: file, weight: lora.weight))
    }
    return request
  }

  /// The LoRAs that are added.
  var loras: [ChosenLoRA] {
    additions.loras.map { ChosenLoRA(path: $0.url.canonicalPath, weight: $0.weight) }
  }

  /// Whether what a picture's settings say beside the prompt and the sampling is meant for it: always for Stable Diffusion,
  /// whose files have many names; for other kinds only where the picture is of a model of the same name.
  package func isMeant(by recipe: Recipe) -> Bool {
    guard let url = try? url() else { return true }
    switch ModelKind(of: url) {
    case .stableDiffusion: return true
    case .own: return (try? ModelFolder(url: url).name) == recipe.model
    case .unconditional: return HubCache.name(of: url) == recipe.model
    }
  }

  /// Where it is.
  ///
  /// - Throws: ``MissingDefaultModel``, or `CheckpointError` where there is no such file, folder or name.
  private func url() throws -> URL {
    if let path { return try HubCache.locate((path as NSString).expandingTildeInPath) }
    guard let folder = DefaultModel.folder else { throw MissingDefaultModel() }
    return folder
  }

  /// Opens it; of its weights nothing is read yet.
  ///
  /// - Throws: ``MissingDefaultModel``, or as `Pipeline` does.
  package func open() async throws -> Pipeline {
    let pipeline = try Pipeline(
      contentsOf: try url(), precision: precision, weights: weights, additions: additions)
    if let vaeTile { await pipeline.useTiles(of: vaeTile) }
    return pipeline
  }
}

/// A prompt names a LoRA that is not found.
package struct MissingLoRAError: Error, CustomStringConvertible {
  package let name: String

  package var description: String {
    "the prompt names the LoRA \(name), which is neither here, nor beside the model, nor in ~/.local/share/halflight/loras; "
      + "put it there, give its file with --lora, or remove the tag from the prompt"
  }
}

/// The program was moved without the resources beside it.
package struct MissingDefaultModel: Error, CustomStringConvertible {
  package init() {}

  package var description: String {
    "the embedded model is missing beside the program; build it again or give --model FOLDER"
  }
}
