import Cells
import Diffusion
import Pictures

/// The state of the explorer, composed of its features. It changes only in ``update(_:)`` and is drawn by
/// ``view(width:height:)``.
///
/// Each feature (`Fields`, `Runs`, `Views`, …) is a value in its own folder. It owns its part of the state, knows
/// nothing about the explorer, and returns the effects of a change. Code for several features is here, in
/// `Coordination` and in `Screen`.
public struct Explorer: Sendable, Hashable {
  /// The fields that the user edits.
  var fields: Fields
  /// All runs, and the step being shown.
  var runs: Runs
  var model: ModelState
  /// The view over the canvas.
  var views = Views()
  /// The list over the screen.
  var picker: Picker?
  var tour: Tour
  var display: Display
  /// Letters that may be meant for the prompt.
  var typing: Typing
  /// The saves in progress, and whether the program is about to end.
  var saves = Saves()
  /// The current message.
  var notice = Notice()
  var keymap: Keymap

  /// The explorer before its model is loaded.
  ///
  /// - Parameters:
  ///   - preferences: Choices from the configuration file and the command line.
  ///   - colors: The number of colours in the terminal.
  ///   - randomSeed: The seed from which other seeds are drawn.
  ///   - onPicture: Whether the picture has the focus at first; otherwise the prompt has it, unless a saved picture is
  ///     opened or the tour starts.
  public init(
    _ preferences: Preferences = Preferences(), colors: ColorDepth = .trueColor, randomSeed: UInt64,
    onPicture: Bool = false
  ) {
    fields = Fields(preferences, randomSeed: randomSeed)
    runs = Runs(speed: preferences.speed)
    model = ModelState(opening: preferences.opening)
    display = Display(preferences, colors: colors)
    keymap = preferences.keymap
    typing = Typing(firstPrompt: fields.prompt.text)
    tour = Tour(left: preferences.lesson)
    if preferences.beginsTour {
      let lesson = preferences.resumesTour ? tour.left : 0
      tour.begin(at: lesson, from: fields, pictureKind: display.pictureKind)
      fields.begin(with: nil)
    }
    if !onPicture, model.opening == nil, !tour.isOn, !display.isPresenting {
      fields.enter(.prompt)
      typing.beginAtStart()
    }
    if let first = preferences.warnings.first {
      let more = preferences.warnings.count - 1
      warn(more > 0 ? "\(first) (and \(more) more)" : first)
    }
  }

  mutating func say(_ text: String) { notice.say(text) }
  mutating func warn(_ text: String) { notice.warn(text) }

  /// What a view can know.
  var context: ViewContext {
    ViewContext(
      runs: runs, prompt: fields.prompt, isTyping: fields.focus == .prompt, model: model.facts,
      findings: views.findings, lastPlaces: views.lastPlaces, keymap: keymap,
      pictureKind: display.pictureKind,
      columns: display.columns, canvas: layout.canvas, isInTour: tour.isOn,
      painter: display.painter)
  }

  // MARK: What is shown

  /// The shown run.
  var shown: Run? { runs.shown }

  /// The shown frame; after the last step, the last frame.
  var frame: Frame? { runs.frame }

  func picture(_ kind: PictureKind) -> Picture? { shown.flatMap { picture(kind, of: $0) } }

  /// What a run shows at the current place, decoded in full if available.
  func picture(_ kind: PictureKind, of run: Run) -> Picture? {
    if let frame = run.frame(at: runs.position),
      kind == .noise || !run.isFinished(at: runs.position),
      let picture = runs.decoding[FramePlace(run: run.id, step: frame.index, kind: kind)]
    {
      return picture
    }
    return runs.picture(kind, of: run)
  }

  /// The run that the shown one is compared with.
  var compared: Run? {
    guard display.isComparing, runs.beforeID != runs.shownID else { return nil }
    return runs.before
  }

  /// Whether the shown frame was made with a different prompt or different settings than the fields have.
  var hasOtherSettings: Bool {
    guard let recipe = shown?.recipe(upTo: runs.position) else { return false }
    return fields.differ(from: recipe, at: runs.position)
  }

  /// Whether the fields differ from the steering of the shown step, so that continuing from here would be a different
  /// run.
  var hasOtherSteering: Bool {
    guard let shown, !shown.frames.isEmpty, !runs.showsFinished else { return false }
    return shown.recipe.steering(at: runs.position) != fields.steering
  }

  // MARK: For the surrounding program

  /// Milliseconds until the next ``ExplorerEvent/tick``; `nil` while nothing is playing.
  public var tickMilliseconds: Int? {
    runs.playing.direction == nil ? nil : 1000 / max(1, runs.playing.speed)
  }

  /// Letters pressed within this many milliseconds of each other count as a sentence.
  public static let burstMilliseconds = Typing.burstMilliseconds

  /// Whether the explorer needs to know that no key was pressed for ``burstMilliseconds``.
  public var awaitsPause: Bool { typing.awaitsPause }

  /// Whether something is about to be saved.
  public var holdsSave: Bool { typing.holdsSave }

  /// The size to request from a model with this name.
  public func sizeToAsk(of name: String) -> PictureSize? {
    model.size(fields.size, toAskOf: name)
  }
}
