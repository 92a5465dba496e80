import Cells
import WordGame

/// The word game: noise in words instead of pixels. The user repairs a sentence, and watches the program do it.
struct GameView: View {
  static let id = "game"
  /// The maximum number of characters to read of a pasted text; a sentence of the game has fewer.
  private static let longestPaste = 1000

  private var game: WordGame
  /// Why the text encoder gave no result.
  private var problem: String?

  init(opening context: ViewContext) { self.init(seed: UInt64(context.runs.nextID)) }

  /// The game of a seed.
  init(seed: UInt64) { game = WordGame(seed: seed) }

  var isTyping: Bool { game.isTyping }
  var followsRuns: Bool { false }

  // MARK: The text encoder

  func questions(in context: ViewContext) -> [Study] {
    game.request.map { [.sentences($0.sentences)] } ?? []
  }

  /// The program continues as soon as the sentences that it tries are encoded.
  mutating func update(in context: ViewContext) {
    while let request = game.request,
      let finding = context.findings[.sentences(request.sentences)]
    {
      switch finding {
      case .sentences(let embeddings): game.receive(embeddings, for: request.id)
      case .failed(let text):
        problem = text
        game.receive(nil, for: request.id)
      default: return
      }
    }
  }

  // MARK: Keys

  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    guard let key = gameKey(key) else { return nil }
    let isTyping = game.isTyping
    // A key without a meaning in a text is not a command either.
    guard game.press(key) || isTyping else { return nil }
    if game.denoising == nil { problem = nil }
    return .stays
  }

  mutating func paste(_ text: String) { game.paste(String(text.prefix(Self.longestPaste))) }

  private func gameKey(_ key: ExplorerKey) -> WordGame.Key? {
    switch key {
    case .left: .left
    case .right: .right
    case .up: .up
    case .down: .down
    case .home: .home
    case .end: .end
    case .enter: .enter
    case .escape: .escape
    case .backspace, .control("h"): .backspace
    case .character("h") where !game.isTyping: .left
    case .character("l") where !game.isTyping: .right
    case .character("k") where !game.isTyping: .up
    case .character("j") where !game.isTyping: .down
    case .character(let character): .character(character)
    default: nil
    }
  }

  func hints(in context: ViewContext) -> [Hint] {
    game.scene.keys.split(separator: " · ").map { hint in
      let words = hint.split(separator: " ")
      let keys = max(1, words.prefix { "←→↑↓".contains($0) }.count)
      return (
        words.prefix(keys).joined(separator: " "), words.dropFirst(keys).joined(separator: " ")
      )
    }
  }

  // MARK: What is shown

  func contents(in context: ViewContext) -> ViewContents {
    let scene = game.scene
    return ViewContents(([scene.heading + "."] + scene.lines).joined(separator: " "))
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    GameDrawing(game.scene, problem: problem, context.painter).draw(in: canvas, &buffer)
  }
}
