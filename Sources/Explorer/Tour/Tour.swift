import Diffusion
import Pictures
import Recipes

/// The tour: lessons inside the explorer. It starts with the first lesson, can be left at any point, and can be resumed
/// at any lesson.
struct Tour: Sendable, Hashable {
  /// The index of the current lesson; `nil` outside the tour.
  private(set) var lesson: Int?
  /// The lesson that the user reached last. If the user starts again with the first lesson, it does not change until
  /// the second.
  private(set) var left: Int
  /// The contents of the fields before the tour, while the tour is running.
  private(set) var before: Before?

  /// The fields as they were when the tour began.
  struct Before: Sendable, Hashable {
    let prompt: String
    let negativePrompt: String
    let chosen: ChosenSettings
    let start: Recipe.StartingPicture?
    let pictureKind: PictureKind
    /// The prompt and the settings that the tour last filled in. If the fields contain anything else, the user typed
    /// it.
    var filled: String? = nil
    var filledSettings = ChosenSettings()

    init(_ fields: Fields, pictureKind: PictureKind) {
      prompt = fields.prompt.text
      negativePrompt = fields.negative.text
      chosen = fields.chosen
      start = fields.startingPicture
      self.pictureKind = pictureKind
    }
  }

  /// - Parameter left: The lesson at which the tour was left earlier.
  init(left: Int) { self.left = Lesson.all.indices.contains(left) ? left : 0 }

  var isOn: Bool { lesson != nil }

  /// The current lesson.
  var content: Lesson? { lesson.map { Lesson.all[$0] } }

  /// Starts the tour at a lesson.
  mutating func begin(at lesson: Int = 0, from fields: Fields, pictureKind: PictureKind) {
    before = Before(fields, pictureKind: pictureKind)
    self.lesson = lesson
  }

  /// Goes to a lesson. After the last one, the tour is over and starts from the beginning next time.
  ///
  /// - Returns: Whether there is such a lesson.
  mutating func go(to index: Int) -> Bool {
    guard Lesson.all.indices.contains(index) else {
      (lesson, left) = (nil, 0)
      return false
    }
    lesson = index
    // A user who starts again can still choose the lesson that was left.
    if index > 0 { left = index }
    return true
  }

  /// Leaves the tour.
  mutating func leave() { lesson = nil }

  /// Returns the contents of the fields before the tour, to restore them after it.
  mutating func takeBefore() -> Before? {
    defer { before = nil }
    return before
  }

  /// Records what a lesson filled into the fields.
  mutating func note(filled fields: Fields) {
    before?.filled = fields.prompt.text
    before?.filledSettings = fields.chosen
  }

  /// What a key in the tour does.
  enum Way: Sendable, Hashable {
    case lesson(Int)
    case out
  }

  /// Handles a key on the canvas; `nil` for a key that keeps its usual meaning.
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
