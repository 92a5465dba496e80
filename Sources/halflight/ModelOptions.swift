import ArgumentParser
import Checkpoints
import Files
import Foundation
import Models
import Pictures
import Tensors

/// The model and what is added to it, as every command that paints takes them.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help:
      "A model's folder or file, or its name in Hugging Face's cache; the embedded one by default.")
  var model: String?

  @Option(help: "auto, f32 or bf16.")
  var precision: Precision = .auto

  @Option(
    help: """
      Decode latents in blended tiles of so many pixels a side; by default only what memory does not hold whole.
      """)
  var vaeTile: Int?

  @Option(
    help: ArgumentHelp(
      "A LoRA's file to add to the model, and how strongly; may be given several times.",
      valueName: "file[:weight]"))
  var lora: [LoRAArgument] = []

  func validate() throws {
    if let vaeTile, !(64...4096).contains(vaeTile) {
      throw ValidationError("--vae-tile must be 64 to 4096")
    }
  }

  /// The model as the options have it; what they leave open is as a saved picture has it.
  ///
  /// - Parameters:
  ///   - saved: The settings that are repeated, and the file they are from.
  ///   - configured: The model where none is given.
  func choice(
    repeating saved: (recipe: Recipe, file: URL)? = nil, configured: String? = nil
  ) throws -> ModelChoice {
    var choice = ModelChoice(
      path: model ?? configured, precision: precision, vaeTile: vaeTile)
    choice.additions.loras = lora.map(\.added)
    if let (recipe, file) = saved, lora.isEmpty {
      let shelf = FileShelf(beside: file, model: choice.path)
      choice.additions.loras = try recipe.loras.map { lora in
        let option = "--lora \(lora.file):\(lora.weight)"
        return ModelAdditions.LoRA(
          url: try shelf.find(lora.file, neededBy: file, option: option), weight: lora.weight)
      }
    }
    return choice
  }
}

/// `FILE` or `FILE:WEIGHT`.
struct LoRAArgument: ExpressibleByArgument {
  let path: String
  let weight: Float

  init?(argument: String) {
    // A file may have a colon in its name.
    if let colon = argument.lastIndex(of: ":"), colon > argument.startIndex,
      let weight = Float(argument[argument.index(after: colon)...]), weight.isFinite
    {
      (path, self.weight) = (String(argument[..<colon]), weight)
    } else {
      (path, weight) = (argument, 1)
    }
  }

  var added: ModelAdditions.LoRA {
    ModelAdditions.LoRA(url: UserFolders.url(path), weight: weight)
  }
}

/// Where files are looked for that a saved picture names without their folders.
struct FileShelf {
  private let folders: [URL]

  /// The current folder, the picture's, and the model's.
  init(beside picture: URL, model: String?) {
    var folders = [
      URL(fileURLWithPath: FileManager.default.currentDirectoryPath),
      picture.deletingLastPathComponent(),
    ]
    if let model {
      let url = UserFolders.url(model)
      folders += [url, url.deletingLastPathComponent()]
    }
    self.folders = folders
  }

  /// A file of this name.
  ///
  /// - Throws: ``NeededFileError`` when there is none.
  func find(_ name: String, neededBy picture: URL, option: String) throws -> URL {
    // A name is no path: it must not lead out of the folders.
    let files = folders.map { $0.appendingPathComponent((name as NSString).lastPathComponent) }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw NeededFileError(picture: picture.relativePath, name: name, option: option)
    }
    return file
  }
}

/// A picture that was made with a file which is not found.
struct NeededFileError: Error, CustomStringConvertible {
  let picture: String
  let name: String
  let option: String

  var description: String {
    "\(picture) was made with the file \(name), which is neither here nor beside the picture or the model; "
      + "say where it is with \(option)"
  }
}
