import Explorer
import Models
import NameMap

extension StudyWork {
  /// The number of nearest names to list.
  private static let neighbours = 10
  /// The number of places between two prompts.
  private static let between = 24
  /// All names, shared by every finding.
  private static let names = (NameMap.embedded?.names ?? []).map {
    PlacesFinding.Name(text: $0.text, x: $0.x, y: $0.y, group: $0.group)
  }

  /// Places prompts among the names; for two prompts, also the path between them.
  func places(_ prompts: [String]) async throws {
    guard let map = NameMap.embedded else { throw MissingMap() }
    // The text encoders of latent models are large, and none of them matches the map.
    guard !pipeline.decodes, pipeline.readsPrompt else {
      throw OtherSpace(model: pipeline.name, readsPrompt: pipeline.readsPrompt)
    }
    var finding = PlacesFinding(
      names: Self.names, groups: map.groups, places: [], landmarks: map.landmarks)
    var embeddings: [PromptEmbedding] = []
    for prompt in prompts {
      let embedding = try await pipeline.encode(prompt)
      guard embedding.pooled.count == map.width else {
        throw OtherSpace(model: pipeline.name, readsPrompt: true)
      }
      let place = map.place(of: embedding.pooled)
      finding.places.append(
        .init(
          x: place.x, y: place.y,
          nearest: map.nearest(to: embedding.pooled, count: Self.neighbours).map {
            .init(name: $0.index, similarity: $0.similarity)
          }))
      embeddings.append(embedding)
    }
    if embeddings.count == 2 {
      finding.line = (1..<Self.between).map {
        let share = Float($0) / Float(Self.between)
        let place = map.place(of: embeddings[0].mixed(with: embeddings[1], share: share).pooled)
        return .init(x: place.x, y: place.y)
      }
    }
    post(.places(finding))
  }
}

/// The map is missing from the installation.
private struct MissingMap: Error, CustomStringConvertible {
  var description: String { "the map of names is missing beside the program; build it again" }
}

/// The map belongs to a text encoder other than the model's.
private struct OtherSpace: Error, CustomStringConvertible {
  let model: String
  let readsPrompt: Bool
  var description: String {
    "the map shows where the embedded model puts words; \(model) "
      + (readsPrompt ? "uses another text encoder" : "takes no prompt")
  }
}
