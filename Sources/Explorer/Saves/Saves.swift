/// What is being saved, and whether the program ends.
struct Saves: Sendable, Hashable {
  /// The runs of which something is being saved, in the order of the requests.
  private(set) var runs: [Int?] = []
  /// The file that was saved last.
  var lastPath: String?
  /// Whether the picture that is being saved is to be begun with.
  var beginsWithPicture = false
  /// Whether the program ends as soon as everything is saved.
  var isEnding = false
  /// Whether quit was pressed while runs are not saved, so that once more quits.
  var asksToQuit = false
  /// Whether Ctrl-C was pressed last, so that once more quits.
  var interruptQuits = false

  /// Records the runs that have saves in progress.
  ///
  /// - Parameter shown: The run that is shown, which is meant where a request names none.
  mutating func note(_ effects: [Effect], shown: Int?) {
    for case .save(_, let run) in effects { runs.append(run ?? shown) }
  }

  /// The save that was asked for first has ended.
  ///
  /// - Returns: The run of which something was saved.
  mutating func endFirst() -> Int? { runs.isEmpty ? nil : runs.removeFirst() }
}
