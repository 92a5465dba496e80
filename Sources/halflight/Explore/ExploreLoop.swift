import Cells
import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Tensors
import Terminal

/// Carries events to the explorer's state and its effects out into the world.
@MainActor
struct ExploreLoop {
  let screen: NcursesScreen
  var explorer: Explorer
  /// The model that was chosen last: it is loaded, or being loaded.
  private var model: ModelChoice
  /// The models that were used, as they were named.
  private var knownModels: [String] = []
  /// The LoRAs that were used.
  private var knownLoRAs: Set<String>
  /// Where pictures are saved and looked for.
  let folder: URL
  private let mailbox: Mailbox
  private let engine: RunEngine
  private let studies: StudyEngine
  private let loaded = LoadedModelBox()
  /// A saved picture that is opened with the first model.
  private var opening: Recipe?
  private var isDone = false
  /// Pictures that are being saved.
  private var saving = 0 { didSet { screen.finishBeforeEnding(saving > 0) } }
  /// When the next moment of playing is due.
  private var nextTick: ContinuousClock.Instant?
  /// When a letter is no longer the beginning of a sentence.
  private var pauseDue: ContinuousClock.Instant?
  /// The step that one looks at without its being decoded, and when that is going to be done.
  private var rest: (place: FramePlace, due: ContinuousClock.Instant)?

  init(
    screen: NcursesScreen, explorer: Explorer, model: ModelChoice, folder: URL,
    opening: Recipe? = nil
  ) {
    self.opening = opening
    self.screen = screen
    self.explorer = explorer
    self.model = model
    knownLoRAs = Set(model.loras.map(\.path))
    self.folder = folder
    let pipe = screen.wakePipe
    mailbox = Mailbox(wake: { pipe.wake() })
    engine = RunEngine(mailbox: mailbox)
    studies = StudyEngine(mailbox: mailbox, snapshots: engine.snapshots, folder: folder)
  }

  /// Runs until the user quits or the terminal goes.
  mutating func run() {
    let size = screen.size
    handle(.resized(width: size.width, height: size.height))
    draw()
    load(model)
    // What is being saved is written before the program ends.
    while !isDone || saving > 0 {
      let input = screen.nextInput(timeoutMilliseconds: untilDue)
      for event in ExplorerEvent.gathered(input.compactMap { ExplorerEvent($0) }) { handle(event) }
      if input.contains(.closed) {
        // No key comes any more that a save would have to wait for.
        handle(.typingPaused)
        return finishSaving()
      }
      // What the model before was asked may come behind the news of the next.
      var isOtherModel = false
      for event in mailbox.drain() {
        noteSaved(event)
        switch event {
        case .modelLoaded(let facts):
          // Another that was chosen since may have taken its place already, and is told next.
          guard let loaded = loaded.value, loaded.facts == facts else { continue }
          engine.use(loaded.pipeline)
          studies.use(loaded.pipeline)
          if let path = loaded.choice.path, !knownModels.contains(path) { knownModels.append(path) }
          isOtherModel = true
          if let recipe = opening { checkWeights(for: recipe) }
          opening = nil
        case .opened(_, let contents, let loras):
          // Where LoRAs are loaded for it first, the check waits for them too.
          if let loras, loras != loaded.value?.facts.loras ?? [] {
            opening = contents.recipe
          } else {
            checkWeights(for: contents.recipe)
          }
        case .modelFailed: if let loaded = loaded.value { model = loaded.choice }
        case .studied where isOtherModel: continue
        case .studied(let study, let finding) where finding.isWhole: studies.end(study)
        default: break
        }
        handle(event)
      }
      pauseWhenDue()
      tickWhenDue()
      restWhenDue()
      draw()
    }
  }

  // MARK: Ending

  private mutating func noteSaved(_ event: ExplorerEvent) {
    switch event {
    case .saved: saving -= 1
    case .saveFailed:
      saving -= 1
      // Why is to be read.
      isDone = false
    default: break
    }
  }

  /// Waits for what is being saved where there is no terminal any more.
  private mutating func finishSaving() {
    while saving > 0 {
      Thread.sleep(forTimeInterval: 0.02)
      for event in mailbox.drain() { noteSaved(event) }
    }
  }

