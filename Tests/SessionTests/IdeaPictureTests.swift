import DefaultModel
import Testing

@testable import Session

/// The training pictures beside the list of ideas.
@Suite struct IdeaPictureTests {
  @Test func nearlyEveryIdeaHasOne() {
    let ideas = Knowledge.ideas(for: nil)
    let found = ideas.count { Knowledge.picture(of: $0.prompt, for: nil) != nil }
    #expect(ideas.count > 500 && found * 10 > ideas.count * 9, "\(found) of \(ideas.count)")
  }

  @Test func theArticleDoesNotCount() throws {
    let apple = try #require(Knowledge.picture(of: "a red apple", for: nil))
    #expect(apple.name == "red apple")
    #expect(apple.picture.width == 32 && apple.picture.height == 32)
    #expect(Knowledge.picture(of: "red apple", for: nil) == apple)
  }

  /// A colour that was never taught has no picture, whatever else the words name.
  @Test(arguments: ["a purple cat", "a cat, flat", "", "a ", "an animal"])
  func othersHaveNone(_ idea: String) {
    #expect(Knowledge.picture(of: idea, for: nil) == nil)
  }
}
