/// All views.
struct ViewTable: Sendable {
  /// A row.
  struct Entry: Sendable {
    let id: String
    let key: ExplorerKey
    /// A sentence without its full stop, for the help and the list.
    let help: String
    let open: @Sendable (ViewContext) -> any View

    init<V: View>(_ view: V.Type, _ key: Character, _ help: String) {
      (id, self.key, self.help) = (view.id, .character(key), help)
      open = { V(opening: $0) }
    }
  }

  static let entries = [
    Entry(NoiseView.self, "B", "noise: add noise to a picture and see what the model still finds"),
    Entry(TriptychView.self, "T", "triptych: x_t, noise and x0, with their sizes"),
    Entry(GuidanceView.self, "G", "guidance: with and without the prompt, and the difference"),
    Entry(WordsView.self, "W", "words: which parts of the picture each word affects most"),
    Entry(MapView.self, "L", "map: the prompt among the names of the embedded model"),
    Entry(AreaView.self, "R", "target area: how different the pictures of a prompt are"),
    Entry(SeedsView.self, "D", "seeds: one prompt, twelve seeds"),
    Entry(CopyView.self, "Y", "copy: is the result a copy? Shows the nearest training pictures"),
    Entry(CompareView.self, "C", "compare: two runs, and the step at which they part"),
    Entry(WalkView.self, "J", "walk: from one prompt to another, or from one noise to another"),
    Entry(
      ScheduleView.self, "H",
      "schedule: the noise level of each step; other schedules and samplers with the same seed"
    ),
    Entry(LearningView.self, "K", "learning: watch a tiny network learn"),
    Entry(
      GameView.self, "V", "game: find the replaced words, then watch the program find them"),
  ]

  static func entry(_ id: String) -> Entry? { entries.first { $0.id == id } }
}
