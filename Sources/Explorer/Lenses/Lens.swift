import Cells
import Diffusion
import Foundation
import Pictures

/// A way of looking at a run that takes the canvas: it says what it needs to know, and shows what it was told.
///
/// A lens is a value in a file of its own. It never computes: it asks ``Study`` questions, which are answered in the
/// background, in parts where that takes long. A new lens is a file like its neighbours, a row in ``LensTable``, and,
/// where it asks something new, a case of ``Study`` with the code that answers it.
protocol Lens: Sendable, Hashable {
  /// A key that can be pressed, and a word for what it does.
  typealias Hint = (key: String, word: String)

  /// What it is called in a configuration file and in saved pictures.
  static var id: String { get }

  /// The lens as it opens on what is shown.
  init(opening explorer: Explorer)

  /// What it wants to be told, now that the explorer is as it is; the most urgent first.
  func questions(in explorer: Explorer) -> [Study]

  /// What can be pressed here; asked for apart from ``contents(in:)``, which may have pictures to make.
  func hints(in explorer: Explorer) -> [Hint]

  /// What it shows.
  func contents(in explorer: Explorer) -> LensContents

  /// Takes a key; `nil` for one that is none of its own, which then does what it does elsewhere.
  mutating func press(_ key: ExplorerKey, in explorer: inout Explorer) -> [Effect]?

  /// Draws into the canvas; lenses of pictures and curves need not say how.
  func draw(in explorer: Explorer, _ canvas: Rect, _ buffer: inout CellBuffer)

  /// What a saved picture of it says, beside the recipe: enough to have the same view again.
  func note(in explorer: Explorer) -> String

  /// Takes up what a saved picture says.
  mutating func restore(_ note: String, in explorer: inout Explorer)

  /// What is saved as a picture; `nil` where there is nothing yet.
  func picture(in explorer: Explorer) -> Picture?

  /// What Enter does here; `nil` where it does what it does elsewhere.
  func choice(in explorer: Explorer) -> LensChoice?
}

/// What choosing something in a lens leads to.
enum LensChoice: Sendable, Hashable {
  /// Runs with another seed.
  case seed(UInt64)
}

extension Lens {
  func questions(in explorer: Explorer) -> [Study] { [] }
  func hints(in explorer: Explorer) -> [Hint] { [] }
  mutating func press(_ key: ExplorerKey, in explorer: inout Explorer) -> [Effect]? { nil }
  func draw(in explorer: Explorer, _ canvas: Rect, _ buffer: inout CellBuffer) {
    explorer.draw(contents(in: explorer), in: canvas, &buffer)
  }
  func note(in explorer: Explorer) -> String { "" }
  mutating func restore(_ note: String, in explorer: inout Explorer) {}
  func choice(in explorer: Explorer) -> LensChoice? { nil }

  func picture(in explorer: Explorer) -> Picture? {
    let rows = contents(in: explorer).rows.map { $0.compactMap(\.picture) }.filter { !$0.isEmpty }
    guard let widest = rows.joined().map(\.width).max(), widest > 0 else { return nil }
    // Small pictures are enlarged, so that other programs show more than a stamp.
    let factor = max(1, 192 / widest)
    return ContactSheet.picture(
      rows: rows.map { $0.map { $0.enlarged(by: factor) } }, gap: 8, background: (255, 255, 255))
  }

  fileprivate func equals(_ other: any Lens) -> Bool { (other as? Self) == self }
}

/// The lenses there are.
struct LensTable: Sendable {
  /// A row.
  struct Entry: Sendable {
    let id: String
    let key: ExplorerKey
    /// A sentence without its full stop, for the help and the list.
    let help: String
    let open: @Sendable (Explorer) -> any Lens

    init<L: Lens>(_ lens: L.Type, _ key: Character, _ help: String) {
      (id, self.key, self.help) = (lens.id, .character(key), help)
      open = { L(opening: $0) }
    }
  }

  static let entries = [
    Entry(BenchLens.self, "B", "noise: add noise to a picture and see what the model still finds"),
    Entry(TriptychLens.self, "T", "triptych: x_t, noise and x0, with their sizes"),
    Entry(GuidanceLens.self, "G", "guidance: with and without the prompt, and the difference"),
    Entry(WordsLens.self, "W", "words: where in the picture each word matters"),
    Entry(MapLens.self, "L", "map: the prompt among the names of the embedded model"),
    Entry(AreaLens.self, "R", "target area: how far apart the pictures of a prompt are"),
    Entry(SeedsLens.self, "D", "seeds: one prompt, twelve seeds"),
    Entry(CompareLens.self, "C", "compare: two runs, and where they part"),
    Entry(WalkLens.self, "J", "walk: from one prompt or noise to another"),
    Entry(LearningLens.self, "K", "learning: watch a tiny network learn"),
  ]

  static func entry(_ id: String) -> Entry? { entries.first { $0.id == id } }
}

/// The lens that is open.
struct OpenLens: Sendable, Hashable {
  var lens: any Lens

