import Cells
import Diffusion
import Pictures

/// The state of the explorer, composed of its features. It changes only in ``update(_:)``, and is shown by
/// ``view(width:height:)``.
///
/// Each feature (`Fields`, `Runs`, `Views`, …) is a value in a folder of its own: it owns its part of the state, knows
/// nothing of the explorer, and says what follows of a change. What concerns several of them is here, in `Coordination`
/// and in `Screen`.
public struct Explorer: Sendable, Hashable {
  /// What one edits.
  var fields: Fields
  /// What is and was computed, and the step that is shown.
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
  /// What is being saved, and whether the program is to end.
  var saves = Saves()
  /// What has to be said.
  var notice = Notice()
  var keymap: Keymap

  /// The explorer before its model is there.
  ///
  /// - Parameters:
  ///   - preferences: What a configuration file and the command line chose.
  ///   - colors: The colours that the terminal has.
  ///   - randomSeed: What other seeds are drawn from.
  ///   - onPicture: Whether the picture has the focus at first; otherwise the prompt has it, unless a saved picture is
  ///     opened or the tour begins.
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
      tour.begin(at: lesson, from: fields, mode: display.mode)
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

  /// What a view knows.
  var context: ViewContext {
    ViewContext(
      runs: runs, prompt: fields.prompt, isTyping: fields.focus == .prompt, model: model.facts,
      findings: views.findings, lastPlaces: views.lastPlaces, keymap: keymap, mode: display.mode,
      columns: display.columns, canvas: layout.canvas, isInTour: tour.isOn,
      painter: display.painter)
  }

  // MARK: What is shown

  /// The run that is shown.
  var shown: Run? { runs.shown }

  /// The frame that is shown; behind the last step it is the last one.
  var frame: Frame? { runs.frame }

  func picture(_ mode: ViewMode) -> Picture? { shown.flatMap { picture(mode, of: $0) } }

  /// What a run shows at the place that is looked at, decoded in full where that was done.
  func picture(_ mode: ViewMode, of run: Run) -> Picture? {
    if let frame = run.frame(at: runs.position),
      mode == .noise || !run.isFinished(at: runs.position),
      let picture = runs.decoding[FramePlace(run: run.id, step: frame.index, view: mode)]
    {
      return picture
    }
    return runs.picture(mode, of: run)
  }

  /// The run that the one shown is compared with.
  var compared: Run? {
    guard display.isComparing, runs.beforeID != runs.shownID else { return nil }
    return runs.before
  }

  /// Whether what is shown was made with another prompt or other settings than the fields say.
  var hasOtherSettings: Bool {
    guard let recipe = shown?.recipe(upTo: runs.position) else { return false }
    return fields.differ(from: recipe, at: runs.position)
  }

  /// Whether the fields say otherwise than what steered the step shown, so that going on from here would be another run.
  var hasOtherSteering: Bool {
    guard let shown, !shown.frames.isEmpty, !runs.showsFinished else { return false }
    return shown.recipe.steering(at: runs.position) != fields.steering
  }

  // MARK: What the program around it needs to know

  /// Milliseconds until the next ``ExplorerEvent/tick``; `nil` while nothing moves by itself.
  public var tickMilliseconds: Int? {
    runs.playing.direction == nil ? nil : 1000 / max(1, runs.playing.speed)
  }

  /// Milliseconds within which letters that follow one another are taken for a sentence.
  public static let burstMilliseconds = Typing.burstMilliseconds

  /// Whether it matters that no key comes for ``burstMilliseconds``.
  public var awaitsPause: Bool { typing.awaitsPause }

  /// Whether something is about to be saved.
  public var holdsSave: Bool { !typing.held.isEmpty }

  /// The size to ask a model of this name for.
  public func sizeToAsk(of name: String) -> PictureSize? {
    model.size(fields.size, toAskOf: name)
  }
}
