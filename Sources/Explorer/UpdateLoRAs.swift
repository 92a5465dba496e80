import Pictures

/// A LoRA's file, and how strongly it changes the model.
public struct ChosenLoRA: Sendable, Hashable {
  /// The file.
  public var path: String
  /// What its changes are multiplied by; 1 is as it was taught.
  public var weight: Float

  /// A file at this weight.
  public init(path: String, weight: Float = 1) { (self.path, self.weight) = (path, weight) }

  /// The file's name without its folder.
  var file: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// As a picture's settings name it.
  var recorded: Recipe.LoRA { Recipe.LoRA(file: file, weight: weight) }
}

extension Recipe.LoRA {
  /// The name without what tells the format, and the weight where it is not 1.
  var label: String { weight == 1 ? name : "\(name) \(weight)" }
}

extension Recipe {
  /// The model's name, and the LoRAs added to it.
  var painter: String { ([model] + loras.map(\.label)).joined(separator: " + ") }
}

/// What was typed to find a LoRA: letters of its name or a path, and behind a colon its weight, as for `--lora`.
struct LoRAQuery: Sendable, Hashable {
  let text: String
  let weight: Float?

  init(_ typed: String) {
    guard let colon = typed.lastIndex(of: ":") else {
      (text, weight) = (typed, nil)
      return
    }
    let number = typed[typed.index(after: colon)...]
    let weight = Float(number).flatMap { $0.isFinite ? $0 : nil }
    // A colon that a number has yet to follow is none to look for.
    (text, self.weight) =
      weight != nil || number.isEmpty ? (String(typed[..<colon]), weight) : (typed, nil)
  }
}

/// LoRAs: added to the model and taken off it while the explorer is open.
extension Explorer {
  /// Whether the model that is loaded, with what is added to it, made a run.
  func isOfLoadedModel(_ run: Run) -> Bool { run.load == loads }

  func described(_ loras: [ChosenLoRA]) -> String {
    loras.isEmpty
      ? "no LoRA is added any more"
      : "added: " + loras.map(\.recorded.label).joined(separator: ", ")
  }

  /// The rows of the list of LoRAs: those that are added, and the others that were found.
  func loraItems(_ paths: [String], weight: Float?) -> [Picker.Item] {
    let added = model?.loras ?? []
    let others = paths.filter { path in !added.contains { $0.path == path } }
    return added.map {
      Picker.Item(
        mark: "●", text: $0.file,
        detail: "at \($0.weight)"
          + (weight.map { " · enter: at \($0)" } ?? " · enter takes it off"),
        choice: .lora(path: $0.path, weight: weight))
    }
      + others.map { path in
        let lora = ChosenLoRA(path: path)
        return Picker.Item(
          mark: "", text: lora.file, detail: weight.map { "enter: at \($0)" } ?? "",
          choice: .lora(path: path, weight: weight))
      }
  }

  /// Adds a LoRA or gives it another weight; without a weight, takes off one that is added.
  func use(_ path: String, weight: Float?) -> [Effect] {
    guard let model else { return [] }
    var loras = model.loras
    if let index = loras.firstIndex(where: { $0.path == path }) {
      if let weight { loras[index].weight = weight } else { loras.remove(at: index) }
    } else {
      loras.append(ChosenLoRA(path: path, weight: weight ?? 1))
    }
    return loras == model.loras ? [] : [.useLoRAs(loras)]
  }

  /// Loads the LoRAs that a saved picture was made with, and opens it when they are there; nothing where the model has
  /// just these.
  mutating func load(_ loras: [ChosenLoRA]?, for contents: Infotext.Contents) -> [Effect]? {
    let recipe = contents.recipe
    guard let loras, let model, recipe.model == model.name, Set(loras) != Set(model.loras) else {
      return nil
    }
    opening = contents
    say("loading what it was made with")
    return [.useLoRAs(loras)]
  }
}
