import Cells
import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Synchronization
import Tensors
import Terminal

/// Carries events to the explorer's state and its effects out into the world.
@MainActor
struct ExploreLoop {
  let screen: NcursesScreen
  var explorer: Explorer
  let modelPath: String?
  let precision: Precision
  private let mailbox: Mailbox
  private let engine: RunEngine
  private let pipeline = PipelineBox()
  private var isDone = false

  init(screen: NcursesScreen, explorer: Explorer, modelPath: String?, precision: Precision) {
    self.screen = screen
    self.explorer = explorer
    self.modelPath = modelPath
    self.precision = precision
    let pipe = screen.wakePipe
    mailbox = Mailbox(wake: { pipe.wake() })
    engine = RunEngine(mailbox: mailbox)
  }

  /// Runs until the user quits or the terminal goes.
  mutating func run() {
    let size = screen.size
    handle(.resized(width: size.width, height: size.height))
    draw()
    load()
    while !isDone {
      for input in screen.nextInput(timeoutMilliseconds: nil) {
        if input == .closed { return }
        if let event = ExplorerEvent(input) { handle(event) }
      }
      for event in mailbox.drain() {
        if case .modelLoaded = event, let loaded = pipeline.value { engine.use(loaded) }
        handle(event)
      }
      draw()
    }
  }

  private func draw() {
    let size = screen.size
    screen.draw(explorer.view(width: size.width, height: size.height))
  }

  /// Loads the model while the interface is there already.
  private func load() {
    let (mailbox, box, path, precision) = (mailbox, pipeline, modelPath, precision)
    Task.detached(priority: .userInitiated) {
      do {
        let pipeline = try ModelChoice.open(path, precision: precision)
        box.value = pipeline
        mailbox.post(
          .modelLoaded(
            ModelFacts(
              name: pipeline.name, width: pipeline.width, height: pipeline.height,
              tokenLimit: pipeline.tokenLimit, format: pipeline.format.rawValue,
              defaults: pipeline.defaults)))
      } catch {
        mailbox.post(.modelFailed("\(error)"))
      }
    }
  }

  private mutating func handle(_ event: ExplorerEvent) {
    for effect in explorer.update(event) { perform(effect) }
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .start(let id, let recipe): engine.start(id, recipe)
    case .cancel(let id): engine.cancel(id)
    case .pause(let id): engine.control(id)?.pause()
    case .resume(let id): engine.control(id)?.resume()
    case .stepOnce(let id): engine.control(id)?.stepOnce()
    case .setGuidance(let id, let guidance): engine.control(id)?.setGuidance(guidance)
    case .measurePrompt(let text):
      guard let pipeline = pipeline.value else { return }
      let ignored = pipeline.ignoredTail(of: text).map {
        text.distance(from: text.startIndex, to: $0)
      }
      handle(
        .promptMeasured(prompt: text, tokens: pipeline.tokenCount(text), ignoredFrom: ignored))
    case .save(let picture, let recipe, let step, let view):
      save(picture, recipe, step: step, view: view)
    case .suspend: screen.suspend()
    case .quit: isDone = true
    }
  }

  /// Saves in the background: the first time the weights are read for their hash.
  private func save(_ picture: Picture, _ recipe: Recipe, step: Int?, view: String?) {
    let (mailbox, box) = (mailbox, pipeline)
    Task.detached(priority: .utility) {
      do {
        var recipe = recipe
        recipe.modelHash = box.value?.modelHash
        let text = Infotext.encode(
          .init(recipe: recipe, frameStep: step, frameView: view), version: Halflight.version)
        let data = try PNG.encode(
          picture, text: [TextChunk(keyword: Infotext.keyword, text: text)])
        let name =
          PictureName.of(recipe) + (step.map { "-step-\($0)" } ?? "")
          + (view.map { "-\($0)" } ?? "")
        let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        let file = SafeFile.unused(name, in: folder, extension: "png")
        try SafeFile.write(data, to: file)
        mailbox.post(.saved(path: file.path))
      } catch {
        mailbox.post(.saveFailed("\(error)"))
      }
    }
  }
}

/// The model, put in by the task that loads it and read by the interface.
final class PipelineBox: Sendable {
  private let box = Mutex<Pipeline?>(nil)

  var value: Pipeline? {
    get { box.withLock { $0 } }
    set { box.withLock { $0 = newValue } }
  }
}

extension ExplorerEvent {
  /// What the terminal said, in the explorer's words; `nil` for what means nothing to it.
  init?(_ input: TerminalEvent) {
    switch input {
    case .key(let key):
      guard let key = ExplorerKey(key) else { return nil }
      self = .key(key)
    case .paste(let text): self = .paste(text)
    case .resize(let width, let height): self = .resized(width: width, height: height)
    case .mouse(let kind, let x, let y):
      switch kind {
      case .press: self = .mouse(MouseEvent(.press, x: x, y: y))
      case .release: self = .mouse(MouseEvent(.release, x: x, y: y))
      case .drag: self = .mouse(MouseEvent(.drag, x: x, y: y))
      case .scrollUp: self = .mouse(MouseEvent(.wheelUp, x: x, y: y))
      case .scrollDown: self = .mouse(MouseEvent(.wheelDown, x: x, y: y))
      }
    case .closed: return nil
    }
  }
}

extension ExplorerKey {
  init?(_ key: Terminal.Key) {
    switch key {
    case .character(let character): self = .character(character)
    case .control(let character): self = .control(character)
    case .alt(let character): self = .alt(character)
    case .up, .shiftUp: self = .up
    case .down, .shiftDown: self = .down
    case .left, .shiftLeft: self = .left
    case .right, .shiftRight: self = .right
    case .controlLeft, .altLeft: self = .alt("b")
    case .controlRight, .altRight: self = .alt("f")
    case .altBackspace: self = .control("w")
    case .home: self = .home
    case .end: self = .end
    case .pageUp: self = .pageUp
    case .pageDown: self = .pageDown
    case .enter, .altEnter: self = .enter
    case .tab: self = .tab
    case .backTab: self = .backTab
    case .backspace: self = .backspace
    case .delete: self = .delete
    case .escape: self = .escape
    case .insert, .function, .controlUp, .controlDown, .altUp, .altDown: return nil
    }
  }
}
