import Cells
import Explorer
import Files
import Foundation
import Pictures
import Recipes
import Testing

@testable import Session

@MainActor
@Suite struct SavingTests {
  private static let picture = Picture(
    width: 4, height: 4, pixels: (0..<48).map { UInt8($0 * 5) })

  private static let recipe = TinyModel.recipe("A red apple!", steps: 12)

  private func job(
    _ request: SaveRequest, in folder: URL, animation: AnimationFormat = .png
  ) -> SaveJob {
    SaveJob(
      request: request, folder: folder, animation: animation, colors: .trueColor, model: nil,
      decoder: nil,
      version: "1.2.3")
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func aPictureWithItsSettings() async throws {
    try await withFolder { folder in
      let request = SaveRequest.picture(
        Self.picture, Self.recipe, frameStep: 3, view: "x0: closely")
      guard case .saved(let path, nil, nil) = try await job(request, in: folder).run() else {
        Issue.record("not saved")
        return
      }
      #expect(try names(folder) == ["a-red-apple-7-step-3-x0.png"])
      let saved = try SavedPicture(URL(fileURLWithPath: path)).contents
      #expect(saved.recipe.prompt == "A red apple!" && saved.recipe.sampling.steps == 12)
      #expect(saved.frameStep == 3 && saved.frameView == "x0: closely")
      let read = try PictureFile.read(contentsOf: URL(fileURLWithPath: path))
      #expect(read.width == 4 && read.height == 4)
    }
  }

  /// The name of a branched or steered run comes from the prompt used last.
  @Test func aNameFollowsTheBranch() async throws {
    try await withFolder { folder in
      var recipe = Self.recipe
      recipe.changes = [RecipeChange(step: 4, prompt: "a green pear")]
      let request = SaveRequest.picture(Self.picture, recipe, frameStep: nil, view: nil)
      _ = try await job(request, in: folder).run()
      #expect(try names(folder) == ["a-green-pear-7.png"])
    }
  }

  @Test(arguments: [AnimationFormat.png, .gif, .webp])
  func aRunIsSavedAsTheKindThatWasChosen(_ kind: AnimationFormat) async throws {
    try await withFolder { folder in
      let frames = (0..<3).map { step in
        Picture(width: 4, height: 4, pixels: Array(repeating: UInt8(step * 90), count: 48))
      }
      let request = SaveRequest.run(
        frames, last: frames[2], lastStep: nil, Self.recipe, view: "sample")
      _ = try await job(request, in: folder, animation: kind).run()
      let expected = ["a-red-apple-7-run-strip.png", "a-red-apple-7-run.\(kind.rawValue)"]
      #expect(try names(folder) == expected.sorted())
      let movie = folder.appendingPathComponent("a-red-apple-7-run.\(kind.rawValue)")
      let data = try Data(contentsOf: movie)
      #expect(PictureFile.Format(data) != nil)
    }
  }

  /// A name that is taken gets a number, and the file that has it stays as it is.
  @Test func whatIsThereIsNotOverwritten() async throws {
    try await withFolder { folder in
      let mine = folder.appendingPathComponent("a-red-apple-7.png")
      try Data("mine".utf8).write(to: mine)
      let request = SaveRequest.picture(Self.picture, Self.recipe, frameStep: nil, view: nil)
      for _ in 0..<2 { _ = try await job(request, in: folder).run() }
      #expect(
        try names(folder) == ["a-red-apple-7-2.png", "a-red-apple-7-3.png", "a-red-apple-7.png"])
      #expect(try Data(contentsOf: mine) == Data("mine".utf8))
    }
  }

  @Test func aRunAsAnAnimationAndAStrip() async throws {
    try await withFolder { folder in
      let request = SaveRequest.run(
        Array(repeating: Self.picture, count: 3), last: Self.picture.enlarged(by: 2), lastStep: nil,
        Self.recipe, view: "sample")
      guard case .saved(let path, let strip?, nil) = try await job(request, in: folder).run()
      else {
        Issue.record("not saved")
        return
      }
      #expect(path.hasSuffix("/a-red-apple-7-run.png") && strip == "a-red-apple-7-run-strip.png")
      #expect(try names(folder) == [strip, "a-red-apple-7-run.png"])
    }
  }

  @Test func aPictureAsText() async throws {
    try await withFolder { folder in
      var recipe = Self.recipe
      recipe.prompt = "an \u{1b}[2J apple"
      let request = SaveRequest.text(
        CellBuffer(width: 3, height: 2), recipe, frameStep: nil, view: nil)
      guard case .saved(let path, nil, nil) = try await job(request, in: folder).run() else {
        Issue.record("not saved")
        return
      }
      let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
      #expect(text.contains("Steps: 12"))
      // A terminal that shows it obeys nothing in the prompt.
      #expect(!text.contains("\u{1b}[2J"))
    }
  }

  /// If the full picture is no longer available, the preview is saved, and a message says so.
  @Test func aPictureThatCannotBeDecodedAnyMore() async throws {
    try await withFolder { folder in
      let request = SaveRequest.picture(
        Self.picture, Self.recipe, frameStep: 5, view: "sample",
        decoding: FramePlace(run: 0, step: 4, kind: .sample))
      guard case .saved(_, nil, let remark?) = try await job(request, in: folder).run() else {
        Issue.record("no remark")
        return
      }
      #expect(remark.contains("step 5"))
      #expect(try names(folder).count == 1)
    }
  }

  @Test func whatCannotBeSavedSaysWhy() async throws {
    try await withFolder { folder in
      let missing = folder.appendingPathComponent("missing")
      let request = SaveRequest.picture(Self.picture, Self.recipe, frameStep: nil, view: nil)
      let error = await #expect(throws: FileError.self) {
        try await job(request, in: missing).run()
      }
      #expect(error?.kind == .noFolder)
      #expect(error?.description.contains("missing/a-red-apple-7.png") == true)
      let left = try names(folder)
      #expect(left.isEmpty)
    }
  }

  @Test(arguments: [
    ("A red apple!", "a-red-apple-7"), ("", "picture-7"), ("?!", "picture-7"),
    ("../../etc/passwd", "etc-passwd-7"), ("Ein Äpfelchen, süß", "ein-äpfelchen-süß-7"),
    (String(repeating: "apple ", count: 20), String(repeating: "apple-", count: 8) + "-7"),
  ])
  func namesAreMadeOfThePrompt(_ prompt: String, _ name: String) {
    #expect(PictureName.of(TinyModel.recipe(prompt)) == name)
  }
}
