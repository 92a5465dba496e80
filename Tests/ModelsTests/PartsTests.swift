import Checkpoints
import Foundation
import Models
import Testing

/// Models whose parts do not fit together are rejected when they are opened, with the reason: nothing traps later.
@Suite struct PartsTests {
  /// The message about a tiny model whose descriptions were changed; `nil` if it opens and encodes a prompt.
  private func problem(
    _ model: String, _ changes: [String: [String: Any]]
  ) async throws -> String? {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("parts-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: try Fixtures.url(model), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, values) in changes {
      let file = folder.appendingPathComponent(name)
      var config =
        try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
      config.merge(values) { $1 }
      try JSONSerialization.data(withJSONObject: config).write(to: file)
    }
    do {
      _ = try await Pipeline(contentsOf: folder, precision: .f32).encode("a cat")
      return nil
    } catch let error as CheckpointError {
      return error.description
    }
  }

  @Test func aModelAsItIsOpens() async throws {
    #expect(try await problem("tiny-sd", [:]) == nil)
    #expect(try await problem("tiny-sdxl", [:]) == nil)
  }

  @Test(arguments: [
    ("tiny-sd", "unet/config.json", "out_channels", 8, "out_channels"),
    ("tiny-sd", "unet/config.json", "in_channels", 9, "an inpainting model"),
    ("tiny-sd", "unet/config.json", "cross_attention_dim", 48, "cross_attention_dim"),
    ("tiny-sd", "text_encoder/config.json", "vocab_size", 10, "token id of its tokenizer"),
    ("tiny-sd", "text_encoder/config.json", "max_position_embeddings", 2, "3 or more"),
    (
      "tiny-sdxl", "text_encoder_2/config.json", "max_position_embeddings", 40, "first text encoder"
    ),
  ])
  func whatDoesNotFitIsNamed(
    _ model: String, _ file: String, _ key: String, _ value: Int, _ expected: String
  ) async throws {
    let found = try await problem(model, [file: [key: value]])
    #expect(found?.contains(expected) == true, "\(found ?? "it opens")")
  }

  @Test func transformersAttendToOneWidth() throws {
    let json = """
      {"_class_name": "UNet2DConditionModel", "sample_size": 8, "block_out_channels": [32, 64],
       "cross_attention_dim": [32, 48], "attention_head_dim": [1, 2], "norm_num_groups": 8,
       "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
       "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]}
      """
    #expect(throws: CheckpointError.self) {
      _ = try UNetConfiguration(json: Data(json.utf8), name: "config.json")
    }
  }
}
