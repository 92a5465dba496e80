import Checkpoints
import DefaultModel
import Foundation
import Models
import Tensors
import Testing
import Training

/// Runs that ended at the worst moment, false checkpoints, and folders with other contents.
@Suite struct InterruptedRunTests {
  @Test @Compute func theFolderHoldsAModelFromTheFirstMoment() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    let trainer = try Trainer(
      TrainerTests.set, from: try TrainerTests.start(folder, .v), recipe: TrainerTests.recipe(.v),
      length: .steps(2), folder: url, precision: .f32, threads: 1)
    _ = try Pipeline(folder: url)
    #expect(FileManager.default.fileExists(atPath: Trainer.checkpoint(in: url).path))
    // No other process trains in it meanwhile.
    #expect(throws: OutputFolderError.self) { try TrainerTests.goOn(in: url) }
    #expect(trainer.progress.steps == 0)
  }

  /// As after a kill between a checkpoint and the model, and in the middle of a file.
  @Test @Compute func aHalfSavedModelIsMadeWhole() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    try TrainerTests.begin(in: url, folder, steps: 1)
    let weights = url.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
    let rest = url.appendingPathComponent("training/.halflight-a1B2c3")
    let foreign = url.appendingPathComponent("training/.halflight-notes")
    try FileManager.default.removeItem(at: weights)
    for file in [rest, foreign] { try Data("half".utf8).write(to: file) }
    #expect(try TrainerTests.goOn(in: url).progress.steps == 1)
    _ = try Pipeline(folder: url)
    #expect(!FileManager.default.fileExists(atPath: rest.path))
    #expect(FileManager.default.fileExists(atPath: foreign.path))
  }

  @Test @Compute func aCheckpointThatLiesIsNamedAndLeft() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    try TrainerTests.begin(in: url, folder, steps: 1)
    let file = Trainer.checkpoint(in: url)
    let sound = try Data(contentsOf: file)
    func refused(
      _ bytes: Data, _ why: String, by opening: @Compute () throws -> Void
    ) throws {
      try bytes.write(to: file)
      #expect(throws: CheckpointError.self, "\(why)") { try opening() }
      #expect(try Data(contentsOf: file) == bytes)
    }
    func refused(_ bytes: Data, _ why: String) throws {
      try refused(bytes, why) { _ = try TrainingStart(resuming: url) }
    }
    func lying(_ truth: String, _ lie: String) throws -> Data {
      let place = try #require(sound.range(of: Data(truth.utf8)))
      var bytes = sound
      bytes.replaceSubrange(place, with: Data(lie.utf8))
      return bytes
    }
    try refused(try lying(#"\"pictures\":16"#, #"\"pictures\":-1"#), "pictures below none")
    try refused(try lying(#"\"version\":1"#, #"\"version\":2"#), "another version")
    try refused(sound.prefix(sound.count - 4), "cut off")
    try refused(sound.prefix(100), "cut off in its head")
    try refused(Data(), "empty")
    try refused(sound.dropLast(4) + Data([0, 0, 0xc0, 0x7f]), "NaN") {
      try TrainerTests.goOn(in: url)
    }
    // The model beside it is unchanged.
    _ = try Pipeline(folder: url)
    try sound.write(to: file)
    #expect(try TrainerTests.goOn(in: url).progress.steps == 1)
  }

  @Test @Compute func aRunIsGoneOnWithAsItWasBegun() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    try TrainerTests.begin(in: url, folder, steps: 0)
    let own = try TrainingStart(resuming: url)
    try own.requireSame(as: try TrainerTests.start(folder, .v), in: url)
    #expect(throws: CheckpointError.self) {
      try own.requireSame(as: try TrainerTests.start(folder, .sample), in: url)
    }
    let embedded = try TrainingStart(model: try #require(DefaultModel.folder))
    #expect(throws: CheckpointError.self) { try own.requireSame(as: embedded, in: url) }
  }

  /// The blocks of a replaced checkpoint are freed only when nobody has it open any more.
  @Test @Compute func theCheckpointIsNotKeptOpen() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    try TrainerTests.begin(in: url, folder, steps: 1)
    let trainer = try TrainerTests.goOn(in: url)
    // A system that does not report mappings shows nothing here.
    let mapped = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    let checkpoint = "\(folder.url.lastPathComponent)/model/training/checkpoint"
    let isOpen = mapped.contains(checkpoint)
    #expect(!isOpen && trainer.progress.steps == 1)
  }

  /// The weights of a resumed start are the checkpoint's, also for a run that starts again elsewhere.
  @Test @Compute func aRunBeginsFromTheWeightsOfAnother() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    try TrainerTests.begin(in: url, folder, steps: 2)
    let other = folder.url.appendingPathComponent("other")
    _ = try Trainer(
      TrainerTests.set, from: try TrainingStart(resuming: url), recipe: TrainerTests.recipe(.v),
      length: .steps(1), folder: other, precision: .f32, threads: 1)
    func weights(_ folder: URL) throws -> [Float] {
      try WeightStore(files: [Trainer.checkpoint(in: folder)]).floats("value/conv_in.weight")
    }
    #expect(try weights(other) == weights(url))
  }

  /// Lays out the embedded model again, with links to all of its files but one.
  private func link(_ embedded: URL, into folder: URL, without left: String) throws {
    let manager = FileManager.default
    for part in ["unet", "scheduler", "text_encoder", "tokenizer"] {
      let url = folder.appendingPathComponent(part)
      try manager.createDirectory(at: url, withIntermediateDirectories: true)
      let names = try manager.contentsOfDirectory(
        atPath: embedded.appendingPathComponent(part).path)
      for name in names where "\(part)/\(name)" != left {
        try manager.createSymbolicLink(
          at: url.appendingPathComponent(name),
          withDestinationURL: embedded.appendingPathComponent("\(part)/\(name)"))
      }
    }
    guard left != "model_index.json" else { return }
    try manager.createSymbolicLink(
      at: folder.appendingPathComponent("model_index.json"),
      withDestinationURL: embedded.appendingPathComponent("model_index.json"))
  }

  @Test func aFoldThatDoesNotFitIsRefused() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url
    let embedded = try #require(DefaultModel.folder)
    try link(embedded, into: url, without: "model_index.json")
    let index = url.appendingPathComponent("model_index.json")
    let text = try String(
      contentsOf: embedded.appendingPathComponent("model_index.json"), encoding: .utf8)
    try Data(text.utf8).write(to: index)
    _ = try TrainingStart(model: url)
    let other = text.replacing("\"pixel_fold\": 2", with: "\"pixel_fold\": 4")
    #expect(other != text)
    try Data(other.utf8).write(to: index)
    #expect {
      try TrainingStart(model: url)
    } throws: {
      ($0 as? CheckpointError)?.key == "in_channels"
    }
  }

  @Test func aConfigurationThatCannotBeReadIsNamed() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url
    try link(try #require(DefaultModel.folder), into: url, without: "unet/config.json")
    let configuration = url.appendingPathComponent("unet/config.json")
    try FileManager.default.createDirectory(at: configuration, withIntermediateDirectories: false)
    #expect {
      try TrainingStart(model: url)
    } throws: {
      ($0 as? CheckpointError)?.file == configuration.path
    }
  }

  @Test func whatElseIsInAFolderIsLeft() throws {
    let folder = try TrainerTests.Folder()
    let file = folder.url.appendingPathComponent("unet.json")
    let free = folder.url.appendingPathComponent("a/b/c")
    try OutputFolder.check(free)
    #expect(!FileManager.default.fileExists(atPath: free.path))
    for url in [
      file, file.appendingPathComponent("below"), folder.url, try #require(DefaultModel.folder),
    ] {
      #expect(throws: OutputFolderError.self, "\(url)") { try OutputFolder.check(url) }
    }
    let training = free.appendingPathComponent("training")
    try FileManager.default.createDirectory(at: training, withIntermediateDirectories: true)
    try OutputFolder.check(free)
    // The user's own pictures may have that name.
    try Data().write(to: training.appendingPathComponent("cat.png"))
    #expect(throws: OutputFolderError.self) { try OutputFolder.check(free) }
    let link = folder.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(
      atPath: link.path, withDestinationPath: "nowhere")
    #expect(throws: OutputFolderError.self) { try OutputFolder.check(link) }
  }

  /// A user who deletes the checkpoint to free space keeps the model.
  @Test @Compute func aModelWithoutItsCheckpointIsLeft() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    try TrainerTests.begin(in: url, folder, steps: 1)
    try FileManager.default.removeItem(at: Trainer.checkpoint(in: url))
    let facts = url.appendingPathComponent("training/facts.json")
    for left in [facts, nil] {
      #expect {
        try TrainerTests.begin(in: url, folder, steps: 0)
      } throws: {
        "\($0)".contains("checkpoint.safetensors")
      }
      if let left { try FileManager.default.removeItem(at: left) }
    }
    _ = try Pipeline(folder: url)
  }

  /// As after a kill before the first checkpoint was there.
  @Test @Compute func aRunThatHadHardlyBegunIsBegunAnew() throws {
    let folder = try TrainerTests.Folder()
    let url = folder.url.appendingPathComponent("model")
    try TrainerTests.begin(in: url, folder, steps: 1)
    try FileManager.default.removeItem(at: Trainer.checkpoint(in: url))
    let mark = url.appendingPathComponent("training/.beginning")
    #expect(!FileManager.default.fileExists(atPath: mark.path))
    try Data().write(to: mark)
    try TrainerTests.begin(in: url, folder, steps: 0)
    #expect(try TrainerTests.goOn(in: url).progress.steps == 0)
    #expect(!FileManager.default.fileExists(atPath: mark.path))
  }

  /// Networks with a valid description that cannot be trained.
  @Test(arguments: [
    (#""attention_head_dim": [1, 2]"#, #""attention_head_dim": [1, 64]"#),
    (#""sample_size": 4"#, #""sample_size": 1"#),
    (#""sample_size": 4"#, #""sample_size": 4096"#),
    (#""sample_size": 4"#, #""sample_size": [4, 6]"#),
    (#""in_channels": 48"#, #""in_channels": 5"#),
    (#""out_channels": 48"#, #""out_channels": 12"#),
    (#""sample_size": 4"#, #""sample_size": 4, "mid_block_scale_factor": 2"#),
    (#""sample_size": 4"#, #""sample_size": 4, "time_cond_proj_dim": 64"#),
    (#""sample_size": 4"#, #""sample_size": 4, "freq_shift": 16"#),
  ])
  @Compute func anUnsoundNetworkIsRefused(_ sound: String, _ unsound: String) throws {
    let folder = try TrainerTests.Folder()
    let file = folder.url.appendingPathComponent("unet.json")
    try Data(TrainerTests.configuration.replacing(sound, with: unsound).utf8).write(to: file)
    let url = folder.url.appendingPathComponent("model")
    #expect {
      try TrainerTests.begin(in: url, folder, steps: 0)
    } throws: {
      ($0 as? CheckpointError)?.file == file.path
    }
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test func timeAsleepIsNotTimeLearning() {
    var plan = TrainingPlan(.minutes(3))
    #expect(plan.plausible(8) == 8)
    for _ in 0..<10 { plan.add(seconds: 1) }
    #expect(plan.plausible(2) == 2)
    #expect(plan.plausible(3600) == 10)
    // However often it sleeps.
    for _ in 0..<20 { plan.add(seconds: plan.plausible(3600)) }
    #expect(plan.plausible(3600) == 10)
  }
}
