import Pictures
import Recipes

/// A LoRA file with its weight.
public struct ChosenLoRA: Sendable, Hashable {
  /// The file.
  public var path: String
  /// The factor for its changes; 1 is the trained strength.
  public var weight: Float

  /// A file with this weight.
  public init(path: String, weight: Float = 1) { (self.path, self.weight) = (path, weight) }

  /// The file's name without its folder.
  var file: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The folder of the file.
  var folder: String {
    let parts = path.split(separator: "/").dropLast()
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// Its name in a picture's settings.
  var recorded: Recipe.LoRA { Recipe.LoRA(file: file, weight: weight) }
}

extension Recipe.LoRA {
  /// The name without the file extension, with the weight if it is not 1.
  var label: String { weight == 1 ? name : "\(name) \(weight)" }

  /// Whether another LoRA is from the same file, as far as is known.
  func isSameFile(_ other: Recipe.LoRA) -> Bool {
    guard let hash, let others = other.hash else { return file == other.file }
    return file == other.file && hash == others
  }
}

extension Recipe {
  /// The model's name, and the LoRAs added to it.
  var painter: String { ([model] + loras.map(\.label)).joined(separator: " + ") }

  /// Whether another recipe has the same LoRAs, in any order.
  func hasSameLoRAs(as other: Recipe) -> Bool {
    var left = other.loras
    for lora in loras {
      guard
        let index = left.firstIndex(where: { lora.isSameFile($0) && lora.weight == $0.weight })
      else { return false }
      left.remove(at: index)
    }
    return left.isEmpty
  }
}

/// A typed search for a LoRA: letters of its name, or a path, and its weight after a colon, as for `--lora`.
struct LoRAQuery: Sendable, Hashable {
  let text: String
  let weight: Float?

  init(_ typed: String) {
    guard let colon = typed.lastIndex(of: ":") else {
      (text, weight) = (typed, nil)
      return
    }
    let number = typed[typed.index(after: colon)...].filter { $0 != " " }
    let weight = Float(number).flatMap { abs($0) <= 100 ? $0 : nil }
    // A colon without a number after it is not part of the search.
    (text, self.weight) =
      weight != nil || number.isEmpty ? (String(typed[..<colon]), weight) : (typed, nil)
  }

  /// A typed or pasted path, with the weight after or inside its quotes.
  init(path typed: String) {
    let outer = LoRAQuery(typed)
    let path = TypedPath(outer.text).path
    let inner = outer.weight == nil ? LoRAQuery(path) : nil
    (text, weight) = (inner?.text ?? path, inner?.weight ?? outer.weight)
  }
}

extension [ChosenLoRA] {
  /// The message about the model's current LoRAs.
  var described: String {
    isEmpty ? "all LoRAs are removed" : "added: " + map(\.recorded.label).joined(separator: ", ")
  }

  /// The rows of the list of LoRAs: the added ones, then the others that were found.
  func items(beside paths: [String], weight: Float?) -> [Picker.Item] {
    let others = paths.filter { path in !contains { $0.path == path } }
    let all = self + others.map { ChosenLoRA(path: $0) }
    return all.enumerated().map { index, lora in
      let isAdded = index < count
      // Folders distinguish files with the same name.
      let isAlone = all.count { $0.file == lora.file } == 1
      let details = [
        weight.map { "enter: at weight \($0)" } ?? (isAdded ? "enter removes it" : nil),
        isAlone ? nil : lora.folder,
      ]
      return Picker.Item(
        mark: isAdded ? "● \(lora.weight)" : "", text: lora.file,
        detail: details.compactMap(\.self).joined(separator: " · "),
        choice: .lora(path: lora.path, weight: weight))
    }
  }

  /// These LoRAs with one added or with its weight changed; without a weight, an added one is removed.
  func with(_ path: String, weight: Float?) -> [ChosenLoRA] {
    var loras = self
    if let index = loras.firstIndex(where: { $0.path == path }) {
      if let weight { loras[index].weight = weight } else { loras.remove(at: index) }
    } else {
      loras.append(ChosenLoRA(path: path, weight: weight ?? 1))
    }
    return loras
  }
}
