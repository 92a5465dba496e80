import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Testing

/// Textual inversions and skipped layers of text encoders against diffusers: 1e-4 of the largest value.
@Suite struct AddedWordsTests {
  static let prompt = "a photo of zorb, 4k"

  func pipeline(_ name: String, _ change: (inout ModelAdditions) throws -> Void) throws -> Pipeline
  {
    var additions = ModelAdditions()
    try change(&additions)
    return try Pipeline(
      contentsOf: try Fixtures.url(name), precision: .f32, additions: additions)
  }

  func word(_ file: String, _ word: String? = "zorb") throws -> ModelAdditions.Embedding {
    ModelAdditions.Embedding(url: try Fixtures.url("words/\(file).safetensors"), word: word)
  }

  private func expect(_ found: [Float], _ name: String) throws {
    let wanted = try Fixtures.tensors("additions.safetensors").floats(name)
    let error = difference(Array(found.prefix(wanted.count)), wanted)
    print("\(name): \(error)")
    #expect(error < 1e-4)
  }

  @Test func wordsOfOneEncoderAndOfTwo() async throws {
    let one = try pipeline("tiny-sd") { $0.embeddings = [try word("one")] }
    try expect(try await one.encode(Self.prompt).states, "one")
    #expect(one.tokenCount("zorb") == 4 && one.tokenCount("zorbs") > 4)
    let signed = one.signature.signed(StableDiffusionTests().recipe(one))
    #expect(signed.embeddings.map(\.word) == ["zorb"])
    let pair = try pipeline("tiny-sdxl") { $0.embeddings = [try word("pair")] }
    let found = try await pair.encode(Self.prompt)
    try expect(found.states, "pair")
    try expect(found.pooled, "pair.pooled")
  }

  @Test func wordsAreFoundWhateverTheirCaseAndMarks() async throws {
    let pipeline = try pipeline("tiny-sd") {
      // The file's own name is the word if none is given.
      $0.embeddings = [try word("one", nil), try word("one", "one-two")]
    }
    let (short, long) = (
      try await pipeline.encode("one").tokens, try await pipeline.encode("ONE-two").tokens
    )
    #expect(short[1...2] == [554, 555] && long[1...2] == [556, 557])
    let marked = try await pipeline.encode("a (One:1.2), alone").tokens
    #expect(marked.filter { $0 >= 554 } == [554, 555])
    // The vectors of a word stay together.
    let filler = Array(repeating: "!", count: 74).joined(separator: " ")
    let chunks = try await pipeline.encode(filler + " one").tokens
    #expect(chunks.count == 154 && chunks[78...79] == [554, 555])
  }

  @Test func wordsOfOtherModelsAreRefused() throws {
    #expect(throws: CheckpointError.self) {
      try pipeline("tiny-sdxl") { $0.embeddings = [try word("one")] }
    }
    #expect(throws: CheckpointError.self) {
      try pipeline("tiny-sd") { $0.embeddings = [try word("pair")] }
    }
    #expect(throws: CheckpointError.self) {
      try EmbeddingFile(contentsOf: try Fixtures.url("lora/kohya.safetensors"))
    }
  }

  @Test func layersAreSkippedAsTheyAreCountedElsewhere() async throws {
    let sd = try pipeline("tiny-sd") { $0.clipSkip = 2 }
    try expect(try await sd.encode(Self.prompt).states, "skip.tiny-sd")
    let xl = try pipeline("tiny-sdxl") { $0.clipSkip = 1 }
    try expect(try await xl.encode(Self.prompt).states, "skip.tiny-sdxl")
    // The models' own values.
    for (name, skip) in [("tiny-sd", 1), ("tiny-sdxl", 2)] {
      let same = try await pipeline(name) { $0.clipSkip = skip }.encode(Self.prompt)
      #expect(try await pipeline(name) { _ in }.encode(Self.prompt) == same)
    }
    for skip in [0, 3] {
      #expect(throws: AdditionError.self) { try pipeline("tiny-sd") { $0.clipSkip = skip } }
    }
  }

  @Test func whatTheOutputStandsForCanBeSaid() async throws {
    var first: [Prediction: Latent] = [:]
    for prediction in Prediction.allCases {
      let pipeline = try pipeline("tiny-sd") { $0.prediction = prediction }
      var recipe = StableDiffusionTests().recipe(pipeline)
      recipe.sampling.steps = 1
      for try await step in try await pipeline.trajectory(recipe) {
        first[prediction] = step.denoised
        if prediction == .sample {
          let guided = zip(step.conditional.values, step.unconditional?.values ?? []).map {
            5 * $0 - 4 * $1
          }
          #expect(difference(step.denoised.values, guided) < 1e-4)
        }
      }
    }
    #expect(Set(first.values).count == Prediction.allCases.count)
  }

  @Test func settingsNameThem() throws {
    var recipe = Recipe(prompt: "a zorb", width: 64, height: 64, model: "m")
    recipe.embeddings = [
      .init(word: "zorb", file: "a=b, c.safetensors", hash: "0123456789ab"),
      .init(word: "<cat-toy>", file: "learned_embeds.safetensors"),
    ]
    (recipe.clipSkip, recipe.prediction) = (2, .v)
    let text = Infotext.encode(.init(recipe: recipe), version: "1")
    #expect(text.contains("Clip skip: 2") && text.contains("TI hashes: \"zorb: 0123456789ab\""))
    #expect(try Infotext.decode(text, name: "test").recipe == recipe)
  }
}
