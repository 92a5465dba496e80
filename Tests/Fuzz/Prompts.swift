import Models
import Recipes

/// A prompt: its weights, its changes during the run, and its tags.
func readPrompts(_ bytes: [UInt8]) throws {
  let prompt = String(decoding: bytes, as: UTF8.self)
  let edited = EditedPrompt(prompt)
  for step in [0, 1, 9] { try readWeights(edited.prompt(at: step, of: 10)) }
  let tagged = TaggedPrompt(prompt)
  for lora in tagged.loras { try require(lora.weight.isFinite, "a weight of \(lora.weight)") }
  try readWeights(tagged.plain)
}

private func readWeights(_ prompt: String) throws {
  for case .text(_, let weight) in WeightedPrompt(prompt).parts {
    try require(weight.isFinite, "a weight of \(weight)")
  }
}
