import DefaultModel
import Diffusion
import Models
import Recipes
import Testing

/// Prompts that change during runs of the embedded model.
@Suite struct EditedPromptRunTests {
  private func steps(_ recipe: Recipe, _ pipeline: Pipeline) async throws -> [[Float]] {
    var iterator = try await pipeline.trajectory(recipe).makeAsyncIterator()
    var steps: [[Float]] = []
    while !iterator.isFinished {
      try await pipeline.steer(&iterator, by: recipe)
      guard let step = try await iterator.next() else { break }
      steps.append(step.next.values)
    }
    return steps
  }

  private func recipe(_ prompt: String, _ pipeline: Pipeline) -> Recipe {
    var sampling = pipeline.defaults
    (sampling.seed, sampling.steps) = (7, 4)
    return Recipe(
      prompt: prompt, sampling: sampling, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
  }

  @Test func aChangeInBracketsIsAChangeOfTheRecipe() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    var changed = recipe("a red apple", pipeline)
    changed.changes = [RecipeChange(step: 2, prompt: "a blue whale")]
    let edited = recipe("a [red apple:blue whale:0.5]", pipeline)
    let found = try await steps(edited, pipeline)
    #expect(found == (try await steps(changed, pipeline)))
    #expect(found != (try await steps(recipe("a red apple", pipeline), pipeline)))
  }

  @Test func wordsInTurnsChangeEveryStep() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    var changed = recipe("a cat", pipeline)
    changed.changes = (1..<4).map {
      RecipeChange(step: $0, prompt: $0.isMultiple(of: 2) ? "a cat" : "a dog")
    }
    let found = try await steps(recipe("a [cat|dog]", pipeline), pipeline)
    #expect(found == (try await steps(changed, pipeline)))
  }

  @Test func tagsNeverReachTheTextEncoder() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    let plain = try await pipeline.encode("a cat").pooled
    #expect(try await pipeline.encode("a cat<lora:ink:0.5>").pooled == plain)
    #expect(pipeline.tokenCount("a cat<lora:ink:0.5>") == pipeline.tokenCount("a cat"))
  }
}
