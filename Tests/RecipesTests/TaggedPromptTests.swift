import Recipes
import Testing

/// LoRAs that a prompt names.
@Suite struct TaggedPromptTests {
  @Test func tagsAreTakenOut() {
    let prompt = TaggedPrompt("a fox <lora:styles/ink:0.7>, <lora:soft> at night")
    #expect(prompt.plain == "a fox ,  at night")
    #expect(prompt.loras.map(\.name) == ["ink", "soft"])
    #expect(prompt.loras.map(\.weight) == [0.7, 1])
  }

  @Test(arguments: ["a < b", "<3 you", "a <lora", "<>", "", "1 < 2 > 1"])
  func otherTextStays(_ text: String) {
    #expect(TaggedPrompt(text).plain == text && TaggedPrompt(text).loras.isEmpty)
  }

  @Test func aWeightThatIsNoneIsOne() {
    #expect(TaggedPrompt("<lora:ink:much>").loras.map(\.weight) == [1])
    #expect(TaggedPrompt("<lora:ink:nan>").loras.map(\.weight) == [1])
  }
}
