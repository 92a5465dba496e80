import ArgumentParser
import Diffusion
import Foundation
import Models
import Recipes
import Session
import Tensors

extension Precision: ExpressibleByArgument {}
extension WeightForm: ExpressibleByArgument {}

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
      How the network's weights are held: whole, 8-bit (a half or a quarter of the memory, slightly other pictures), or \
      auto, which is 8-bit for large files of 8 bits or less.
      """)
  var weights: WeightForm?

  @Option(
    help: """
      Decode and encode pictures in blended tiles of so many pixels a side; by default only what memory does not hold \
      whole.
      """)
  var vaeTile: Int?

  @Option(
    help: ArgumentHelp(
      "A LoRA's file to add to the model, and how strongly; may be given several times.",
      valueName: "file[:weight]"))
  var lora: [LoRAArgument] = []

  @Option(
    help: ArgumentHelp(
      """
      A textual inversion's file, which adds a word to prompts: the one given, or the one that the file says, or the \
      file's name. May be given several times.
      """,
      valueName: "[name=]file"))
  var embedding: [EmbeddingArgument] = []

  @Option(
    help:
      "The text encoder's layer to take, from the end: 1 is the last, 2 the one before; the model's own."
  )
  var clipSkip: Int?

  @Option(
    help:
      "What the network's output stands for, whatever the model's files say: epsilon, v, sample or flow."
  )
  var prediction: Prediction?

  func validate() throws {
    if let clipSkip, clipSkip < 1 { throw ValidationError("--clip-skip must be 1 or more") }
    if let vaeTile, !(64...4096).contains(vaeTile) {
      throw ValidationError("--vae-tile must be 64 to 4096")
    }
  }

  /// The model as the options have it; what they leave open is as a saved picture has it.
  ///
  /// - Parameters:
  ///   - saved: The settings that are repeated, and the file they are from.
  ///   - configured: The model where none is given.
  func request(
    repeating saved: (recipe: Recipe, file: URL)? = nil, configured: String? = nil
  ) throws -> ModelRequest {
    // A processor without bf16 computes what was made with it in float32, as nearly as that is.
    let wasFloat32 = precision == .auto && saved?.recipe.precision == .f32
    var request = ModelRequest(
      path: model ?? configured, precision: wasFloat32 ? .f32 : precision,
      weights: weights ?? saved.map { $0.recipe.holdsEightBits ? .eightBit : .whole } ?? .auto,
      vaeTile: vaeTile)
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
    // A file may have a colon in its name.
    if let colon = argument.lastIndex(of: ":"), colon > argument.startIndex,
      let weight = Float(argument[argument.index(after: colon)...]), weight.isFinite
    {
      (path, self.weight) = (String(argument[..<colon]), weight)
    } else if let colon = argument.lastIndex(of: ":"),
      !FileManager.default.fileExists(atPath: argument),
      FileManager.default.fileExists(atPath: String(argument[..<colon]))
    {
      // What follows a file's name is a weight that is none.
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