  /// Ends the program, at once where that was asked for already.
  private mutating func quit() {
    if isDone { saving = 0 }
    isDone = true
    if saving > 0 { explorer.sayThatItEnds() }
  }

  private func draw() {
    let size = screen.size
    screen.draw(explorer.view(width: size.width, height: size.height))
  }

  // MARK: What happens by itself

  /// Milliseconds until something is to be done by itself.
  private var untilDue: Int? {
    [nextTick, rest?.due, pauseDue].compactMap { $0 }.min().map {
      max(0, Int((($0 - .now) / .milliseconds(1)).rounded(.up)))
    }
  }

  private mutating func pauseWhenDue() {
    guard let due = pauseDue, .now >= due else { return }
    pauseDue = nil
    handle(.typingPaused)
  }

  private mutating func restWhenDue() {
    guard let place = explorer.resting else {
      rest = nil
      return
    }
    guard let rest, rest.place == place else {
      rest = (place, .now + .milliseconds(Explorer.restMilliseconds))
      return
    }
    guard .now >= rest.due else { return }
    self.rest = nil
    handle(.rested)
  }

  private mutating func tickWhenDue() {
    guard let interval = explorer.tickMilliseconds else {
      nextTick = nil
      return
    }
    let now = ContinuousClock.now
    guard let due = nextTick else {
      nextTick = now + .milliseconds(interval)
      return
    }
    guard now >= due else { return }
    handle(.tick)
    // Late ticks are left out, not made up for.
    nextTick = max(due + .milliseconds(interval), now)
  }

  // MARK: Effects

  /// Loads a model while the interface goes on.
  private mutating func load(_ choice: ModelChoice) {
    model = choice
    let (mailbox, box, before) = (mailbox, loaded, loaded.value?.pipeline)
    let (order, explorer) = (box.newOrder(), explorer)
    Task.detached(priority: .userInitiated) {
      do {
        let pipeline = try await choice.open()
        let size = explorer.sizeToAsk(of: pipeline.name)
        let facts = ModelFacts(
          name: pipeline.name, width: pipeline.width, height: pipeline.height,
          tokenLimit: pipeline.tokenLimit, format: pipeline.format.rawValue,
          defaults: pipeline.defaults, sizes: pipeline.sizes, decodes: pipeline.decodes,
          memoryWarning: pipeline.memoryWarning(
            width: size?.width ?? pipeline.width, height: size?.height ?? pipeline.height,
            freed: before?.residentBytes ?? 0),
          blank: pipeline.signature.blank, loras: choice.loras, notices: pipeline.notices)
        let isNewest = box.put(
          LoadedModel(pipeline: pipeline, facts: facts, choice: choice), order: order)
        if isNewest { mailbox.post(.modelLoaded(facts)) }
      } catch {
        if box.isNewest(order) { mailbox.post(.modelFailed("\(error)")) }
      }
    }
  }

