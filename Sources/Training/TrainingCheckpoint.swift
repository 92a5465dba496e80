import Checkpoints
import Files
import Foundation
import Tensors
import TrainingData

/// Everything that training continues from after it ended at any moment: one safetensors file, replaced as a whole.
///
/// It contains `value/NAME`, `average/NAME`, `firstMoment/NAME` and `secondMoment/NAME` in float32 for every weight,
/// and in its metadata, under `halflight`, a ``Facts`` as JSON.
struct TrainingCheckpoint {
  /// The data besides the weights.
  struct Facts: Codable {
    /// Identifies files written by a program that is compatible with this one.
    var version = 1
    var recipe: TrainingRecipe
    var plan: TrainingPlan
    /// The totals of all plans.
    var steps: Int
    var pictures: Int
    var seconds: Double
    var generator: SplitMix64
    var loss: Double
    /// The number of stretches finished before the current plan.
    var finishedPlans: Int

    /// Whether the numbers are possible in a run.
    var isSound: Bool {
      let most = 1_000_000_000_000_000
      let seconds = [seconds, plan.seconds]
      return [steps, pictures, finishedPlans, plan.steps].allSatisfy { (0...most).contains($0) }
        && seconds.allSatisfy { (0...Double(most)).contains($0) } && loss.isFinite
    }
  }

  private static let key = "halflight"
  /// The advice for a checkpoint that training cannot continue from: the model beside it may well be usable.
  private static let advice =
    "Start again from the last saved model: give this folder to --init, and choose another --output"
  static let parts: [LearntPart] = [.value, .average, .firstMoment, .secondMoment]

  let file: URL
  let facts: Facts
  private let store: WeightStore

  /// Opens a checkpoint.
  ///
  /// - Throws: `CheckpointError` when it is not such a file.
  init(contentsOf url: URL) throws {
    file = url
    let metadata: [String: String]
    do {
      store = try WeightStore(files: [url])
      metadata = try SafetensorsFile(contentsOf: url).metadata
    } catch let error as CheckpointError {
      throw Self.damaged(url, nil, expected: error.expected, found: error.found)
    }
    guard let text = metadata[Self.key],
      let facts = try? JSONDecoder().decode(Facts.self, from: Data(text.utf8)), facts.version == 1,
      facts.isSound
    else {
      throw Self.damaged(
        url, Self.key, expected: "what this release of halflight train writes",
        found: "something else")
    }
    self.facts = facts
  }

  private static func damaged(
    _ file: URL, _ key: String?, expected: String, found: String
  ) -> CheckpointError {
    CheckpointError(
      .malformed, file: file.path, key: key, expected: expected, found: found, advice: advice)
  }

  /// One of the values stored for each weight.
  func source(_ part: LearntPart) -> any ParameterSource {
    Part(file: file, store: store, part: part)
  }

  /// Whether the weights are those of this network.
  func fits(_ names: [NamedTensor]) -> Bool {
    names.allSatisfy { store.shape(of: "value/\($0.name)") == $0.shape }
  }

  private struct Part: ParameterSource {
    let file: URL
    let store: WeightStore
    let part: LearntPart

    func values(_ name: String, shape: [Int]) throws -> [Float] {
      let key = "\(part.rawValue)/\(name)"
      let values: [Float]
      do {
        values = try store.floats(key, expecting: shape)
      } catch let error as CheckpointError {
        throw TrainingCheckpoint.damaged(file, key, expected: error.expected, found: error.found)
      }
      // A square is never below zero; a negative or non-finite value would lead to NaN hours later.
      guard values.allSatisfy({ $0.isFinite && (part != .secondMoment || $0 >= 0) }) else {
        throw TrainingCheckpoint.damaged(
          file, key, expected: "values that a run can have", found: "others: the file is damaged")
      }
      return values
    }
  }

  /// Writes a checkpoint, replacing an earlier one.
  ///
  /// - Throws: `FileError`, leaving the earlier one unchanged.
  @Compute
  static func write(_ weights: LearntWeights, _ facts: Facts, to url: URL) throws {
    let text = String(decoding: try JSONEncoder().encode(facts), as: UTF8.self)
    var tensors: [StoredTensor] = []
    for part in parts {
      for tensor in try weights.tensors(part) {
        tensors.append(
          StoredTensor(
            "\(part.rawValue)/\(tensor.name)", shape: tensor.shape, values: tensor.values))
      }
    }
    try SafetensorsWriter.write(tensors, to: url, metadata: [key: text, "format": "pt"])
  }
}
