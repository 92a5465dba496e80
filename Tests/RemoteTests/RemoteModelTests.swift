import DefaultModel
import Diffusion
import Foundation
import Pictures
import Recipes
import Tensors
import Testing

@testable import Models
@testable import Remote

/// Runs with parts on a server against the same runs here.
@Suite(.timeLimit(.minutes(10))) struct RemoteModelTests {
  private func local() throws -> Pipeline {
    try Pipeline(folder: try #require(DefaultModel.folder), precision: .f32)
  }

  private func tiny(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: nil))
  }

  private func recipe(_ pipeline: Pipeline, steps: Int = 4) -> Recipe {
    var sampling = pipeline.defaults
    (sampling.steps, sampling.seed, sampling.guidance.scale) = (steps, 7, 4)
    return Recipe(
      prompt: "a red apple", sampling: sampling, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
  }

  private func run(_ pipeline: Pipeline, steps: Int = 4) async throws -> (Latent, Picture) {
    var last: Step?
    for try await step in try await pipeline.trajectory(recipe(pipeline, steps: steps)) {
      last = step
    }
    let end = try #require(last).next
    return (end, try await pipeline.finishedPicture(of: end))
  }

  private func remote(
    _ server: InferenceServer, _ name: String? = nil, retries: Int = 0
  ) throws -> RemoteModel {
    RemoteModel(try InferenceClient(server, retries: retries), name: name)
  }

  private func served(
    _ options: ServedModel.Options = ServedModel.Options()
  ) throws -> ServedModel {
    try ServedModel(
      own: try #require(DefaultModel.folder), name: DefaultModel.name, options)
  }

  private func worst(_ a: Picture, _ b: Picture) -> Int {
    zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
  }

  @Test func theEmbeddedModelElsewherePaintsTheSame() async throws {
    let (local, model) = (try local(), try served())
    let server = try InferenceServer { try await model.answer($0) }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    #expect(moved.place == "network at 127.0.0.1:\(server.port)")
    #expect(moved.name == local.name && moved.modelHash == nil)
    let (here, there) = (try await run(local), try await run(moved))
    #expect(worst(here.1, there.1) <= 1)
    // Both halves of guidance go in one batch, and all steps over one connection.
    #expect(model.calls == [2, 2, 2, 2])
    #expect(server.connections == 1)
  }

  @Test func halfPrecisionPaintsNearlyTheSame() async throws {
    let (local, model) = (try local(), try served(.init(type: .float16)))
    let server = try InferenceServer { try await model.answer($0) }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    let (here, there) = (try await run(local), try await run(moved))
    let sum = zip(here.1.pixels, there.1.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    #expect(Double(sum) / Double(here.1.pixels.count) < 1)
  }

  @Test(arguments: [true, false]) func modelsOfOnePictureAreCalledTwice(masks: Bool) async throws {
    let (local, model) = (try local(), try served(.init(batch: masks ? 1 : -1, masks: masks)))
    let server = try InferenceServer { try await model.answer($0) }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    let (here, there) = (try await run(local, steps: 2), try await run(moved, steps: 2))
    // Without a mask the prompts have unlike lengths, and no batch can be made of them.
    #expect(model.calls == [1, 1, 1, 1])
    #expect(worst(here.1, there.1) <= 1)
  }

  @Test func aRunSurvivesARestart() async throws {
    let (local, model) = (try local(), try served())
    let handler: InferenceServer.Handler = { try await model.answer($0) }
    let server = try InferenceServer(handler)
    let moved = try await local.moved(to: try remote(server, retries: 50))
    var iterator = try await moved.trajectory(recipe(moved)).makeAsyncIterator()
    _ = try await iterator.next()
    server.stop()
    let again = Task {
      try await Task.sleep(for: .milliseconds(100))
      return try InferenceServer(port: server.port, handler)
    }
    var last: Step?
    while let step = try await iterator.next() { last = step }
    try await again.value.stop()
    let here = try await run(local)
    #expect(worst(here.1, moved.picture(of: try #require(last).next)) <= 1)
  }

  /// What failed can be asked for again: the iterator stands where it stood.
  @Test func aFailedStepIsTakenAgain() async throws {
    let (local, model, counter) = (try local(), try served(), Counter())
    let server = try InferenceServer { request in
      if request.path.hasSuffix("/infer"), counter.next() == 2 { return .status(500) }
      return try await model.answer(request)
    }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    var iterator = try await moved.trajectory(recipe(moved)).makeAsyncIterator()
    _ = try await iterator.next()
    let found = await kind { _ = try await iterator.next() }
    #expect(found == .failed(status: 500, message: ""))
    var indices: [Int] = []
    while let step = try await iterator.next() { indices.append(step.index) }
    #expect(indices == [1, 2, 3])
  }

  @Test func anotherVersionEndsTheRun() async throws {
    let (local, model, counter) = (try local(), try served(), Counter())
    let server = try InferenceServer { request in
      let reply = try await model.answer(request)
      guard request.path.hasSuffix("/infer"), counter.next() > 1 else { return reply }
      var other = reply
      let body = Data(reply.body)
      let version = try #require(body.range(of: Data(#""model_version":"1""#.utf8)))
      other.body[version.upperBound - 2] = UInt8(ascii: "2")
      return other
    }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    let found = await kind { _ = try await run(moved) }
    #expect(found == .otherVersion(model: DefaultModel.name, before: "1", now: "2"))
    // The next run is the new one's.
    _ = try await run(moved, steps: 2)
  }

  @Test func cancellingARunIsImmediate() async throws {
    let (local, model) = (try local(), try served())
    let server = try InferenceServer { request in
      request.path.hasSuffix("/infer")
        ? InferenceServer.Reply(isSilent: true) : try await model.answer(request)
    }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    let recipe = recipe(moved)
    let task = Task {
      for try await _ in try await moved.trajectory(recipe) {}
    }
    while !server.requests.contains(where: { $0.path.hasSuffix("/infer") }) {
      try await Task.sleep(for: .milliseconds(5))
    }
    let time = await ContinuousClock().measure {
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    // The server never answers, and its time limit is 20 seconds; the machine may be busy.
    #expect(time < .seconds(200))
  }

  @Test func modelsThatDoNotFitAreRefused() async throws {
    let local = try local()
    for options in [ServedModel.Options(channels: 4), ServedModel.Options(side: 8)] {
      let model = try served(options)
      let server = try InferenceServer { try await model.answer($0) }
      defer { server.stop() }
      let found = await kind {
        _ = try await run(try await local.moved(to: try remote(server)), steps: 1)
      }
      guard case .mismatched(model: DefaultModel.name, _, _)? = found else {
        Issue.record("\(String(describing: found))")
        continue
      }
      #expect(model.calls.isEmpty)
    }
  }

  @Test func modelsThatAreMissingAreNamed() async throws {
    let (local, model) = (try local(), try served())
    let server = try InferenceServer { try await model.answer($0) }
    defer { server.stop() }
    let found = await kind { _ = try await local.moved(to: try remote(server, "sd15")) }
    #expect(found == .noModel("sd15", others: [DefaultModel.name]))
  }

  @Test func attentionMapsNeedTheModelHere() async throws {
    let (local, model) = (try local(), try served())
    let server = try InferenceServer { try await model.answer($0) }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    let (sample, prompt) = (
      Latent(shape: moved.space.shape(width: moved.width, height: moved.height)),
      try await moved.encode("a cat")
    )
    let error = await #expect(throws: NoAttentionMapsError.self) {
      _ = try await moved.attentionMaps(sample: sample, timestep: 500, condition: prompt)
    }
    #expect(error?.description.contains("127.0.0.1") == true)
  }

  @Test(arguments: ["tiny-sd", "tiny-sdxl"])
  func allPartsOfStableDiffusionElsewhere(name: String) async throws {
    let folder = try tiny(name)
    let local = try Pipeline(contentsOf: folder, precision: .f32)
    let model = try ServedModel(stableDiffusion: folder, name: name, .init(masks: false))
    let server = try InferenceServer { try await model.answer($0) }
    defer { server.stop() }
    let moved = try await local.moved(to: try remote(server))
    #expect(moved.place == "network, text encoder and decoder at 127.0.0.1:\(server.port)")
    let prompt = "a photo of a red apple, 4k"
    let (own, other) = (try await local.encode(prompt), try await moved.encode(prompt))
    #expect(zip(own.states, other.states).allSatisfy { abs($0 - $1) < 1e-4 })
    let (here, there) = (try await run(local), try await run(moved))
    #expect(worst(here.1, there.1) <= 1)
    #expect(model.calls == [2, 2, 2, 2])
  }
}
