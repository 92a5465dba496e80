import Cells
import Pictures

/// A tiny network that learns from scratch.
public struct LearningFinding: Sendable, Hashable {
  /// Its prompts.
  public var words: [String]
  /// What it painted for each word, one row for each time it was sampled; the first row is from before training.
  public var rows: [[Picture]] = []
  /// The training time in seconds at each sampling.
  public var times: [Double] = []
  /// The loss at each sampling except the first.
  public var losses: [Double] = []
  /// The number of pictures it has seen.
  public var seen = 0
  /// The training time so far, in seconds.
  public var seconds = 0.0
  /// The mean squared error of its guesses for each fifth of the noise levels, the lowest noise first; empty until all
  /// are known.
  public var lossByLevel: [Double] = []
  /// The completed fraction of the training, 0 to 1.
  public var share = 0.0

  /// An untrained network.
  public init(words: [String]) { self.words = words }
}

/// Shows the tiny network's learning: what it paints for each of its words, from the first time to now.
struct LearningView: View {
  static let id = "learning"
  /// The number of earlier rows shown above the newest.
  static let earlier = 2
  /// The number of words shown on a small canvas, because more would make the shapes too small to recognise.
  static let few = 4

  init(opening context: ViewContext) {}

  var followsRuns: Bool { false }

  func questions(in context: ViewContext) -> [Study] { [.learning] }

  func contents(in context: ViewContext) -> ViewContents {
    var contents = ViewContents(
      "Creating a new network that knows nothing yet.")
    guard case .learning(let finding) = context.findings[.learning] else { return contents }
    let seconds = Int(finding.seconds)
    contents.sentence =
      finding.share >= 1
      ? "It learned from \(finding.seen) pictures in \(seconds) s. At first it painted only grey."
      : "\(finding.seen) noisy pictures in \(seconds) seconds; \(Int(finding.share * 100))% of the lesson."
    contents.isProgress = true
    let shown = places(of: finding, in: context.canvas)
    contents.rows = shown.map { row($0, of: finding, in: context.canvas) }
    contents.curves = [
      .init(
        label: "its error over time", values: finding.losses.map { $0 },
        marked: finding.losses.count - 1, ends: ("at first", "now"))
    ]
    if let least = finding.lossByLevel.first, let most = finding.lossByLevel.last {
      contents.curves.append(
        .init(
          label: "error by noise", values: finding.lossByLevel.map { $0 },
          ends: ("little", "much")))
      contents.facts = [
        "The error is an average: \(least.fixed(3)) with little noise, \(most.fixed(3)) with much. "
          + "Every picture starts at the noisy end, where the error is large, so it can still look like noise."
      ]
    }
    return contents
  }

  /// The times shown, the earliest first, as in the curve.
  private func places(of finding: LearningFinding, in canvas: Rect) -> [Int] {
    guard let newest = finding.rows.indices.last else { return [] }
    let count = canvas.height >= 36 ? Self.earlier : canvas.height >= 22 ? 1 : 0
    // The earlier times are a sixteenth and a quarter of the way to the newest, because most changes happen early.
    let earlier = (1...Self.earlier).map { newest >> (2 * $0) }.prefix(count)
    return Set(earlier.filter { $0 > 0 } + [newest]).sorted()
  }

  /// The pictures painted at one time. The words are above the newest row; the time is above each of the others.
  private func row(
    _ place: Int, of finding: LearningFinding, in canvas: Rect
  ) -> [ViewContents.Panel] {
    let isNewest = place == finding.rows.count - 1
    let time = finding.times.indices.contains(place) ? Int(finding.times[place]) : 0
    let isSmall = canvas.width < 100 || canvas.height < 22
    let count = isSmall ? Self.few : finding.rows[place].count
    return finding.rows[place].prefix(count).enumerated().map { index, picture in
      let word = finding.words.indices.contains(index) ? finding.words[index] : ""
      let article = ["a ", "an "].first { word.hasPrefix($0) } ?? ""
      let name = String(word.dropFirst(article.count))
      return .init(
        picture: picture, caption: isNewest ? name : index == 0 ? "after \(time) s" : "")
    }
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    ViewDrawing(context).drawFilling(contents(in: context), in: canvas, &buffer)
  }
}
