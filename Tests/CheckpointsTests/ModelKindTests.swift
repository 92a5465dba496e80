import Checkpoints
import Foundation
import Testing

@Suite struct ModelKindTests {
  /// A folder with these files.
  private func withFolder(_ files: [String: String], _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("kind-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try body(folder)
  }

  private static let unconditional = #"{"_class_name": "UNet2DModel"}"#
  private static let conditional = #"{"_class_name": "UNet2DConditionModel"}"#

  @Test(arguments: [
    ([:], ModelKind.own),
    (["model_index.json": "{}"], .own),
    (["model_index.json": #"{"text_encoder": ["transformers", "BertModel"]}"#], .own),
    (
      ["model_index.json": #"{"text_encoder": ["transformers", "CLIPTextModel"]}"#],
      .stableDiffusion
    ),
    // Stable Diffusion XL's refiner.
    (
      [
        "model_index.json":
          #"{"text_encoder": [null, null], "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"]}"#
      ], .stableDiffusion
    ),
    (["config.json": unconditional], .unconditional),
    (["unet/config.json": unconditional], .unconditional),
    (["unet/config.json": unconditional, "model_index.json": "{}"], .unconditional),
    (["config.json": conditional], .own),
    (
      [
        "unet/config.json": conditional,
        "model_index.json": #"{"text_encoder": ["transformers", "CLIPTextModel"]}"#,
      ], .stableDiffusion
    ),
    (["model_index.json": "no JSON", "config.json": "no JSON"], .own),
  ])
  func folders(_ files: [String: String], _ kind: ModelKind) throws {
    try withFolder(files) { #expect(ModelKind(of: $0) == kind) }
  }

  /// Only Stable Diffusion exists as a single file; the contents are examined when it is opened.
  @Test func files() throws {
    try withFolder(["model.safetensors": "", "model.gguf": "", "notes.txt": ""]) { folder in
      for name in ["model.safetensors", "model.gguf", "notes.txt"] {
        #expect(ModelKind(of: folder.appendingPathComponent(name)) == .stableDiffusion)
      }
      #expect(ModelKind(of: folder.appendingPathComponent("missing")) == .own)
    }
  }
}
