import Checkpoints
import DefaultModel
import Foundation
import Testing

/// The files of the embedded model, before any network is made of them.
@Suite("The default model's files")
struct DefaultModelFilesTests {
  private let folder: ModelFolder

  init() throws {
    folder = try ModelFolder(url: #require(DefaultModel.folder))
  }

  @Test("the description matches the network's configuration")
  func description() throws {
    let unet = try UNetConfiguration(contentsOf: folder.unetConfiguration)
    let fold = folder.pixelFold
    #expect(unet.inChannels == 3 * fold * fold && unet.outChannels == unet.inChannels)
    #expect(unet.sampleHeight * fold == 64 && unet.sampleWidth * fold == 64)
    let text = try TextEncoderConfiguration(contentsOf: folder.textEncoderConfiguration)
    #expect(Set(unet.crossAttentionDim) == [text.hiddenSize])
    #expect(folder.textEmbedding == .meanUnitSquare)
    #expect(unet.classProjectionDim == text.hiddenSize)
    #expect(folder.tokenLimit <= text.maxPositions)
    let scheduler = try SchedulerConfiguration(contentsOf: folder.schedulerConfiguration)
    // diffusers has no name for even shares of noise, so it gets the nearest.
    #expect(scheduler.timestepSpacing == "trailing" && folder.defaults.spacing == "even")
  }

  @Test("all weights decode to finite numbers")
  func weights() throws {
    for (part, prefix) in [(folder.unet, ""), (folder.textEncoder, "bert.")] {
      let store = try WeightStore(folder: part, prefix: prefix)
      #expect(!store.names.isEmpty)
      for name in store.names {
        let values = try store.floats(name)
        let shape = try #require(store.shape(of: name))
        #expect(values.count == shape.reduce(1, *))
        let isFinite = values.allSatisfy(\.isFinite)
        #expect(isFinite, "\(name)")
      }
    }
  }

  @Test("rows of the embedding table match the whole table")
  func rows() throws {
    let store = try WeightStore(folder: folder.textEncoder, prefix: "bert.")
    let name = "embeddings.word_embeddings.weight"
    let text = try TextEncoderConfiguration(contentsOf: folder.textEncoderConfiguration)
    let whole = try store.floats(name, expecting: [text.vocabularySize, text.hiddenSize])
    let ids = [101, 1037, 2417, 6207, 102, 0, text.vocabularySize - 1]
    let expected = ids.flatMap { whole[$0 * text.hiddenSize..<($0 + 1) * text.hiddenSize] }
    #expect(try store.rows(name, ids) == expected)
  }

  @Test("the card names every licence file beside it")
  func card() throws {
    let card = try String(contentsOf: folder.card, encoding: .utf8)
    let licences = try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appendingPathComponent("licences").path)
    #expect(licences.count >= 4)
    for licence in licences { #expect(card.contains("licences/\(licence)"), "\(licence)") }
    for credit in ["Microsoft", "MiniLM", "creativecommons.org/licenses/by/4.0"] {
      #expect(card.contains(credit))
    }
  }
}
