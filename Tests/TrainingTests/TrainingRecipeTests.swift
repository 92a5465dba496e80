import Foundation
import Testing
import Training

@Suite struct TrainingRecipeTests {
  /// A run that an earlier release was ended in is gone on with.
  @Test func whatAnEarlierReleaseDidNotKnowIsAsUsual() throws {
    let text = """
      {"averageDecay": 0.999, "batch": 32, "captionDropout": 0.2, "cooldown": 0.25, "largestNorm": 1,
       "leastVariance": 0.05, "namedBackgrounds": 0.3, "prediction": "v", "rate": 0.0004, "seed": 7,
       "warmupSteps": 200, "weightDecay": 0.01}
      """
    var expected = TrainingRecipe(prediction: .v)
    (expected.batch, expected.captionDropout) = (32, 0.2)
    (expected.rate, expected.seed) = (0.0004, 7)
    let decoder = JSONDecoder()
    #expect(try decoder.decode(TrainingRecipe.self, from: Data(text.utf8)) == expected)
    expected.plainCaptions = 0.9
    let written = try JSONEncoder().encode(expected)
    #expect(try decoder.decode(TrainingRecipe.self, from: written) == expected)
    #expect(throws: DecodingError.self) {
      try decoder.decode(TrainingRecipe.self, from: Data("{}".utf8))
    }
  }
}
