import ArgumentParser
import Checkpoints
import Diffusion
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
      "A textual inversion's file; its name, or the one given, is a word in prompts then. May be given several times.",
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
  func choice(
    repeating saved: (recipe: Recipe, file: URL)? = nil, configured: String? = nil
  ) throws -> ModelChoice {
    // A processor without bf16 computes what was made with it in float32, as nearly as that is.
    let wasFloat32 = precision == .auto && saved?.recipe.precision == .f32
    var choice = ModelChoice(
      path: model ?? configured, precision: wasFloat32 ? .f32 : precision,
      weights: weights ?? saved.map { $0.recipe.holdsEightBits ? .eightBit : .whole } ?? .auto,
      vaeTile: vaeTile)
    choice.additions.loras = lora.map(\.added)
    choice.additions.embeddings = embedding.map(\.added)
    choice.additions.clipSkip = clipSkip
    choice.additions.prediction = prediction
    guard let (recipe, file) = saved else { return choice }
    guard choice.isMeant(by: recipe) else { return choice }
    choice.additions.clipSkip = clipSkip ?? recipe.clipSkip
    choice.additions.prediction = prediction ?? recipe.prediction
    let shelf = FileShelf(beside: file, model: choice.path)
    if lora.isEmpty {
      choice.additions.loras = try recipe.loras.map { lora in
        let option = "--lora " + ShellWord.quoted("\(lora.file):\(lora.weight)")
        return ModelAdditions.LoRA(
          url: try shelf.find(
            lora.file, hash: lora.hash, by: .lora, neededBy: file, option: option),
          weight: lora.weight)
      }
    }
    if embedding.isEmpty {
      choice.additions.embeddings = try recipe.embeddings.map { one in
        let option = "--embedding " + ShellWord.quoted("\(one.word)=\(one.file)")
        return ModelAdditions.Embedding(
          url: try shelf.find(
            one.file, hash: one.hash, by: .embedding, neededBy: file, option: option),
          word: one.word)
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

/// Where files are looked for that a saved picture names without their folders.
struct FileShelf {
  let folders: [URL]

  /// The current folder, the picture's, the model's, and the one where the user's LoRAs are kept.
  init(beside picture: URL, model: String?) {
    self.init(with: picture.deletingLastPathComponent(), model: model)
  }

  /// The same with the pictures' folder.
  init(with folder: URL, model: String?) {
    var folders = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath), folder]
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
  func find(
    _ name: String, hash: String?, by kind: FileHash, neededBy picture: URL, option: String
  ) throws -> URL {
    guard let file = best(name, hash: hash, by: kind) else {
      throw NeededFileError(picture: picture.relativePath, name: name, option: option)
    }
    return file
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
enum FileHash {
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
struct NeededFileError: Error, CustomStringConvertible {
  let picture: String
  let name: String
  let option: String

  var description: String {
    "\(picture) was made with the file \(name), which is neither here, nor beside the picture or the model, nor among the LoRAs of ~/.local/share/halflight; "
      + "say where it is with \(option)"
  }
}
