import Checkpoints
import Diffusion
import Files
import Foundation
import Tensors

/// Writes the trained network as a model's folder, which halflight can open and whose parts diffusers can load.
struct ModelExport {
  let folder: URL
  let start: TrainingStart

  /// Creates the folder with everything that stays the same: the text encoder, the tokenizer and descriptions.
  ///
  /// - Throws: `FileError` when something cannot be written.
  func prepare() throws {
    let manager = FileManager.default
    for part in ["unet", "scheduler", "training"] {
      do {
        try manager.createDirectory(
          at: folder.appendingPathComponent(part), withIntermediateDirectories: true)
      } catch {
        throw FileError(error, path: folder.appendingPathComponent(part).path)
      }
    }
    for part in ["text_encoder", "tokenizer", "licences"] {
      try copy(part)
    }
    try write(start.configurationFile, "unet/config.json")
    try write(start.schedulerFile, "scheduler/scheduler_config.json")
    try write(try index(), "model_index.json")
  }

  /// Writes the network's weights in float16.
  ///
  /// - Throws: `FileError`, leaving earlier weights unchanged.
  func write(_ weights: [NamedTensor]) throws {
    let tensors = weights.map {
      StoredTensor($0.name, shape: $0.shape, as: .f16, values: $0.values)
    }
    try SafetensorsWriter.write(tensors, toFolder: folder.appendingPathComponent("unet"))
  }

  /// Writes a file in the folder.
  func write(_ data: Data, _ name: String) throws {
    try SafeFile.write(data, to: folder.appendingPathComponent(name), force: true)
  }

  /// Copies a folder of files from the model that training started from.
  private func copy(_ part: String) throws {
    let manager = FileManager.default
    let (from, to) = (
      start.model.url.appendingPathComponent(part), folder.appendingPathComponent(part)
    )
    guard from.standardizedFileURL != to.standardizedFileURL,
      let names = try? manager.contentsOfDirectory(atPath: from.path)
    else { return }
    do {
      try manager.createDirectory(at: to, withIntermediateDirectories: true)
    } catch {
      throw FileError(error, path: to.path)
    }
    for name in names.sorted() where !name.hasPrefix(".") {
      let target = to.appendingPathComponent(name)
      let data = try SafeFile.read(from.appendingPathComponent(name), limit: 4 << 30)
      try SafeFile.write(data, to: target, force: true)
    }
  }

  /// `model_index.json`.
  private func index() throws -> Data {
    let defaults = start.model.defaults
    let own: [String: Any] = [
      "name": folder.lastPathComponent, "pixel_fold": start.fold,
      "token_limit": start.model.tokenLimit, "text_embedding": start.model.textEmbedding.rawValue,
      "defaults": [
        "steps": defaults.steps,
        "guidance_scale": NSDecimalNumber(string: "\(defaults.guidanceScale)"),
        "sampler": defaults.sampler, "spacing": defaults.spacing,
      ],
    ]
    return try Self.json([
      "_class_name": "HalflightPipeline", "_diffusers_version": "0.35.0", "_halflight": own,
      "scheduler": ["diffusers", schedulerClass], "text_encoder": ["transformers", "BertModel"],
      "tokenizer": ["transformers", "BertTokenizer"],
      "unet": ["diffusers", "UNet2DConditionModel"],
    ])
  }

  /// The class named in the scheduler's configuration.
  private var schedulerClass: String {
    let object = try? JSONSerialization.jsonObject(with: start.schedulerFile)
    return (object as? [String: Any])?["_class_name"] as? String ?? "DDIMScheduler"
  }

  private static func json(_ object: [String: Any]) throws -> Data {
    try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
      + Data("\n".utf8)
  }

  /// The `scheduler_config.json` for an untrained network.
  static func schedulerFile(_ prediction: Prediction) throws -> Data {
    if prediction == .flow {
      return try json([
        "_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": 1.0,
      ])
    }
    let type =
      switch prediction {
      case .sample: "sample"
      case .v: "v_prediction"
      case .epsilon, .flow: "epsilon"
      }
    return try json([
      "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_start": 0.0001,
      "beta_end": 0.02, "beta_schedule": "linear", "prediction_type": type,
      "timestep_spacing": "trailing", "clip_sample": true, "clip_sample_range": 1.0,
      "set_alpha_to_one": true, "steps_offset": 0,
    ])
  }
}
