import Checkpoints
import Explorer
import Files
import Foundation
import Models
import Pictures
import Recipes
import Testing

@testable import Session

/// Files that are looked for: by the names in saved pictures, in folders, and the user's own.
@MainActor
@Suite struct FilesTests {
  private func write(_ text: String, _ path: String, in folder: URL) throws {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// A file with one change of a linear layer.
  private func writeLoRA(_ path: String, scale: Float = 1, in folder: URL) throws {
    let layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    try SafetensorsWriter.write(
      [
        StoredTensor(
          "\(layer).lora_down.weight", shape: [1, 32], values: Array(repeating: scale, count: 32)),
        StoredTensor(
          "\(layer).lora_up.weight", shape: [32, 1], values: Array(repeating: 1, count: 32)),
      ], to: folder.appendingPathComponent(path))
  }

  // MARK: By name

  @Test func theFirstFolderCounts() async throws {
    try await withFolder { folder in
      try write("one", "a/start.png", in: folder)
      try write("two", "b/start.png", in: folder)
      let shelf = FileShelf(
        folders: ["missing", "a", "b", "a"].map { folder.appendingPathComponent($0) })
      // Each file once, even if a folder is listed twice.
      #expect(shelf.all("start.png").count == 2)
      #expect(
        shelf.best("start.png", hash: nil, by: .picture)?.path.hasSuffix("a/start.png") == true)
      #expect(shelf.all("other.png").isEmpty)
    }
  }

