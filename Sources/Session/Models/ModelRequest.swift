import Checkpoints
import DefaultModel
import Explorer
import Foundation
import Models
import Recipes
import Tensors

/// Which model to open, how to compute with it, and what to add to it.
package struct ModelRequest: Sendable {
  /// A folder, a file or a name in the Hugging Face cache; `nil` for the embedded model.
  package var path: String?
  package var precision: Precision
  package var weights: WeightForm
  /// The side in pixels of the tiles for decoding and encoding pictures, if given.
  package var vaeTile: Int?
  package var additions = ModelAdditions()
  /// The server that computes some of its parts, if any.
  package var remote: RemoteModel?

  /// A model with nothing added.
  package init(
    path: String?, precision: Precision, weights: WeightForm = .auto, vaeTile: Int? = nil
  ) {
    self.path = path
    self.precision = precision
    self.weights = weights
    self.vaeTile = vaeTile
  }

  /// Another model, to be used in the same way, but locally and with nothing added.
  func another(at path: String?) -> ModelRequest {
    ModelRequest(path: path, precision: precision, weights: weights, vaeTile: vaeTile)
  }

  /// The same model with exactly these LoRAs.
  func with(_ loras: [ChosenLoRA]) -> ModelRequest {
    var request = self
    request.additions.loras = loras.map {
      ModelAdditions.LoRA(url: UserFolders.url($0.path), weight: $0.weight)
    }
    return request
  }

  /// The same, with the LoRAs that a prompt names in tags such as `<lora:ink:0.7>`.
  ///
  /// - Parameter folder: A folder to search besides the model's folder and the user's LoRAs.
  /// - Throws: ``MissingLoRAError`` if one is not found.
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

  /// The added LoRAs.
  var loras: [ChosenLoRA] {
    additions.loras.map { ChosenLoRA(path: $0.url.canonicalPath, weight: $0.weight) }
  }

  /// Whether a picture's settings besides the prompt and the sampling apply to this model: always for Stable Diffusion,
  /// whose files have many names; for other kinds, only if the picture's model has the same name.
  package func isMeant(by recipe: Recipe) -> Bool {
    guard let url = try? url() else { return true }
    switch ModelKind(of: url) {
    case .stableDiffusion: return true
    case .own: return (try? ModelFolder(url: url).name) == recipe.model
    case .unconditional: return HubCache.name(of: url) == recipe.model
    case .miniT2I: return (try? MiniT2IModel(contentsOf: url))?.name == recipe.model
    }
  }

  /// Its location.
  ///
  /// - Throws: ``MissingDefaultModel``, or `CheckpointError` if there is no such file, folder or name.
  private func url() throws -> URL {
    if let path { return try HubCache.locate((path as NSString).expandingTildeInPath) }
    guard let folder = DefaultModel.folder else { throw MissingDefaultModel() }
    return folder
  }

  /// A message about options that have no effect with a model.
  func idleNotes(on pipeline: Pipeline) -> [String] {
    guard vaeTile != nil else { return [] }
    let run = IdleSetting.Run(
      pipeline.signature.blank, model: pipeline.name, usesSchedule: true,
      readsPrompt: pipeline.readsPrompt, decodes: pipeline.decodes)
    return [IdleSetting.vaeTile.note(in: run)].compactMap(\.self)
  }

  /// Opens it without reading its weights.
  ///
  /// - Throws: ``MissingDefaultModel``, `RemoteError` if its server cannot be used, or like `Pipeline`.
  package func open() async throws -> Pipeline {
    var pipeline = try Pipeline(
      contentsOf: try url(), precision: precision, weights: weights, additions: additions)
    if let remote { pipeline = try await pipeline.moved(to: remote) }
    if let vaeTile { await pipeline.useTiles(of: vaeTile) }
    return pipeline
  }
}

/// A prompt names a LoRA that is not found.
package struct MissingLoRAError: Error, CustomStringConvertible {
  package let name: String

  package var description: String {
    "the prompt names the LoRA \(name), which was not found in this folder, beside the model or in ~/.local/share/halflight/loras; "
      + "put it in one of these places, give its file with --lora, or remove the tag from the prompt"
  }
}

/// The program was moved without its resources.
package struct MissingDefaultModel: Error, CustomStringConvertible {
  package init() {}

  package var description: String {
    "the embedded model is missing beside the program; build the program again or give --model FOLDER"
  }
}