  /// Its row of the table.
  var id: String { type(of: lens).id }

  static func == (one: OpenLens, other: OpenLens) -> Bool { one.lens.equals(other.lens) }

  func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    lens.hash(into: &hasher)
  }
}

/// What lenses were told, and the rule by which that stays within its memory: when the answers take more than
/// ``byteLimit``, those that were asked for longest ago go.
struct FindingStore: Sendable, Hashable {
  /// Bytes that all answers may take.
  static let byteLimit = 96 << 20

  private var findings: [Study: Finding] = [:]
  private var order: [Study] = []

  subscript(_ study: Study) -> Finding? { findings[study] }

  mutating func put(_ finding: Finding, for study: Study) {
    findings[study] = finding
    touch(study)
    var bytes = findings.values.reduce(0) { $0 + $1.bytes }
    while bytes > Self.byteLimit, order.count > 1 {
      let oldest = order.removeFirst()
      bytes -= findings.removeValue(forKey: oldest)?.bytes ?? 0
    }
  }

  /// The newest answer to a question like this, with the question.
  func newest(_ isLike: (Study) -> Bool) -> (study: Study, finding: Finding)? {
    order.last(where: isLike).flatMap { study in findings[study].map { (study, $0) } }
  }

  /// Makes a study the one that was asked for last.
  mutating func touch(_ study: Study) {
    order.removeAll { $0 == study }
    order.append(study)
  }

  mutating func forgetAll() { (findings, order) = ([:], []) }

  /// Forgets what could not be worked out.
  mutating func forgetFailures() {
    order.removeAll { study in
      guard case .failed? = findings[study] else { return false }
      findings[study] = nil
      return true
    }
  }
}

extension String {
  /// The number that stands behind a word of a note; `nil` where there is none.
  func number(after word: String) -> Double? {
    guard let found = range(of: word + " ") else { return nil }
    return Double(self[found.upperBound...].prefix { $0.isNumber || $0 == "." || $0 == "-" })
  }

  /// The whole number that stands behind a word of a note; `nil` where there is none.
  func integer(after word: String) -> Int? {
    number(after: word).flatMap { Int(exactly: $0.rounded()) }
  }

  /// What stands between two marks of a note; `nil` where they are not there.
  func text(from start: String, to end: String) -> String? {
    guard let first = range(of: start),
      let last = range(of: end, range: first.upperBound..<endIndex)
    else { return nil }
    return String(self[first.upperBound..<last.lowerBound])
  }
}

extension Explorer {
  /// Opens a lens, or closes it where it is open.
  mutating func toggleLens(_ id: String) {
    guard open?.id != id, let entry = LensTable.entry(id) else {
      closeLens()
      return
    }
    move(to: .canvas)
    closeLens()
    open = OpenLens(lens: entry.open(self))
  }

  mutating func closeLens() {
    open = nil
    // What could not be worked out may be when it is asked for again.
    findings.forgetFailures()
  }

  /// Opens the lens that a saved picture shows; false where it shows none.
  @discardableResult
  mutating func openLens(_ view: String) -> Bool {
    let id = String(view.prefix { $0 != ":" })
    guard let entry = LensTable.entry(id) else { return false }
    var lens = entry.open(self)
    let note = view.dropFirst(id.count + 1)
    lens.restore(String(note.drop { $0 == " " }), in: &self)
    open = OpenLens(lens: lens)
    return true
  }

  /// Does what was chosen in a lens.
  mutating func take(_ choice: LensChoice) -> [Effect] {
    switch choice {
    case .seed(let seed):
      // All but the seed is as it is in the picture that was chosen.
      if let recipe = shown?.recipe { adopt(recipe) }
      choose { $0.seed = seed }
      seedIsUsed = false
      closeLens()
      return [.measurePrompt(prompt.text), .measurePrompt(negative.text)] + start()
    }
  }

  /// A key while a lens is open; `nil` for one that it does not take.
  mutating func pressInLens(_ key: ExplorerKey) -> [Effect]? {
    guard var open, focus == .canvas else { return nil }
    // The lens is a part of what it changes.
    guard let effects = open.lens.press(key, in: &self) else { return nil }
    if self.open?.id == open.id { self.open = open }
    return effects
  }

  /// Asks what the open lens wants to know and has not been told, and takes back what nobody waits for any more.
  mutating func study() -> [Effect] {
    let wanted = model == nil ? [] : open?.lens.questions(in: self) ?? []
    for study in wanted.reversed() where findings[study] != nil { findings.touch(study) }
    let missing = wanted.filter { !(findings[$0]?.isWhole ?? false) }
    guard missing != asked else { return [] }
    asked = missing
    return [.study(missing)]
  }

  mutating func take(_ finding: Finding, for study: Study) {
    findings.put(finding, for: study)
    if case .places(let places) = finding, study == .places([prompt.text]) { lastPlaces = places }
    if finding.isWhole { asked.removeAll { $0 == study } }
  }
}
