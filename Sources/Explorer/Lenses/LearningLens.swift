import Pictures

/// A tiny network as it learns, from nothing.
public struct LearningFinding: Sendable, Hashable {
  /// What it is asked for.
  public var words: [String]
  /// What it painted for each word, one row for each time that it was asked; the first when it knew nothing.
  public var rows: [[Picture]] = []
  /// The seconds it had learnt for at each of these times.
  public var times: [Double] = []
  /// The loss at each of these times but the first.
  public var losses: [Double] = []
  /// Pictures it has seen.
  public var seen = 0
  /// Seconds it has learnt.
  public var seconds = 0.0
  /// The share of the lesson that is over, 0 to 1.
  public var share = 0.0

  /// A network that has learnt nothing yet.
  public init(words: [String]) { self.words = words }
}

/// Learning, before one's eyes: what the tiny network paints for each of its words, now and before.
struct LearningLens: Lens {
  static let id = "learning"
  /// Earlier rows that are shown below the newest.
  static let earlier = 3

  init(opening explorer: Explorer) {}

  func questions(in explorer: Explorer) -> [Study] { [.learning] }

  func contents(in explorer: Explorer) -> LensContents {
    var contents = LensContents(
      "A new network that knows nothing yet is being made.")
    guard case .learning(let finding) = explorer.findings[.learning] else { return contents }
    let seconds = Int(finding.seconds)
    contents.sentence =
      finding.share >= 1
      ? "It learned for \(seconds) seconds from \(finding.seen) noisy pictures. At first it painted only grey."
      : "\(finding.seen) noisy pictures in \(seconds) seconds; \(Int(finding.share * 100))% of the lesson."
    contents.isProgress = true
    func row(_ place: Int) -> [LensContents.Panel] {
      let isNewest = place == finding.rows.count - 1
      let time = finding.times.indices.contains(place) ? Int(finding.times[place]) : 0
      return finding.rows[place].enumerated().map { index, picture in
        let word = finding.words.indices.contains(index) ? finding.words[index] : ""
        let name = word.hasPrefix("a ") ? String(word.dropFirst(2)) : word
        return .init(
          picture: picture, caption: isNewest ? name : index == 0 ? "after \(time) s" : "")
      }
    }
    if !finding.rows.isEmpty { contents.rows = [row(finding.rows.count - 1)] }
    let height = explorer.layout.canvas.height
    // The earliest times tell most: what lies a half, a quarter, an eighth of the way back.
    let places = (1...Self.earlier).map { (finding.rows.count - 1) >> $0 }
    for place in places.prefix(height >= 36 ? Self.earlier : height >= 22 ? 1 : 0)
    where place > 0 && place < finding.rows.count - 1 {
      contents.rows.append(row(place))
    }
    contents.curves = [
      .init(
        label: "its error", values: finding.losses.map { $0 },
        marked: finding.losses.count - 1, ends: ("at first", "now"))
    ]
    return contents
  }
}
