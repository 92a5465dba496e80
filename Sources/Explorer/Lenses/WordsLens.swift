import Cells
import Diffusion
import Pictures

/// Where on the picture each word of a prompt is looked for at a step, from the network's cross-attention.
public struct WordsFinding: Sendable, Hashable {
  /// The words, in their order.
  public var words: [String]
  /// The characters of the prompt that each stands for.
  public var characters: [Range<Int>]
  /// A map `(height, width)` for each word: the attention that it gets.
  public var maps: [[Float]]
  /// Columns of a map.
  public var width: Int
  /// Rows of a map.
  public var height: Int

  /// Maps of these words.
  public init(
    words: [String], characters: [Range<Int>], maps: [[Float]], width: Int, height: Int
  ) {
    (self.words, self.characters, self.maps) = (words, characters, maps)
    (self.width, self.height) = (width, height)
  }
}

/// Cross-attention as heat over the picture (Tang et al. 2022), for a chosen word or for all.
struct WordsLens: Lens {
  static let id = "words"
  /// The word looked at; the last one, which names the thing most often, until another is chosen.
  var chosen: Int?
  /// Whether the maps of all steps are added up.
  var isSummed = false

  init(opening explorer: Explorer) {}

  private func points(in explorer: Explorer) -> [Study] {
    guard let run = explorer.shown, let frame = explorer.frame else { return [] }
    let frames = isSummed ? run.frames.elements : [frame]
    return frames.map { .words(TakenStep($0, of: run)) }
  }

  func questions(in explorer: Explorer) -> [Study] { points(in: explorer) }

  mutating func press(_ key: ExplorerKey, in explorer: inout Explorer) -> [Effect]? {
    let count = max(1, finding(in: explorer)?.finding.words.count ?? 1)
    let before = min(chosen ?? count, count - 1)
    switch key {
    case .down, .character("j"): chosen = (before + 1) % count
    case .up, .character("k"): chosen = (before + count - 1) % count
    case .character("a"): isSummed.toggle()
    default: return nil
    }
    return []
  }

  /// The maps of the step shown, or the sum of those that are there, and what they are of.
  private func finding(in explorer: Explorer) -> (finding: WordsFinding, of: String)? {
    var sum: WordsFinding?
    var count = 0
    let points = points(in: explorer)
    for study in points {
      guard case .words(let found) = explorer.findings[study] else { continue }
      guard var total = sum, total.words == found.words else {
        (sum, count) = (found, 1)
        continue
      }
      count += 1
      for (word, map) in found.maps.enumerated() where total.maps[word].count == map.count {
        for place in map.indices { total.maps[word][place] += map[place] }
      }
      sum = total
    }
    // While a run goes on, what was found last stays until there is more.
    if let sum {
      let steps = explorer.shown?.steps ?? count
      return (
        sum,
        !isSummed
          ? "at this step" : count < steps ? "over \(count) of \(steps) steps" : "over the steps"
      )
    }
    guard let run = explorer.shown?.id, let words = explorer.frame?.steering.prompt,
      let known = explorer.findings.newest({
        guard case .words(let step) = $0 else { return false }
        return step.run == run && step.steering.prompt == words
      }), case .words(let found) = known.finding, case .words(let step) = known.study
    else { return nil }
    return (found, "at step \(step.step + 1)")
  }

  func hints(in explorer: Explorer) -> [Hint] {
    [
      ("↑ ↓", "word"), ("← →", "steps"), ("a", isSummed ? "this step" : "all steps"),
    ]
  }

  func contents(in explorer: Explorer) -> LensContents {
    let points = points(in: explorer)
    var contents = LensContents(
      "Bright: the model pays most attention to this word here."
    )
    guard let frame = explorer.frame, !points.isEmpty else {
      return LensContents("Run a prompt first.")
    }
    let picture = explorer.showsFinished ? frame.finished ?? frame.denoised : frame.denoised
    if explorer.model?.readsPrompt == false {
      return LensContents("This model takes no prompt, so there are no words to show.")
    }
    if frame.steering.prompt.allSatisfy(\.isWhitespace) {
      return LensContents("The prompt of this step is empty, so there are no words to show.")
    }
    guard let (finding, steps) = finding(in: explorer), !finding.words.isEmpty else {
      contents.rows = [
        [.init(picture: picture, caption: "its guess", brief: "its guess")]
      ]
      return contents
    }
    // The word under the caret, where one edits the prompt.
    let typed = String(explorer.prompt.text.prefix(explorer.prompt.caret))
    let caret =
      explorer.focus == .prompt && frame.steering.prompt.hasPrefix(typed)
      ? finding.characters.firstIndex { $0.contains(typed.count) || $0.upperBound == typed.count }
      : nil
    let shown = min(caret ?? chosen ?? finding.words.count, finding.words.count - 1)
    let panels = finding.words.indices.map { word in
      LensContents.Panel(
        picture: picture.lit(by: finding.maps[word], columns: finding.width, rows: finding.height),
        caption: finding.words[word], isChosen: word == shown)
    }
    let large = [
      LensContents.Panel(
        picture: picture, caption: "its guess", brief: "its guess", symbol: "x0"),
      panels[shown],
    ]
    // A dozen words are as many as can be told apart.
    let first = max(0, min(shown - 5, panels.count - 12))
    let few = Array(panels[first..<min(panels.count, first + 12)])
    contents.rows = few.count > 1 ? [large, few] : [large]
    contents.facts = [
      isSummed
        ? "Averaged over heads and layers, summed \(steps)."
        : "Averaged over heads and layers \(steps); each word scaled to its own maximum."
    ]
    return contents
  }

  mutating func restore(_ note: String, in explorer: inout Explorer) {
    chosen = note.integer(after: "word").map { max(0, min(1_000_000, $0) - 1) }
    isSummed = note.contains("all steps")
  }

  func note(in explorer: Explorer) -> String {
    ((chosen.map { ["word \($0 + 1)"] } ?? []) + (isSummed ? ["all steps"] : [])).joined(
      separator: ", ")
  }
}

extension Picture {
  /// The picture in grey, and in its own colours and brighter the higher a map is at a place.
  func lit(by map: [Float], columns: Int, rows: Int) -> Picture {
    guard columns > 0, rows > 0, map.count == columns * rows,
      let least = map.min(), let most = map.max(), most > least
    else { return self }
    var result = self
    for y in 0..<height {
      for x in 0..<width {
        let value =
          (map[(y * rows / height) * columns + x * columns / width] - least) / (most - least)
        let place = (y * width + x) * 3
        let grey =
          (Float(pixels[place]) * 0.3 + Float(pixels[place + 1]) * 0.59
            + Float(pixels[place + 2]) * 0.11) * 0.35
        let heat: (Float, Float, Float) = (255, 190, 60)
        func mixed(_ own: UInt8, _ warm: Float) -> UInt8 {
          let lit = 0.45 * Float(own) + 0.55 * warm
          return UInt8(max(0, min(255, grey + (lit - grey) * value)))
        }
        result.pixels[place] = mixed(pixels[place], heat.0)
        result.pixels[place + 1] = mixed(pixels[place + 1], heat.1)
        result.pixels[place + 2] = mixed(pixels[place + 2], heat.2)
      }
    }
    return result
  }
}