  @Test func aHashTellsFilesOfOneNameApart() async throws {
    try await withFolder { folder in
      try write("one", "a/start.png", in: folder)
      try write("two", "b/start.png", in: folder)
      let shelf = FileShelf(folders: ["a", "b"].map { folder.appendingPathComponent($0) })
      let two = Recipe.StartingPicture.hash(of: Data("two".utf8))
      #expect(
        shelf.best("start.png", hash: two, by: .picture)?.path.hasSuffix("b/start.png") == true)
      // If none has it, the first is used.
      #expect(
        shelf.best("start.png", hash: "0123456789", by: .picture)?.path.hasSuffix("a/start.png")
          == true)
    }
  }

  /// A saved picture comes from anywhere: the name in it must not lead out of the folders.
  @Test func aNameIsNoPath() async throws {
    try await withFolder { folder in
      try write("secret", "secret.png", in: folder)
      try write("", "shelf/other.png", in: folder)
      let shelf = FileShelf(folders: [folder.appendingPathComponent("shelf")])
      #expect(shelf.all("../secret.png").isEmpty)
      #expect(shelf.all(folder.appendingPathComponent("secret.png").path).isEmpty)
    }
  }

  @Test func whatIsMissingIsNamedWithItsOption() async throws {
    try await withFolder { folder in
      let error = #expect(throws: NeededFileError.self) {
        try FileShelf(folders: [folder]).find(
          "style.safetensors", hash: nil, by: .lora,
          neededBy: URL(fileURLWithPath: "apple.png"), option: "--lora FILE")
      }
      #expect(error?.description.contains("style.safetensors") == true)
      #expect(error?.description.contains("--lora FILE") == true)
    }
  }

  @Test func theShelfOfAPicture() {
    let shelf = FileShelf(
      beside: URL(fileURLWithPath: "/pictures/apple.png"), model: "/models/own/file.gguf")
    let paths = shelf.folders.map(\.path)
    #expect(paths.starts(with: [UserFolders.current.path, "/pictures"]))
    #expect(paths.contains("/models/own"))
  }

  // MARK: What a saved picture was made with

  @Test func theStartingPictureIsFoundWhereItIsTheSame() async throws {
    try await withFolder { folder in
      let picture = Picture(width: 2, height: 2, pixels: Array(repeating: 9, count: 12))
      let data = try PNG.encode(picture, text: [])
      try data.write(to: folder.appendingPathComponent("start.png"))
      var recipe = TinyModel.recipe()
      let shelf = FileShelf(folders: [folder])
      #expect(shelf.start(of: recipe) == nil)
      recipe.start = Recipe.StartingPicture(file: "start.png", strength: 0.5)
      #expect(shelf.start(of: recipe)?.picture?.width == 2)
      recipe.start?.hash = Recipe.StartingPicture.hash(of: data)
      #expect(shelf.start(of: recipe)?.strength == 0.5)
      recipe.start?.hash = "0123456789"
      #expect(shelf.start(of: recipe) == nil)
    }
  }

  @Test func lorasAreFoundWhereAllAre() async throws {
    try await withFolder { folder in
      for path in ["a", "b"] {
        try FileManager.default.createDirectory(
          at: folder.appendingPathComponent(path), withIntermediateDirectories: true)
      }
      try writeLoRA("a/style.safetensors", in: folder)
      try writeLoRA("b/style.safetensors", scale: 2, in: folder)
      let shelf = FileShelf(folders: [folder.appendingPathComponent("a")])
      let other = folder.appendingPathComponent("b/style.safetensors")
      var recipe = TinyModel.recipe()
      #expect(shelf.loras(of: recipe, known: [])?.isEmpty == true)
      recipe.loras = [Recipe.LoRA(file: "style.safetensors", weight: 0.7)]
      let found = try #require(shelf.loras(of: recipe, known: []))
      #expect(found.map(\.weight) == [0.7] && found[0].path.hasSuffix("a/style.safetensors"))
      // With a hash, only that file counts; one used elsewhere is known.
      recipe.loras[0].hash = try LoRAFile(contentsOf: other).hash()
      #expect(shelf.loras(of: recipe, known: []) == nil)
      #expect(
        shelf.loras(of: recipe, known: [other.canonicalPath])?.map(\.path) == [other.canonicalPath])
      recipe.loras.append(Recipe.LoRA(file: "missing.safetensors", weight: 1))
      #expect(shelf.loras(of: recipe, known: [other.canonicalPath]) == nil)
    }
  }

  // MARK: In folders

  @Test func lorasInFolders() async throws {
    try await withFolder { folder in
      try writeLoRA("b.safetensors", in: folder)
      try writeLoRA("a.safetensors", in: folder)
      try write("no tensors", "broken.safetensors", in: folder)
      try write("", "notes.txt", in: folder)
      let found = LoRAShelf.paths(in: [folder, folder, folder.appendingPathComponent("missing")])
      #expect(
        found.map { ($0 as NSString).lastPathComponent } == ["a.safetensors", "b.safetensors"])
    }
  }

  @Test func picturesInAFolderTheNewestFirst() async throws {
    try await withFolder { folder in
      for (age, name) in ["new.png", "middle.JPG", "old.webp", "notes.txt"].enumerated() {
        try write("", name, in: folder)
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 1_000_000 - Double(age) * 1000)],
          ofItemAtPath: folder.appendingPathComponent(name).path)
      }
      try write("", "folder.png/inside", in: folder)
      try write("", ".hidden.png", in: folder)
      #expect(
        PicturesInFolder.names(in: folder, kinds: PicturesInFolder.kinds)
          == ["new.png", "middle.JPG", "old.webp"])
      #expect(PicturesInFolder.names(in: folder, kinds: ["png"]) == ["new.png"])
      let missing = folder.appendingPathComponent("missing")
      #expect(PicturesInFolder.names(in: missing, kinds: PicturesInFolder.kinds).isEmpty)
    }
  }

  // MARK: The user's own

  @Test func pathsAsAUserWritesThem() {
    let folder = URL(fileURLWithPath: "/pictures")
    #expect(UserFolders.url("a.png", in: folder).path == "/pictures/a.png")
    #expect(UserFolders.url("/b/a.png", in: folder).path == "/b/a.png")
    let home = ("~" as NSString).expandingTildeInPath
    #expect(UserFolders.url("~/a.png", in: folder).path == home + "/a.png")
  }

  @Test func theLessonIsKept() async throws {
    try await withFolder { folder in
      let state = folder.appendingPathComponent("state")
      #expect(LessonPlace.read(in: state) == 0 && LessonPlace.read(in: nil) == 0)
      LessonPlace.write(5, in: state)
      #expect(LessonPlace.read(in: state) == 5)
      try write("no number", "state/tour", in: folder)
      #expect(LessonPlace.read(in: state) == 0)
      LessonPlace.write(1, in: nil)
    }
  }

  @Test func promptsAreKeptEachOnceTheNewestLast() async throws {
    try await withFolder { folder in
      let state = folder.appendingPathComponent("state")
      #expect(PromptHistoryFile.read(in: state).isEmpty)
      for prompt in ["a cat", "a dog", "a cat", "two\nlines"] {
        PromptHistoryFile.add(prompt, in: state)
      }
      let read = PromptHistoryFile.read(in: state)
      #expect(Array(read.prefix(2)) == ["a dog", "a cat"] && read.count == 3)
      for number in 0..<(2 * PromptHistoryFile.limit) {
        PromptHistoryFile.add("prompt \(number)", in: state)
      }
      let newest = PromptHistoryFile.read(in: state)
      #expect(newest.count == PromptHistoryFile.limit)
      #expect(newest.last == "prompt \(2 * PromptHistoryFile.limit - 1)")
      // The file was made shorter with that.
      let lines = try String(contentsOf: state.appendingPathComponent("history"), encoding: .utf8)
      #expect(lines.split(separator: "\n").count == PromptHistoryFile.limit)
    }
  }
}
