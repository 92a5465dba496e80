import Diffusion
import Pictures
import Recipes

/// The tour: lessons in the explorer itself. It begins with the first one, and can be left at any point and gone on with
/// at any lesson.
struct Tour: Sendable, Hashable {
  /// The lesson that is on, from 0; `nil` outside the tour.
  private(set) var lesson: Int?
  /// The lesson that one was at last: beginning with the first one again does not change it before the second.
  private(set) var left: Int
  /// What stood in the fields before the tour, while it is on.
  private(set) var before: Before?

  /// The fields as they were when the tour began.
  struct Before: Sendable, Hashable {
    let prompt: String
    let negativePrompt: String
    let chosen: ChosenSettings
    let start: Recipe.StartingPicture?
    let mode: ViewMode
    /// The prompt that the tour filled in last, and the settings; where others stand there, they are the user's own.
    var filled: String? = nil
    var filledSettings = ChosenSettings()

    init(_ fields: Fields, mode: ViewMode) {
      prompt = fields.prompt.text
      negativePrompt = fields.negative.text
      chosen = fields.chosen
      start = fields.startingPicture
      self.mode = mode
    }
  }

  /// - Parameter left: The lesson that was left another time.
  init(left: Int) { self.left = Lesson.all.indices.contains(left) ? left : 0 }

  var isOn: Bool { lesson != nil }

  /// The lesson that is on.
  var content: Lesson? { lesson.map { Lesson.all[$0] } }

  /// Begins the tour with a lesson.
  mutating func begin(at lesson: Int = 0, from fields: Fields, mode: ViewMode) {
    before = Before(fields, mode: mode)
    self.lesson = lesson
  }

  /// Goes to a lesson; behind the last one the tour is over, and begins anew another time.
  ///
  /// - Returns: Whether there is such a lesson.
  mutating func go(to index: Int) -> Bool {
    guard Lesson.all.indices.contains(index) else {
      (lesson, left) = (nil, 0)
      return false
    }
    lesson = index
    // Whoever begins anew may still choose the lesson that was left.
    if index > 0 { left = index }
    return true
  }

  /// Leaves the tour.
  mutating func leave() { lesson = nil }

  /// What stood in the fields before the tour, to be put back now that it is over.
  mutating func takeBefore() -> Before? {
    defer { before = nil }
    return before
  }

  /// A lesson has filled the fields.
  mutating func note(filled fields: Fields) {
    before?.filled = fields.prompt.text
    before?.filledSettings = fields.chosen
  }

  /// Where a key in the tour leads.
  enum Way: Sendable, Hashable {
    case lesson(Int)
    case out
  }

  /// A key on the canvas; `nil` for one that does what it does elsewhere.
  func way(of key: ExplorerKey) -> Way? {
    guard let lesson else { return nil }
    switch key {
    case .character("n"), .tab: return .lesson(lesson + 1)
    case .character("N"), .backTab, .backspace: return .lesson(max(0, lesson - 1))
    case .escape: return .out
    default: return nil
    }
  }
}
