import Cells
import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Recipes

/// Carries out what the explorer asks for, but for what concerns the terminal: loads models, computes runs and studies,
/// saves and finds files.
///
/// Work is done in the background and told in events. ``perform(_:for:)`` never waits; after each call of `wake` there is
/// something for ``deliver(to:)`` to hand on.
@MainActor
package final class ExploreSession {
  /// The model that was asked for last: it is loaded, or being loaded.
  private var request: ModelRequest
  /// The models that were used, as they were named.
  private var knownModels: [String] = []
  /// The LoRAs that were used.
  private var knownLoRAs: Set<String>
  /// Where pictures are saved and looked for.
  private let folder: URL
  /// The kind of file that whole runs are saved as.
  private let animation: AnimationFormat
  /// The colours of pictures that are saved as text.
  private let colors: ColorDepth
  /// The program's version, which saved pictures say.
  private let version: String
  private let mailbox: Mailbox
  let engine: RunEngine
  let studies: StudyEngine
  private let loaded = LoadedModelBox()
  /// A saved picture that is opened with the model that is being loaded.
  private var opening: Recipe?
  /// Files that are being saved.
  private var saving = 0

  /// A session without a model yet; ``load(for:)`` loads it.
  ///
  /// - Parameters:
  ///   - model: The first model.
  ///   - folder: Where pictures are saved and looked for.
  ///   - animation: The kind of file that whole runs are saved as.
  ///   - colors: The colours of pictures that are saved as text.
  ///   - version: The program's version, which saved pictures say.
  ///   - opening: A saved picture that is opened with the first model.
  ///   - wake: Called on any task when there is something to deliver.
  package init(
    model: ModelRequest, folder: URL, animation: AnimationFormat = .png, colors: ColorDepth,
    version: String, opening: Recipe? = nil,
    wake: @escaping @Sendable () -> Void
  ) {
    request = model
    knownLoRAs = Set(model.loras.map(\.path))
    (self.folder, self.animation, self.colors) = (folder, animation, colors)
    (self.version, self.opening) = (version, opening)
    mailbox = Mailbox(wake: wake)
    engine = RunEngine(mailbox: mailbox)
    studies = StudyEngine(mailbox: mailbox, snapshots: engine.snapshots, folder: folder)
  }

  // MARK: What comes of the work

  /// Whether something is being saved, so that ending now would lose it.
  package var isSaving: Bool { saving > 0 }

  /// Hands on all events that wait, each when the session itself has taken it in.
  package func deliver(to handle: (ExplorerEvent) -> Void) {
    // What the model before was asked may come behind the news of the next.
    var isOtherModel = false
    for event in mailbox.drain() {
      noteSaved(event)
      switch event {
      case .modelLoaded(let facts):
        // Another that was chosen since may have taken its place already, and is told next.
        guard let loaded = loaded.value, loaded.facts == facts else { continue }
        use(loaded)
        isOtherModel = true
      case .opened(_, let contents, let loras):
        // Where LoRAs are loaded for it first, the check waits for them too.
        if let loras, loras != loaded.value?.facts.loras ?? [] {
          opening = contents.recipe
        } else {
          checkWeights(for: contents.recipe)
        }
      case .modelFailed: if let loaded = loaded.value { request = loaded.request }
      case .studied where isOtherModel: continue
      case .studied(let study, let finding) where finding.isWhole: studies.end(study)
      default: break
      }
      handle(event)
    }
  }

  /// Waits until everything is saved, where there is no terminal any more; other events are dropped.
  package func finishSaving() {
    while isSaving {
      Thread.sleep(forTimeInterval: 0.02)
      for event in mailbox.drain() { noteSaved(event) }
    }
  }

  private func noteSaved(_ event: ExplorerEvent) {
    switch event {
    case .saved, .saveFailed: saving -= 1
    default: break
    }
  }

  private func use(_ model: LoadedModel) {
    engine.use(model.pipeline)
    studies.use(model.pipeline)
    if let path = model.request.path, !knownModels.contains(path) { knownModels.append(path) }
    if let recipe = opening { checkWeights(for: recipe) }
    opening = nil
  }

  // MARK: What is asked for

  /// Does what the explorer asks for, or begins with it.
  ///
  /// - Parameter explorer: The explorer as it is now.
  /// - Returns: What is known at once.
  package func perform(_ effect: Effect, for explorer: Explorer) -> [ExplorerEvent] {
    switch effect {
    case .start(let id, let recipe, let point):
      engine.start(id, recipe, from: point)
      if point == nil { lookFor(recipe.prompt, of: id) }
    case .cancel(let id): engine.cancel(id)
    case .pause(let id): engine.control(id)?.pause()
    case .resume(let id): engine.control(id)?.resume()
    case .stepOnce(let id): engine.control(id)?.stepOnce()
    case .steer(let id, let steering): engine.control(id)?.steer(steering)
    case .forget(let id): engine.forget(id)
    case .decode(let place): engine.decode(place)
    case .cancelDecoding: engine.cancelDecoding()
    case .study(let wanted): studies.make(wanted)
    case .measurePrompt(let text): return measure(text)
    case .save(let request, let run): save(request, of: run)
    case .remember(let prompt): PromptHistoryFile.add(prompt)
    case .rememberLesson(let lesson): LessonPlace.write(lesson)
    case .rememberDisplay(let theme, let glyphs): DisplayFile.write(theme: theme, glyphs: glyphs)
    case .favour(let recipe, let isFavourite): return favour(recipe, isFavourite)
    case .listFavourites: inBackground { .favourites(FavouritesFile.read()) }
    case .listIdeas: return [.ideas(Knowledge.ideas(for: loaded.value?.pipeline))]
    case .listPictures(let onlySaved): listPictures(onlySaved: onlySaved)
    case .openPicture(let path): open(path)
    case .readStart(let path, let strength): readStart(path, strength: strength)
    case .listModels: inBackground { [knownModels] in .models(ModelListing.all(used: knownModels)) }
    case .loadModel(let path): load(request.another(at: path), for: explorer)
    case .listLoRAs: listLoRAs()
    case .findLoRA(let path, let weight): return [find(path, weight: weight)]
    case .useLoRAs(let loras):
      knownLoRAs.formUnion(loras.map(\.path))
      load(request.with(loras), for: explorer)
    // The terminal's, and so its owner's.
    case .useMouse, .copy, .suspend, .quit: break
    }
    return []
  }

  private func inBackground(_ work: @escaping @Sendable () async -> ExplorerEvent) {
    let mailbox = mailbox
    Task.detached(priority: .utility) { mailbox.post(await work()) }
  }

  // MARK: Models

  /// Loads the first model.
  ///
  /// - Parameter explorer: The explorer as it is now.
  package func load(for explorer: Explorer) { load(request, for: explorer) }

  private func load(_ request: ModelRequest, for explorer: Explorer) {
    self.request = request
    let (mailbox, box, before) = (mailbox, loaded, loaded.value?.pipeline)
    let order = box.newOrder()
    Task.detached(priority: .userInitiated) {
      do {
        let pipeline = try await request.open()
        let facts = ModelFacts(
          pipeline, loras: request.loras, size: explorer.sizeToAsk(of: pipeline.name),
          freed: before?.residentBytes ?? 0)
        let isNewest = box.put(
          LoadedModel(pipeline: pipeline, facts: facts, request: request), order: order)
        if isNewest { mailbox.post(.modelLoaded(facts)) }
      } catch {
        if box.isNewest(order) { mailbox.post(.modelFailed("\(error)")) }
      }
    }
  }

  private func measure(_ prompt: String) -> [ExplorerEvent] {
    guard let pipeline = loaded.value?.pipeline else { return [] }
    let ignored = pipeline.ignoredTail(of: prompt).map {
      prompt.distance(from: prompt.startIndex, to: $0)
    }
    return [
      .promptMeasured(
        prompt: prompt, tokens: pipeline.tokenCount(prompt), ignoredFrom: ignored)
    ]
  }

  /// Tells when a run's prompt is far from everything that the model was taught.
  private func lookFor(_ prompt: String, of run: Int) {
    guard let pipeline = loaded.value?.pipeline else { return }
    let mailbox = mailbox
    Task.detached(priority: .utility) {
      if let closest = await Knowledge.closest(to: prompt, for: pipeline) {
        mailbox.post(.farPrompt(run: run, closest: closest))
      }
    }
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

  // MARK: Files

  private func save(_ request: SaveRequest, of run: Int?) {
    saving += 1
    let job = SaveJob(
      request: request, folder: folder, animation: animation, colors: colors,
      model: engine.signature(of: run),
      decoder: engine.decoder(), version: version)
    inBackground {
      do {
        return try await job.run()
      } catch {
        return .saveFailed("\(error)")
      }
    }
  }

  private func favour(_ recipe: Recipe, _ isFavourite: Bool) -> [ExplorerEvent] {
    do {
      try FavouritesFile.set(recipe, isFavourite: isFavourite)
      return []
    } catch {
      return [.noticed("the favourite could not be saved: \(error)")]
    }
  }

  private func listPictures(onlySaved: Bool) {
    inBackground { [folder] in
      .pictures(
        PicturesInFolder.names(in: folder, kinds: onlySaved ? ["png"] : PicturesInFolder.kinds),
        onlySaved: onlySaved)
    }
  }

  private func listLoRAs() {
    let folders = FileShelf(with: folder, model: request.path).folders
    inBackground { .loras(LoRAShelf.paths(in: folders)) }
  }

  private func find(_ path: String, weight: Float?) -> ExplorerEvent {
    let typed = UserFolders.url(path, in: folder)
    let isThere = FileManager.default.fileExists(atPath: typed.path)
    let named = isThere ? nil : FileShelf(with: folder, model: request.path).lora(path)
    guard let file = isThere ? typed : named else {
      return .openFailed(
        "there is no file \(path); type a LoRA's name or path, and its weight behind a colon, as in name:0.6"
      )
    }
    return .loraFound(path: file.canonicalPath, weight: weight)
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

  private func open(_ path: String) {
    let file = UserFolders.url(path, in: folder)
    let (shelf, known) = (FileShelf(beside: file, model: request.path), knownLoRAs)
    inBackground {
      do {
        var contents = try SavedPicture(file).contents(given: [])
        // It may have begun with a picture, which is not in the file.
        let start = FileShelf(beside: file, model: nil).start(of: contents.recipe)
        if let start { contents.recipe.start = start }
        return .opened(path: path, contents, loras: shelf.loras(of: contents.recipe, known: known))
      } catch {
        return .openFailed("\(error)")
      }
    }
  }
}

extension ModelFacts {
  /// What the explorer needs to know of a model.
  ///
  /// - Parameters:
  ///   - loras: The LoRAs that were added to it.
  ///   - size: The size that it is going to be asked for; its own where `nil`.
  ///   - freed: Bytes that are going to be free beside it.
  fileprivate init(_ pipeline: Pipeline, loras: [ChosenLoRA], size: PictureSize?, freed: Int) {
    self.init(
      name: pipeline.name, width: pipeline.width, height: pipeline.height,
      tokenLimit: pipeline.tokenLimit, format: pipeline.format.rawValue,
      defaults: pipeline.defaults,
      spacings: Dictionary(
        uniqueKeysWithValues: SamplerKind.allCases.map { ($0, pipeline.spacing(for: $0)) }),
      sizes: pipeline.sizes, decodes: pipeline.decodes,
      memoryWarning: pipeline.memoryWarning(
        width: size?.width ?? pipeline.width, height: size?.height ?? pipeline.height, freed: freed),
      blank: pipeline.signature.blank, loras: loras, notices: pipeline.notices)
  }
}
