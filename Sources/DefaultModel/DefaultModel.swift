import Files
import Foundation

/// The embedded model.
public enum DefaultModel {
  /// The name that it gives itself.
  public static let name = "mini"

  /// The model's folder, in the diffusers layout, or `nil` if the program was copied without it.
  public static var folder: URL? { ResourceFolder.url("model", of: "DefaultModel") }

  /// Prompts that the model is known to paint (`Tests/Reference/ideas.py`), each with its kind of thing. None if the
  /// program was copied without them.
  public static let ideas: [(prompt: String, kind: String)] = {
    guard let file = ResourceFolder.url("ideas.json", of: "DefaultModel"),
      let data = try? SafeFile.read(file, limit: 1 << 20),
      let kinds = try? JSONDecoder().decode([String: [String]].self, from: data)
    else { return [] }
    return kinds.sorted { $0.key < $1.key }.flatMap { kind, prompts in
      prompts.map { (prompt: $0, kind: kind) }
    }
  }()
}
