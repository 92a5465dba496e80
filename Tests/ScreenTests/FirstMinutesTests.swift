import Foundation
import Testing

/// Ten first minutes: someone who has never seen the program types or pastes a sentence, wherever the keys go just then.
/// The sentence is what runs, at once or after the Enter that the screen asks for, and nothing is lost: the program goes
/// on, nothing is saved that nobody saved, and the run before is still there.
@Suite(.serialized, .oneAtATime) struct FirstMinutesTests {
  private static let picture = "the picture after"
  /// The End key, which goes to the newest step.
  private static let end = "\u{1b}[F"

  /// Waits for the question whether a sentence is the prompt, and says yes.
  private func accept(_ sentence: String, in window: Window) throws {
    try window.wait(for: "Use “\(sentence)” as the prompt?")
    #expect(window.screen.text.contains("enter yes, esc no"))
    window.type("\r")
    try window.wait("the question to go") { !$0.screen.text.contains("as the prompt?") }
  }

  /// Waits until the newest run is done. For a prompt far from the training prompts, a hint covers the run's number
  /// until a key is pressed.
  private func waitForPicture(ofRun runs: Int, in window: Window) throws {
    let signs = [Self.picture] + (runs > 1 ? ["run \(runs)/\(runs)"] : [])
    for _ in 0..<300 {
      let text = window.screen.text
      if signs.allSatisfy(text.contains) { return }
      window.type(Self.end)
      window.rest(milliseconds: 400)
    }
    try window.wait("the picture of run \(runs)", seconds: 0) { _ in false }
  }

  /// Expects that a sentence is the prompt of the newest run: the picture that is saved is called after it, and no other
  /// file is there.
  private func expectRan(_ sentence: String, runs: Int = 2, in window: Window) throws {
    try waitForPicture(ofRun: runs, in: window)
    #expect(window.screen.text.contains(sentence))
    window.rest()
    window.type("s")
    let name = sentence.replacing(" ", with: "-") + "-7.png"
    try window.wait(for: "saved ")
    let files = try FileManager.default.contentsOfDirectory(atPath: window.folder.path)
    #expect(files.filter { $0.hasSuffix(".png") || $0.hasSuffix(".txt") } == [name])
    window.type("\u{3}\u{3}\u{3}")
    #expect(try window.end() == .exited(0))
  }

  /// An explorer whose first picture is done, with the focus on it.
  private func focusedOnPicture() throws -> Window {
    let window = try Window()
    try window.wait(for: Self.picture)
    window.goToPicture()
    try window.wait("the focus to move") { !$0.screen.text.contains("▸prompt") }
    return window
  }

  // MARK: Typed

  /// Typed before the program has drawn anything, as after a command in a shell.
  @Test func atOnceAtTheStart() throws {
    let window = try Window()
    window.type("a green frog\r")
    try window.wait(for: "prompt  a green frog")
    try expectRan("a green frog", runs: 1, in: window)
  }

  /// Its letters quit, save, copy and switch what is shown.
  @Test(arguments: ["quick squid dances", "some dusk exits quietly", "xylophones and quartz"])
  func onThePicture(_ sentence: String) throws {
    let window = try focusedOnPicture()
    window.type(sentence)
    try accept(sentence, in: window)
    try expectRan(sentence, in: window)
  }

  @Test(arguments: [
    ("seed", "3 quick red foxes"), ("steps", "12 zebras by a quay"),
    ("guidance", "some quiet dunes"),
  ])
  func inANumberField(_ field: String, _ sentence: String) throws {
    let window = try focusedOnPicture()
    for label in ["prompt", "leave out", "seed", "steps", "guidance"] {
      window.type("\t")
      try window.wait(for: "▸\(label)")
      if label == field { break }
    }
    let before = window.screen.row(3).replacing("▸", with: " ")
    window.type(sentence)
    try accept(sentence, in: window)
    // The numbers are what they were.
    #expect(window.screen.row(3) == before)
    try expectRan(sentence, in: window)
  }

  @Test func duringARun() throws {
    let window = try Window(["a red apple", "--steps", "120"])
    // A run without any steps would not be kept.
    try window.wait("some steps") { window in
      (5...60).contains { window.screen.text.contains("step \($0 < 10 ? "  " : " ")\($0) of 120") }
    }
    window.goToPicture()
    try window.wait("the focus to move") { !$0.screen.text.contains("▸prompt") }
    window.type("seven swans exit a quad")
    try accept("seven swans exit a quad", in: window)
    try expectRan("seven swans exit a quad", in: window)
  }

  /// The first lesson is a game of words, which makes way for the picture.
  @Test func inTheTour() throws {
    let window = try Window(["tour"])
    try window.wait(for: "Words with noise")
    try window.wait(for: Self.picture)
    window.type("nine quiet sheep in a dell")
    try accept("nine quiet sheep in a dell", in: window)
    try expectRan("nine quiet sheep in a dell", in: window)
  }

  /// A list of another kind than prompts offers the sentence where nothing in it is called so; an idea runs as it is.
  @Test(arguments: ["!", "v", "\u{b}"])
  func inAList(_ key: String) throws {
    let window = try focusedOnPicture()
    window.rest()
    window.type(key)
    try window.wait(for: "type to search")
    window.rest()
    let sentence = "a walrus juggling teacups"
    window.type(sentence)
    try window.wait(for: sentence)
    window.type("\r")
    if key != "!" { try accept(sentence, in: window) }
    try expectRan(sentence, in: window)
  }

  @Test func inTheHelp() throws {
    let window = try focusedOnPicture()
    window.type("?")
    try window.wait(for: "type to search")
    window.type("the zebra quietly juggles")
    try window.wait(for: "enter offers it as the prompt")
    window.type("\r")
    try accept("the zebra quietly juggles", in: window)
    try expectRan("the zebra quietly juggles", in: window)
  }

  @Test func whilePresenting() throws {
    let window = try Window(["present"])
    try window.wait(for: Self.picture)
    #expect(!window.screen.text.contains("guidance"))
    window.type("four quick foxes on sand")
    try accept("four quick foxes on sand", in: window)
    // Still nothing but the picture; the rest comes back with esc.
    #expect(!window.screen.text.contains("guidance"))
    window.type("\u{1b}")
    try window.wait(for: "guidance")
    try expectRan("four quick foxes on sand", in: window)
  }

  // MARK: Pasted

  @Test func pastedOnThePicture() throws {
    let window = try focusedOnPicture()
    window.type("\u{1b}[200~a squid by\nthe quay\u{1b}[201~")
    try accept("a squid by the quay", in: window)
    try expectRan("a squid by the quay", in: window)
  }

  @Test func pastedInThePrompt() throws {
    let window = try focusedOnPicture()
    window.type("e")
    try window.wait(for: "▸prompt")
    window.type("\u{1b}[200~two dogs\nat dusk\u{1b}[201~")
    try window.wait(for: "two dogs at dusk")
    window.type("\r")
    try expectRan("two dogs at dusk", in: window)
  }
}
