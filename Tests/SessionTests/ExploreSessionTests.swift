import DefaultModel
import Explorer
import Foundation
import Models
import Pictures
import Recipes
import Testing

@testable import Session

/// The session as the explorer's loop uses it: effects in, events out.
@MainActor
@Suite(.timeLimit(.minutes(5))) struct ExploreSessionTests {
  let events = Events()
  let explorer = Explorer(randomSeed: 1)

  private func request(_ path: String? = nil) throws -> ModelRequest {
    ModelRequest(path: try path ?? TinyModel.folder().path, precision: .f32)
  }

  /// A session with a loaded model.
  private func session(in folder: URL) async throws -> ExploreSession {
    let session = events.session(try request(), folder: folder)
    session.load(for: explorer)
    _ = try await loaded()
    return session
  }

  private func loaded(_ name: String = "tiny-sd") async throws -> ModelFacts {
    try await events.first { event -> ModelFacts? in
      guard case .modelLoaded(let facts) = event, facts.name == name else { return nil }
      return facts
    }
  }

  // MARK: Models

  @Test func theFirstModelIsLoaded() async throws {
    try await withFolder { folder in
      let session = events.session(try request(), folder: folder)
      // Without one nothing is known of prompts.
      #expect(session.perform(.measurePrompt("a cat"), for: explorer).isEmpty)
      session.load(for: explorer)
      let facts = try await loaded()
      #expect(facts.width == 64 && facts.decodes && facts.tokenLimit == 77)
      let measured = session.perform(.measurePrompt("a cat"), for: explorer)
      guard case .promptMeasured("a cat", let tokens, nil)? = measured.first else {
        Issue.record("\(measured)")
        return
      }
      #expect(tokens > 2)
    }
  }

  @Test func aModelThatIsMissingSaysSoAndTheOneBeforeStays() async throws {
    try await withFolder { folder in
      let session = try await session(in: folder)
      let missing = folder.appendingPathComponent("missing").path
      #expect(session.perform(.loadModel(path: missing), for: explorer).isEmpty)
      let message = try await events.first { event -> String? in
        guard case .modelFailed(let message) = event else { return nil }
        return message
      }
      #expect(message.contains("missing"))
      _ = session.perform(.start(run: 0, TinyModel.recipe(), from: nil), for: explorer)
      _ = try await events.finished(0)
    }
  }

  /// Of two models being loaded, the one requested last is used, whichever is loaded first.
  @Test func theModelAskedForLastCounts() async throws {
    try await withFolder { folder in
      let session = events.session(try request(), folder: folder)
      session.load(for: explorer)
      _ = session.perform(.loadModel(path: nil), for: explorer)
      let embedded = try Pipeline(folder: try #require(DefaultModel.folder))
      let facts = try await loaded(embedded.name)
      #expect(facts.name == embedded.name)
      #expect(session.engine.signature(of: nil)?.blank.model == embedded.name)
      let names = events.all.compactMap { event -> String? in
        guard case .modelLoaded(let facts) = event else { return nil }
        return facts.name
      }
      #expect(names.last == embedded.name)
    }
  }

  // MARK: Runs and studies

  @Test func effectsReachTheRun() async throws {
    try await withFolder { folder in
      let session = try await session(in: folder)
      let recipe = TinyModel.recipe(steps: 1000)
      _ = session.perform(.start(run: 0, recipe, from: nil), for: explorer)
      try await events.begun(0)
      let job = try #require(session.engine.jobs[0])
      _ = session.perform(.pause(run: 0), for: explorer)
      _ = session.perform(.cancel(run: 0), for: explorer)
      events.look()
      let count = events.all.count
      await job.task.value
      events.look()
      #expect(events.all.count == count && session.engine.jobs.isEmpty)
      _ = session.perform(.forget(run: 0), for: explorer)
      #expect(session.engine.snapshots.last(of: 0) == nil)
    }
  }

  /// The next study begins when the answer of the one before was delivered.
  @Test func studiesFollowEachOther() async throws {
    try await withFolder { folder in
      let session = try await session(in: folder)
      let studies = (1...3).map { seed in
        Study.seeds(SeedsQuestion(TinyModel.recipe(steps: 2), seeds: [seed]))
      }
      #expect(session.perform(.study(studies), for: explorer).isEmpty)
      for study in studies { _ = try await events.answer(to: study) }
      let order = events.all.compactMap { event -> Study? in
        guard case .studied(let study, let finding) = event, finding.isWhole else { return nil }
        return study
      }
      #expect(order == studies && session.studies.current == nil)
    }
  }

  // MARK: Files

  private static let picture = Picture(width: 2, height: 2, pixels: Array(repeating: 9, count: 12))

  private func save(_ recipe: Recipe) -> Effect {
    .save(.picture(Self.picture, recipe, frameStep: nil, view: nil), run: nil)
  }

  @Test func savingAndOpening() async throws {
    try await withFolder { folder in
      let session = try await session(in: folder)
      #expect(!session.isSaving)
      _ = session.perform(save(TinyModel.recipe()), for: explorer)
      // It is waited for before the program ends.
      #expect(session.isSaving)
      let path = try await events.first { event -> String? in
        guard case .saved(let path, _, _) = event else { return nil }
        return path
      }
      #expect(!session.isSaving && FileManager.default.fileExists(atPath: path))
      _ = session.perform(.listPictures(onlySaved: true), for: explorer)
      let names = try await events.first { event -> [String]? in
        guard case .pictures(let names, true) = event else { return nil }
        return names
      }
      #expect(names == ["a-cat-7.png"])
      _ = session.perform(.openPicture("a-cat-7.png"), for: explorer)
      let recipe = try await events.first { event -> Recipe? in
        guard case .opened("a-cat-7.png", let contents, let loras) = event, loras == [] else {
          return nil
        }
        return contents.recipe
      }
      // The model signed it.
      #expect(recipe.prompt == "a cat" && recipe.model == "tiny-sd" && recipe.modelHash != nil)
    }
  }

  @Test func aFailedSaveSaysWhyAndIsOver() async throws {
    try await withFolder { folder in
      let session = try await session(in: folder.appendingPathComponent("missing"))
      _ = session.perform(save(TinyModel.recipe()), for: explorer)
      let message = try await events.first { event -> String? in
        guard case .saveFailed(let message) = event else { return nil }
        return message
      }
      #expect(message.contains("a-cat-7.png") && !session.isSaving)
    }
  }

  /// If the terminal is gone, everything is still written before the program ends.
  @Test func savingIsWaitedForAtTheEnd() async throws {
    try await withFolder { folder in
      let session = try await session(in: folder)
      for seed in 1...3 {
        _ = session.perform(save(TinyModel.recipe(seed: UInt64(seed))), for: explorer)
      }
      session.finishSaving()
      #expect(!session.isSaving)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
    }
  }

  @Test func aLoRAThatWasTyped() async throws {
    try await withFolder { folder in
      let session = events.session(try request(), folder: folder)
      let missing = session.perform(.findLoRA(path: "style.safetensors", weight: 1), for: explorer)
      guard case .openFailed(let message)? = missing.first else {
        Issue.record("\(missing)")
        return
      }
      #expect(message.contains("style.safetensors"))
      let file = folder.appendingPathComponent("style.safetensors")
      try Data().write(to: file)
      let found = session.perform(.findLoRA(path: "style.safetensors", weight: 0.5), for: explorer)
      #expect(found == [.loraFound(path: file.canonicalPath, weight: 0.5)])
    }
  }

  @Test func aStartingPictureIsRead() async throws {
    try await withFolder { folder in
      let session = events.session(try request(), folder: folder)
      let data = try PNG.encode(Self.picture, text: [])
      try data.write(to: folder.appendingPathComponent("start.png"))
      _ = session.perform(.readStart(path: "start.png", strength: 0.4), for: explorer)
      let start = try await events.first { event -> Recipe.StartingPicture? in
        guard case .startRead(let start) = event else { return nil }
        return start
      }
      #expect(start.file == "start.png" && start.strength == 0.4 && start.picture?.width == 2)
      _ = session.perform(.readStart(path: "missing.png", strength: 0.4), for: explorer)
      let message = try await events.first { event -> String? in
        guard case .openFailed(let message) = event else { return nil }
        return message
      }
      #expect(message.contains("missing.png"))
    }
  }

  /// Effects of the terminal do not belong to the session.
  @Test func theTerminalIsLeftAlone() throws {
    let session = events.session(try request(), folder: FileManager.default.temporaryDirectory)
    for effect in [Effect.useMouse(true), .suspend, .quit] {
      #expect(session.perform(effect, for: explorer).isEmpty)
    }
    events.look()
    #expect(events.all.isEmpty)
  }
}
