import Explorer
import Models
import Remote
import Testing

@testable import Session

/// The server's models in the explorer's list.
@Suite(.timeLimit(.minutes(10))) struct RemoteModelListTests {
  /// - Parameters:
  ///   - patience: More than enough on a busy machine, unless the server never answers.
  private func models(
    _ server: InferenceServer, name: String? = nil, patience: Duration = .seconds(120)
  ) throws -> ServerModels {
    var request = ModelRequest(path: nil, precision: .f32)
    request.remote = RemoteModel(try InferenceClient(server), name: name)
    var models = try #require(ServerModels(request))
    models.patience = patience
    return models
  }

  @Test func partsOfAModelAreOne() {
    #expect(
      ServerModels.models([
        "mini", "sd15_text_encoder", "sd15_unet", "sd15_vae_decoder", "xl/text_encoder_2",
        "xl/unet", "_unet",
      ]) == ["mini", "sd15", "xl", "_unet"])
  }

  @Test func theServersModelsCanBeChosen() async throws {
    let server = try InferenceServer { _ in
      .json(#"[{"name":"a","state":"READY"},{"name":"b_unet","state":"READY"}]"#)
    }
    defer { server.stop() }
    let models = try models(server)
    let list = await models.listings()
    #expect(list.map(\.name) == ["a", "b"].map { "\($0) at 127.0.0.1:\(server.port)" })
    let request = try #require(models.request(at: list[1].path))
    #expect(request.path == nil && request.remote?.name == "b")
    #expect(models.request(at: nil) == nil && models.request(at: "/models/sd15") == nil)
  }

  @Test func withoutAListTheFirstModelIsListed() async throws {
    let server = try InferenceServer { _ in .status(403) }
    defer { server.stop() }
    #expect(try await models(server, name: "sd15").listings().map(\.path) == ["remote:sd15"])
    let unnamed = try models(server)
    #expect(await unnamed.listings().map(\.path) == ["remote:"])
    #expect(unnamed.request(at: "remote:")?.remote?.name == nil)
  }

  @Test func aSilentServerDoesNotHoldTheListUp() async throws {
    let server = try InferenceServer { _ in InferenceServer.Reply(isSilent: true) }
    defer { server.stop() }
    let models = try models(server, name: "sd15", patience: .milliseconds(200))
    let time = await ContinuousClock().measure {
      #expect(await models.listings().count == 1)
    }
    // Less than the time limit of 240 seconds, even on a busy machine.
    #expect(time < .seconds(200))
  }
}
