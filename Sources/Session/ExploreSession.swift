import Cells
import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Recipes

/// Carries out the explorer's effects, except those of the terminal: loads models, computes runs and studies, saves and
/// finds files.
///
/// Work is done in the background and reported as events. ``perform(_:for:)`` never waits; after each call of `wake`
/// ``deliver(to:)`` has events to pass on.
@MainActor
package final class ExploreSession {
  /// The most recently requested model, loaded or being loaded.
  private var request: ModelRequest
  /// The models on the server that the first model's parts are on, if any.
  private let server: ServerModels?
  /// The models that were used, by the names with which they were requested.
  private var knownModels: [String] = []
  /// The LoRAs that were used.
  private var knownLoRAs: Set<String>
  /// The folder for saving and finding pictures.
  private let folder: URL
  /// The file format of saved whole runs.
  private let animation: AnimationFormat
  /// The number of colours in pictures saved as text.
  private let colors: ColorDepth
  /// The program's version, recorded in saved pictures.
  private let version: String
  private let mailbox: Mailbox
  let engine: RunEngine
  let studies: StudyEngine
  private let loaded = LoadedModelBox()
  /// A saved picture to open with the model being loaded.
  private var opening: Recipe?
  /// The saves in progress.
  private var saving = 0

  /// A session without a model; ``load(for:)`` loads it.
  ///
  /// - Parameters:
  ///   - model: The first model.
  ///   - folder: The folder for saving and finding pictures.
  ///   - animation: The file format of saved whole runs.
  ///   - colors: The number of colours in pictures saved as text.
  ///   - version: The program's version, recorded in saved pictures.
  ///   - opening: A saved picture to open with the first model.
  ///   - wake: Called on any task when there is something to deliver.
  package init(
    model: ModelRequest, folder: URL, animation: AnimationFormat = .png, colors: ColorDepth,
    version: String, opening: Recipe? = nil,
    wake: @escaping @Sendable () -> Void
  ) {
    request = model
    server = ServerModels(model)
    knownLoRAs = Set(model.loras.map(\.path))
    (self.folder, self.animation, self.colors) = (folder, animation, colors)
    (self.version, self.opening) = (version, opening)
    mailbox = Mailbox(wake: wake)
    engine = RunEngine(mailbox: mailbox)
    studies = StudyEngine(mailbox: mailbox, snapshots: engine.snapshots, folder: folder)
  }

  // MARK: Results

  /// Whether a save is in progress that would be lost if the program ended now.
  package var isSaving: Bool { saving > 0 }

  /// Passes on all waiting events, after the session itself has processed each.
  package func deliver(to handle: (ExplorerEvent) -> Void) {
    // Results from the previous model may arrive after the next model is reported.
    var isOtherModel = false
    for event in mailbox.drain() {
      noteSaved(event)
      switch event {
      case .modelLoaded(let facts):
        // A model chosen since then may already have replaced it, and is reported next.
        guard let loaded = loaded.value, loaded.facts == facts else { continue }
        use(loaded)
        isOtherModel = true
      case .opened(_, let contents, let loras):
        // If LoRAs are loaded for the picture first, the check waits for them too.
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

  /// Waits until everything is saved, after the terminal has gone away; other events are dropped.
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

  // MARK: Effects

  /// Carries out an effect, or starts to.
  ///
  /// - Parameter explorer: The current explorer.
  /// - Returns: The events that are known immediately.
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
    case .findIdeaPicture(let idea): findPicture(of: idea)
    case .listPictures(let onlySaved): listPictures(onlySaved: onlySaved)
    case .openPicture(let path): open(path)
    case .readStart(let path, let strength): readStart(path, strength: strength)
    case .listModels:
      inBackground { [knownModels, server] in
        .models(ModelListing.all(used: knownModels) + (await server?.listings() ?? []))
      }
    case .loadModel(let path):
      load(server?.request(at: path) ?? request.another(at: path), for: explorer)
    case .listLoRAs: listLoRAs()
    case .findLoRA(let path, let weight): return [find(path, weight: weight)]
    case .useLoRAs(let loras):
      knownLoRAs.formUnion(loras.map(\.path))
      load(request.with(loras), for: explorer)
    // These effects belong to the terminal, so the caller carries them out.
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
  /// - Parameter explorer: The current explorer.
  package func load(for explorer: Explorer) { load(request, for: explorer) }

  private func load(_ request: ModelRequest, for explorer: Explorer) {
    self.request = request
    let (mailbox, box, before) = (mailbox, loaded, loaded.value?.pipeline)
    let order = box.newOrder()
    Task.detached(priority: .userInitiated) {
      do {
        let pipeline = try await request.open()
        let facts = ModelFacts(
          pipeline, request: request, size: explorer.sizeToAsk(of: pipeline.name),
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

  /// Reports that a run's prompt is far from everything that the model was trained on.
  private func lookFor(_ prompt: String, of run: Int) {
    guard let pipeline = loaded.value?.pipeline else { return }
    let mailbox = mailbox
    Task.detached(priority: .utility) {
      if let closest = await Knowledge.closest(to: prompt, for: pipeline) {
        mailbox.post(.farPrompt(run: run, closest: closest))
      }
    }
  }

  /// Compares the weights with those used for a saved picture. If only their hash differs, there is no other sign of
  /// it.
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

  private func findPicture(of idea: String) {
    let pipeline = loaded.value?.pipeline
    inBackground { .ideaPicture(of: idea, Knowledge.picture(of: idea, for: pipeline)) }
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
        "there is no file \(path); type a LoRA's name or path, and its weight after a colon, as in name:0.6"
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
        // The run may have started from a picture, which is not in the file.
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
  /// The facts that the explorer needs about a model.
  ///
  /// - Parameters:
  ///   - request: The request that it was opened with.
  ///   - size: The size that it will be used at; its own if `nil`.
  ///   - freed: Bytes that will be freed before it is used.
  fileprivate init(_ pipeline: Pipeline, request: ModelRequest, size: PictureSize?, freed: Int) {
    self.init(
      name: pipeline.name, width: pipeline.width, height: pipeline.height,
      tokenLimit: pipeline.tokenLimit, format: pipeline.place ?? pipeline.format.rawValue,
      defaults: pipeline.defaults,
      spacings: Dictionary(
        uniqueKeysWithValues: SamplerKind.allCases.map { ($0, pipeline.spacing(for: $0)) }),
      sizes: pipeline.sizes,
      samplersWithOwnSteps: Set(SamplerKind.allCases.filter { !pipeline.usesSpacing(with: $0) }),
      decodes: pipeline.decodes, readsTime: pipeline.readsTime,
      memoryWarning: pipeline.memoryWarning(
        width: size?.width ?? pipeline.width, height: size?.height ?? pipeline.height, freed: freed),
      blank: pipeline.signature.blank, loras: request.loras,
      notices: pipeline.notices + request.idleNotes(on: pipeline))
  }
}
