import Cells
import Diffusion
import Pictures

/// Which parts of the picture attend to each word of a prompt at a step, from the network's cross-attention.
public struct WordsFinding: Sendable, Hashable {
  /// The words, in order.
  public var words: [String]
  /// The range of characters of the prompt for each word.
  public var characters: [Range<Int>]
  /// A map `(height, width)` for each word: the attention to it.
  public var maps: [[Float]]
  /// The width of a map.
  public var width: Int
  /// The height of a map.
  public var height: Int

  /// Maps of these words.
  public init(
    words: [String], characters: [Range<Int>], maps: [[Float]], width: Int, height: Int
  ) {
    (self.words, self.characters, self.maps) = (words, characters, maps)
    (self.width, self.height) = (width, height)
  }
}

/// Cross-attention as a heat map over the picture (Tang et al. 2022), for a chosen word, with the other words beside
/// it.
struct WordsView: View {
  static let id = "words"
  /// The chosen word; by default the last word that is not a filler, which usually names the thing.
  var chosen: Int?
  /// Whether the maps of all steps are summed.
  var isSummed = true

  init(opening context: ViewContext) {}

  /// Filler words, which a picture hardly shows: they come last and are never the default.
  private static let fillers: Set<String> = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "it", "its", "of", "on",
    "or", "that", "the", "this", "to", "with",
  ]

  /// The words in the order of the keys: fillers last.
  private static func order(_ words: [String]) -> [Int] {
    let fillers = words.indices.filter { isFiller(words[$0]) }
    return words.indices.filter { !fillers.contains($0) } + fillers
  }

  private static func isFiller(_ word: String) -> Bool { fillers.contains(word.lowercased()) }

  // MARK: Studies

  func questions(in context: ViewContext) -> [Study] {
    guard let run = context.shown, let frame = context.frame else { return [] }
    guard isSummed else { return [.words(TakenStep(frame, of: run))] }
    // Maps of a different prompt cannot be added to those of this one.
    let frames = run.frames.elements.filter { $0.steering.prompt == frame.steering.prompt }
    let studies = frames.map { Study.words(TakenStep($0, of: run)) }
    // During a run, steps are requested in order. After it, the last step comes first, then steps far apart from each
    // other, so that a partial sum is closer to the full one.
    guard !run.isOpen else { return studies }
    return studies.indices.map { (place: $0, rank: (studies.count - 1 - $0).trailingZeroBitCount) }
      .sorted { ($0.rank, $0.place) > ($1.rank, $1.place) }
      .map { studies[$0.place] }
  }

  /// The maps of the shown step, or the sum of the maps so far, with a description.
  private func finding(in context: ViewContext) -> (finding: WordsFinding, of: String)? {
    var sum: WordsFinding?
    var count = 0
    for study in questions(in: context) {
      guard case .words(let found) = context.findings[study] else { continue }
      if sum == nil { sum = found } else { sum?.add(found) }
      count += 1
    }
    // During a run, the previous finding stays until there is a new one.
    if let sum {
      let steps = context.shown?.steps ?? count
      return (
        sum,
        !isSummed
          ? "at this step"
          : "summed over " + (count < steps ? "\(count) of \(steps) steps" : "the steps")
      )
    }
    guard let run = context.shown?.id, let words = context.frame?.steering.prompt,
      let known = context.findings.newest({
        guard case .words(let step) = $0 else { return false }
        return step.run == run && step.steering.prompt == words
      }), case .words(let found) = known.finding, case .words(let step) = known.study
    else { return nil }
    return (found, "at step \(step.step + 1)")
  }

  // MARK: The chosen word

  /// The chosen word among the words that exist.
  private func shown(of finding: WordsFinding, in context: ViewContext) -> Int {
    // The word under the caret, while the prompt is being edited.
    if context.isTyping, let prompt = context.frame?.steering.prompt {
      let typed = String(context.prompt.text.prefix(context.prompt.caret))
      if prompt.hasPrefix(typed),
        let word = finding.characters.firstIndex(where: {
          $0.contains(typed.count) || $0.upperBound == typed.count
        })
      {
        return max(0, min(word, finding.words.count - 1))
      }
    }
    return own(of: finding.words)
  }

  /// The chosen word, or the default.
  private func own(of words: [String]) -> Int {
    let first = words.lastIndex { !Self.isFiller($0) } ?? words.count - 1
    return max(0, min(chosen ?? first, words.count - 1))
  }

  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    let by: Int
    switch key {
    case .down, .character("j"): by = 1
    case .up, .character("k"): by = -1
    case .character("a"):
      isSummed.toggle()
      return .stays
    default: return nil
    }
    let words = finding(in: context)?.finding.words ?? []
    let order = Self.order(words)
    guard let place = order.firstIndex(of: own(of: words)) else { return .stays }
    chosen = order[(place + by + order.count) % order.count]
    return .stays
  }

  func hints(in context: ViewContext) -> [Hint] {
    [
      ("↑ ↓", "word"), ("← →", "steps"), ("a", isSummed ? "this step" : "all steps"),
    ]
  }

  // MARK: What is shown

  /// More than a dozen words cannot be told apart.
  private static let most = 12
  /// The maximum width of a heat map in pixels; wider ones show no more on a screen.
  private static let widest = 128

  private func picture(of frame: Frame, _ context: ViewContext) -> Picture {
    context.runs.showsFinished ? frame.finished ?? frame.denoised : frame.denoised
  }

  func contents(in context: ViewContext) -> ViewContents {
    guard let frame = context.frame, context.shown != nil else {
      return ViewContents("Run a prompt first.")
    }
    if context.model?.readsPrompt == false {
      return ViewContents("This model takes no prompt, so there are no words to show.")
    }
    if frame.steering.prompt.allSatisfy(\.isWhitespace) {
      return ViewContents("The prompt of this step is empty, so there are no words to show.")
    }
    var contents = ViewContents(
      "Bright: the model pays most attention to this word here.")
    let picture = picture(of: frame, context).reduced(to: Self.widest)
    let guess = ViewContents.Panel(
      picture: picture, caption: "its guess", brief: "its guess", symbol: "x0")
    guard let (finding, steps) = finding(in: context), !finding.words.isEmpty else {
      contents.rows = [[guess]]
      return contents
    }
    let shown = shown(of: finding, in: context)
    func panel(_ word: Int) -> ViewContents.Panel {
      .init(
        picture: picture.heated(by: finding, word: word), caption: finding.words[word],
        isChosen: word == shown)
    }
    contents.rows = [[guess, panel(shown)]]
    guard context.canvas.height >= Self.high else { return contents }
    let words = finding.words.indices.filter {
      $0 == shown || !Self.isFiller(finding.words[$0])
    }
    let place = words.firstIndex(of: shown) ?? 0
    let first = max(0, min(place - 5, words.count - Self.most))
    if words.count > 1 { contents.rows.append(words.dropFirst(first).prefix(Self.most).map(panel)) }
    contents.facts = [
      "Averaged over heads and layers, \(steps); each word scaled to its own maximum."
    ]
    return contents
  }

  /// The minimum height of the canvas, in rows, for a second row of pictures.
  private static let high = 24

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    let drawing = ViewDrawing(context)
    let contents = contents(in: context)
    guard canvas.height >= 8, contents.rows.first?.count == 2,
      let finding = finding(in: context)?.finding
    else { return drawing.draw(contents, in: canvas, &buffer) }
    var large = contents
    let scale = Rect(x: canvas.x + 1, y: canvas.maxY - 1, width: canvas.width - 2, height: 1)
    var room = Rect(x: canvas.x, y: canvas.y, width: canvas.width, height: canvas.height - 1)
    if contents.rows.count > 1 {
      // The chosen word gets two thirds of the canvas.
      var small = ViewContents("")
      (small.rows, small.facts) = (Array(contents.rows.dropFirst()), contents.facts)
      (large.rows, large.facts) = (Array(contents.rows.prefix(1)), [])
      let height = room.height / 3
      room.height -= height
      drawing.draw(
        small, in: Rect(x: room.x, y: room.maxY, width: room.width, height: height), &buffer)
    }
    drawing.draw(large, in: room, &buffer)
    drawScale(of: finding, in: scale, context, &buffer)
  }

  /// Draws all words, the fillers last and dimmed, and the meaning of the colours.
  private func drawScale(
    of finding: WordsFinding, in row: Rect, _ context: ViewContext, _ buffer: inout CellBuffer
  ) {
    let words = finding.words
    let painter = context.painter
    let (ink, dim) = (painter.text(painter.theme.ink), painter.text(painter.theme.dim))
    let ends = row.width >= 60 ? ("little ", " much attention") : ("little ", " much")
    let steps = row.width >= 60 ? 12 : 6
    let start = row.maxX - ends.0.count - steps - ends.1.count
    var x = buffer.print(ends.0, x: start, y: row.y, dim, in: row)
    painter.art.draw(
      Heat.scale(steps: steps), in: Rect(x: x, y: row.y, width: steps, height: 1), into: &buffer)
    buffer.print(ends.1, x: x + steps, y: row.y, dim, in: row)

    let room = Rect(x: row.x, y: row.y, width: start - 2 - row.x, height: 1)
    let shown = shown(of: finding, in: context)
    let order = Self.order(words)
    let texts = order.map { ($0 == shown ? "▸ " : "") + words[$0] }
    // Words before the chosen one are left out to make room for it.
    let place = order.firstIndex(of: shown) ?? 0
    var first = 0
    while first < place,
      texts[first...place].reduce(0, { $0 + CellWidth.of($1) + 2 }) > room.width + 2
    {
      first += 1
    }
    x = room.x
    for (text, word) in zip(texts, order).dropFirst(first) {
      let style =
        word == shown
        ? painter.text(painter.theme.accent, .bold) : Self.isFiller(words[word]) ? dim : ink
      x = buffer.print(text, x: x, y: row.y, style, in: room) + 2
    }
  }

  // MARK: Saving

  mutating func restore(_ note: String) {
    chosen = note.integer(after: "word").map { max(0, min(1_000_000, $0) - 1) }
    isSummed = note.contains("all steps")
  }

  func note(in context: ViewContext) -> String {
    ((chosen.map { ["word \($0 + 1)"] } ?? []) + [isSummed ? "all steps" : "this step"]).joined(
      separator: ", ")
  }

  /// The picture, and the heat map of each word with the word below it, four in a row.
  func picture(in context: ViewContext) -> Picture? {
    guard let frame = context.frame, context.shown != nil else { return nil }
    let picture = picture(of: frame, context).reduced(to: 256)
    guard picture.width > 0 else { return nil }
    let finding = finding(in: context)?.finding
    let words = finding.map { Self.order($0.words) } ?? []
    let heats = words.compactMap { word in
      finding.map { (text: $0.words[word], picture: picture.heated(by: $0, word: word)) }
    }
    let legend = heats.isEmpty ? "" : "amber: much attention, grey: little"
    let factor = max(1, 192 / picture.width)
    let sheet = ([(text: "its guess", picture: picture)] + heats).enumerated().map { index, panel in
      let large = panel.picture.enlarged(by: factor)
      return CaptionStrip(width: large.width, prompt: panel.text, longestDetail: legend)
        .under(large, detail: index == 0 ? legend : "")
    }
    return ContactSheet.picture(
      rows: stride(from: 0, to: sheet.count, by: 4).map {
        Array(sheet[$0..<min($0 + 4, sheet.count)])
      },
      gap: 8, background: (255, 255, 255))
  }
}

extension WordsFinding {
  /// Adds the maps of another step with the same prompt.
  fileprivate mutating func add(_ other: WordsFinding) {
    guard words == other.words, maps.count == other.maps.count else { return }
    for (word, map) in other.maps.enumerated() where maps[word].count == map.count {
      for place in map.indices { maps[word][place] += map[place] }
    }
  }
}
