import Pictures

/// A tiny network as it learns, from nothing.
public struct LearningFinding: Sendable, Hashable {
  /// What it is asked for.
  public var words: [String]
  /// What it painted for each word, one row for each time that it was asked; the first when it knew nothing.
  public var rows: [[Picture]] = []
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
  /// Earlier rows that are shown below the newest.
  static let earlier = 3

  init() {}
  init(opening explorer: Explorer) {}

  func questions(in explorer: Explorer) -> [Study] { [.learning] }

  func contents(in explorer: Explorer) -> LensContents {
    var contents = LensContents(
      explorer.problem(.learning) ?? "A network is being made that knows nothing.")
    guard case .learning(let finding) = explorer.findings[.learning] else { return contents }
    let seconds = Int(finding.seconds)
    contents.sentence =
      finding.share >= 1
      ? "It has learnt for \(seconds) seconds and seen \(finding.seen) noisy pictures. It began with mud."
      : "It has seen \(finding.seen) noisy pictures in \(seconds) seconds; \(Int(finding.share * 100))% of the lesson."
    let newest = finding.rows.last ?? []
    contents.rows = [
      zip(finding.words, newest).map { .init(picture: $1, caption: $0) }
    ]
    let before = finding.rows.dropLast()
    let places = ContactSheet.spread(before.count, most: Self.earlier)
    if explorer.rows >= 34, !places.isEmpty {
      contents.rows.append(
        places.flatMap { place in
          finding.words.indices.prefix(4).compactMap { word in
            before[place].indices.contains(word)
              ? LensContents.Panel(
                picture: before[place][word], caption: word == 0 ? "before" : "") : nil
          }
        })
    }
    contents.curves = [
      .init(
        label: "how wrong it is", values: finding.losses.map { $0 },
        marked: finding.losses.count - 1, ends: ("at first", "now"))
    ]
    return contents
  }
}