  private mutating func handle(_ event: ExplorerEvent) {
    for effect in explorer.update(event) { perform(effect) }
    if case .key = event {
      let due = ContinuousClock.now + .milliseconds(Explorer.burstMilliseconds)
      pauseDue = explorer.awaitsPause ? due : nil
    }
    screen.finishBeforeEnding(saving > 0 || explorer.holdsSave)
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .start(let id, let recipe, let point): engine.start(id, recipe, from: point)
    case .cancel(let id): engine.cancel(id)
    case .pause(let id): engine.control(id)?.pause()
    case .resume(let id): engine.control(id)?.resume()
    case .stepOnce(let id): engine.control(id)?.stepOnce()
    case .steer(let id, let steering): engine.control(id)?.steer(steering)
    case .forget(let id): engine.forget(id)
    case .measurePrompt(let text):
      guard let pipeline = loaded.value?.pipeline else { return }
      let ignored = pipeline.ignoredTail(of: text).map {
        text.distance(from: text.startIndex, to: $0)
      }
      handle(
        .promptMeasured(prompt: text, tokens: pipeline.tokenCount(text), ignoredFrom: ignored))
    case .save(let request, let run): save(request, of: run)
    case .remember(let prompt): PromptHistory.add(prompt)
    case .rememberLesson(let lesson): LessonPlace.write(lesson)
    case .listPictures(let onlySaved):
      inBackground { [folder] in
        .pictures(
          PicturesInFolder.names(in: folder, kinds: onlySaved ? ["png"] : PicturesInFolder.kinds),
          onlySaved: onlySaved)
      }
    case .openPicture(let path): open(path)
    case .readStart(let path, let strength): readStart(path, strength: strength)
    case .listModels:
      inBackground { [knownModels] in .models(ModelChoice.listings(used: knownModels)) }
    case .loadModel(let path): load(model.another(at: path))
    case .listLoRAs: listLoRAs()
    case .findLoRA(let path, let weight): findLoRA(path, weight: weight)
    case .useLoRAs(let loras):
      knownLoRAs.formUnion(loras.map(\.path))
      load(model.with(loras))
    case .study(let wanted): studies.make(wanted)
    case .useMouse(let isUsed): screen.useMouse(isUsed)
    case .decode(let place): engine.decode(place)
    case .cancelDecoding: engine.cancelDecoding()
    case .suspend: screen.suspend()
    case .quit: quit()
    }
  }

  private func inBackground(_ work: @escaping @Sendable () async -> ExplorerEvent) {
    let mailbox = mailbox
    Task.detached(priority: .utility) { mailbox.post(await work()) }
  }

  private mutating func save(_ request: SaveRequest, of run: Int?) {
    saving += 1
    let job = SaveJob(
      request: request, folder: folder, colors: screen.colors, model: engine.signature(of: run),
      decoder: engine.decoder())
    inBackground {
      do {
        return try await job.run()
      } catch {
        return .saveFailed("\(error)")
      }
    }
  }

  private func listLoRAs() {
    let folders = FileShelf(with: folder, model: model.path).folders
    inBackground { .loras(LoRAShelf.paths(in: folders)) }
  }

  private mutating func findLoRA(_ path: String, weight: Float?) {
    let file = UserFolders.url(path, in: folder)
    guard FileManager.default.fileExists(atPath: file.path) else {
      handle(
        .openFailed(
          "there is no file \(path); type a LoRA's name or path, and its weight behind a colon, as in name:0.6"
        ))
      return
    }
    handle(.loraFound(path: file.canonicalPath, weight: weight))
  }

  private func readStart(_ path: String, strength: Double) {
    let file = UserFolders.url(path, in: folder)
    inBackground {
      do {
        return .startRead(try Recipe.StartingPicture(contentsOf: file, strength: strength))
      } catch {
        return .openFailed("\(error)")
      }
    }
  }

  /// The picture that a saved one began with, where it is found here or beside it and is the same.
  private nonisolated static func start(
    of recipe: Recipe, in file: URL
  ) -> Recipe.StartingPicture? {
    guard let start = recipe.start else { return nil }
    let places = FileShelf(beside: file, model: nil).all(start.file)
    return places.lazy
      .compactMap { try? Recipe.StartingPicture(contentsOf: $0, strength: start.strength) }
      .first { start.hash == nil || start.hash == $0.hash }
  }

  /// Compares the weights with those that a saved picture was made with: where only their hash is another, nothing else
  /// tells.
  private func checkWeights(for recipe: Recipe) {
    guard let signature = loaded.value?.pipeline.signature, recipe.model == signature.blank.model
    else { return }
    let mailbox = mailbox
    Task.detached(priority: .utility) {
      if let remark = recipe.remark(on: signature) { mailbox.post(.noticed(remark)) }
    }
  }

  private func open(_ path: String) {
    let file = UserFolders.url(path, in: folder)
    let (shelf, known) = (FileShelf(beside: file, model: model.path), knownLoRAs)
    inBackground {
      do {
        var contents = try SavedPicture(file).contents(given: [])
        if let start = Self.start(of: contents.recipe, in: file) { contents.recipe.start = start }
        return .opened(path: path, contents, loras: shelf.loras(of: contents.recipe, known: known))
      } catch {
        return .openFailed("\(error)")
      }
    }
  }
}
