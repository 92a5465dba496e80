import Recipes
import Testing

/// Prompts that change during a run. The expected prompts are those that AUTOMATIC1111's documentation gives for these
/// forms; its steps count from 1.
@Suite struct EditedPromptTests {
  private func prompts(_ text: String, steps: Int) -> [String] {
    let prompt = EditedPrompt(text)
    return (0..<steps).map { prompt.prompt(at: $0, of: steps) }
  }

  @Test func oneThingBecomesAnother() {
    #expect(prompts("a [cat:dog:0.5]", steps: 4) == ["a cat", "a cat", "a dog", "a dog"])
    #expect(prompts("a [cat:dog:3]", steps: 4) == ["a cat", "a cat", "a cat", "a dog"])
  }

  @Test func aThingComesOrGoes() {
    #expect(prompts("a cat[ in a hat:0.5]", steps: 2) == ["a cat", "a cat in a hat"])
    #expect(prompts("a cat[ in a hat::1]", steps: 2) == ["a cat in a hat", "a cat"])
  }

  @Test func thingsTakeTurns() {
    #expect(prompts("a [cow|horse|pig]", steps: 4) == ["a cow", "a horse", "a pig", "a cow"])
  }

  @Test func bracketsMayStandWithinOneAnother() {
    #expect(
      prompts("a [red [fox|cat]:dog:0.5]", steps: 4) == [
        "a red fox", "a red cat", "a dog", "a dog",
      ])
  }

  @Test(arguments: [
    "a [cat]", "a \\[cat:dog:0.5\\]", "a [cat:dog", "a cat:dog:0.5]", "a [cat:dog:when]",
    "a [a:b:c:d:0.5]", "[", "]", "[]", "a [cat:dog:nan]", "a [cat:dog:-1]", "(a cat:1.2)", "",
  ])
  func otherBracketsStayAsTheyAre(_ text: String) {
    #expect(!EditedPrompt(text).changes)
    #expect(Set(prompts(text, steps: 5)) == [text])
  }

  @Test func manyBracketsAreReadAtOnce() {
    let deep = String(repeating: "[", count: 5000)
    #expect(prompts(deep, steps: 1) == [deep])
    let open = String(repeating: "[(", count: 3000) + "a:b:"
    #expect(prompts(open, steps: 1) == [open])
    let closed = deep + "a" + String(repeating: "]", count: 5000)
    #expect(prompts(closed, steps: 1) == [closed])
  }

  @Test func weightsWithinStay() {
    #expect(prompts("[(cat:1.3):dog:1]", steps: 2) == ["(cat:1.3)", "dog"])
    #expect(prompts("([cat:dog:1]:1.2)", steps: 2) == ["(cat:1.2)", "(dog:1.2)"])
  }
}
