import ArgumentParser
import Diffusion
import Foundation
import Models
import Recipes
import Session
import Tensors

extension Precision: ExpressibleByArgument {}
extension WeightForm: ExpressibleByArgument {}

/// The options for the model and its additions, shared by every command that paints.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help:
      "A model's folder or file, or its name in the Hugging Face cache; the embedded model by default.",
    completion: .file())
  var model: String?

  @Option(help: .rare("The number format to compute in."))
  var precision: Precision = .auto

  @Option(
    help: .rare(
      """
      How to store the network's weights: whole, 8-bit (half or a quarter of the memory, slightly \
      different pictures), or auto, which means 8-bit for large files of 8 bits or less.
      """))
  var weights: WeightForm?

  @Option(
    help: .rare(
      """
      Decode and encode pictures in blended tiles of this many pixels a side; by default, only \
      pictures that do not fit in memory are tiled.
      """))
  var vaeTile: Int?

  @Option(
    help: ArgumentHelp(
      "A LoRA file to add to the model, with its weight; may be given several times.",
      valueName: "file[:weight]"),
    completion: .file())
  var lora: [LoRAArgument] = []

  @Option(
    help: .rare(
      """
      A textual inversion file, which adds a word to prompts: the given name, or the one in the \
      file, or the file's name. May be given several times.
      """,
      valueName: "[name=]file"),
    completion: .file())
  var embedding: [EmbeddingArgument] = []

  @Option(
    help: .rare(
      "The text encoder's layer to use, counted from the end: 1 is the last, 2 the second to last; the model's own by default."
    ))
  var clipSkip: Int?

  @Option(
    help: .rare(
      "What the network predicts, overriding the model's files."
    ))
  var prediction: Prediction?

  @OptionGroup var server: RemoteOptions

  func validate() throws {
    if let clipSkip, clipSkip < 1 { throw ValidationError("--clip-skip must be 1 or more") }
    if let vaeTile, !(64...4096).contains(vaeTile) {
      throw ValidationError("--vae-tile must be 64 to 4096")
    }
  }

  /// The model according to the options, completed by a saved picture's settings.
  ///
  /// - Parameters:
  ///   - saved: The settings to repeat, and the file they are from.
  ///   - configured: The model to use if none is given.
  ///   - configuredServer: The server to use if none is given.
  func request(
    repeating saved: (recipe: Recipe, file: URL)? = nil, configured: String? = nil,
    server configuredServer: ConfiguredServer = .init()
  ) throws -> ModelRequest {
    // A processor without bf16 repeats a bf16 picture in float32, the closest available format.
    let wasFloat32 = precision == .auto && saved?.recipe.precision == .f32
    var request = ModelRequest(
      path: model ?? configured, precision: wasFloat32 ? .f32 : precision,
      weights: weights ?? saved.map { $0.recipe.holdsEightBits ? .eightBit : .whole } ?? .auto,
      vaeTile: vaeTile)
    request.remote = try server.request(configured: configuredServer)
    request.additions.loras = lora.map(\.added)
    request.additions.embeddings = embedding.map(\.added)
    request.additions.clipSkip = clipSkip
    request.additions.prediction = prediction
    guard let (recipe, file) = saved else { return request }
    guard request.isMeant(by: recipe) else { return request }
    request.additions.clipSkip = clipSkip ?? recipe.clipSkip
    request.additions.prediction = prediction ?? recipe.prediction
    let shelf = FileShelf(beside: file, model: request.path)
    if lora.isEmpty {
      request.additions.loras = try recipe.loras.map { lora in
        let option = "--lora " + ShellWord.quoted("\(lora.file):\(lora.weight)")
        return ModelAdditions.LoRA(
          url: try shelf.find(
            lora.file, hash: lora.hash, by: .lora, neededBy: file, option: option),
          weight: lora.weight)
      }
    }
    if embedding.isEmpty {
      request.additions.embeddings = try recipe.embeddings.map { one in
        let option = "--embedding " + ShellWord.quoted("\(one.word)=\(one.file)")
        return ModelAdditions.Embedding(
          url: try shelf.find(
            one.file, hash: one.hash, by: .embedding, neededBy: file, option: option),
          word: one.word)
      }
    }
    return request
  }
}

/// `FILE` or `FILE:WEIGHT`.
struct LoRAArgument: ExpressibleByArgument {
  let path: String
  let weight: Float

  init?(argument: String) {
    // A file name may contain a colon.
    if let colon = argument.lastIndex(of: ":"), colon > argument.startIndex,
      let weight = Float(argument[argument.index(after: colon)...]), weight.isFinite
    {
      (path, self.weight) = (String(argument[..<colon]), weight)
    } else if let colon = argument.lastIndex(of: ":"),
      !FileManager.default.fileExists(atPath: argument),
      FileManager.default.fileExists(atPath: String(argument[..<colon]))
    {
      // The part after a file's name is not a valid weight.
      return nil
    } else {
      (path, weight) = (argument, 1)
    }
  }

  var added: ModelAdditions.LoRA {
    ModelAdditions.LoRA(url: UserFolders.url(path), weight: weight)
  }
}

/// `FILE` or `NAME=FILE`.
struct EmbeddingArgument: ExpressibleByArgument {
  let added: ModelAdditions.Embedding

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex,
      !FileManager.default.fileExists(atPath: argument)
    else {
      added = ModelAdditions.Embedding(url: UserFolders.url(argument))
      return
    }
    added = ModelAdditions.Embedding(
      url: UserFolders.url(String(argument[argument.index(after: sign)...])),
      word: String(argument[..<sign]))
  }
}
