/// The saves in progress, and whether the program is about to end.
struct Saves: Sendable, Hashable {
  /// The runs being saved, in the order of the requests.
  private(set) var runs: [Int?] = []
  /// The last saved file.
  var lastPath: String?
  /// Whether the picture being saved will become the starting picture.
  var beginsWithPicture = false
  /// Whether the program ends as soon as everything is saved.
  var isEnding = false
  /// Whether the user pressed quit while there are unsaved runs, so that pressing it again quits.
  var asksToQuit = false
  /// Whether the user pressed Ctrl-C last, so that pressing it again quits.
  var interruptQuits = false

  /// Records the runs that have saves in progress.
  ///
  /// - Parameter shown: The shown run, used if a request names none.
  mutating func note(_ effects: [Effect], shown: Int?) {
    for case .save(_, let run) in effects { runs.append(run ?? shown) }
  }

  /// Records that the earliest requested save has ended.
  ///
  /// - Returns: The run of the save.
  mutating func endFirst() -> Int? { runs.isEmpty ? nil : runs.removeFirst() }
}
