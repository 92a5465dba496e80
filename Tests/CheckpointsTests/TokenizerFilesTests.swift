import Checkpoints
import Foundation
import Testing

@Suite("A tokenizer's files in model folders")
struct TokenizerFilesTests {
  private func make(_ folder: URL, _ files: [String]) throws {
    let parts = ["unet/config.json", "scheduler/scheduler_config.json", "text_encoder/config.json"]
    for part in parts + files.map({ "tokenizer/\($0)" }) {
      let url = folder.appendingPathComponent(part)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: url)
    }
    let index = """
      {"scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "BertModel"],
       "tokenizer": ["transformers", "BertTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"]}
      """
    try Data(index.utf8).write(to: folder.appendingPathComponent("model_index.json"))
  }

  @Test(
    "vocab.txt is taken before tokenizer.json",
    arguments: [
      (["vocab.txt"], "vocab.txt"), (["tokenizer.json"], "tokenizer.json"),
      (["tokenizer.json", "vocab.txt"], "vocab.txt"),
    ])
  func chosen(_ files: [String], _ expected: String) throws {
    try withFolder { folder in
      try make(folder, files)
      let model = try ModelFolder(url: folder)
      #expect(model.vocabulary.lastPathComponent == expected)
    }
  }

  @Test("if both are missing, both are named")
  func missing() throws {
    try withFolder { folder in
      try make(folder, [])
      let error = try error { _ = try ModelFolder(url: folder) }
      #expect(error.kind == .missing && error.file.hasSuffix("tokenizer/vocab.txt"))
      #expect(error.expected.contains("tokenizer.json"))
    }
  }

  @Test("the files that transformers 5 writes beside tokenizer.json are read")
  func settings() throws {
    try withFolder { folder in
      try make(folder, ["tokenizer.json"])
      let settings = """
        {"backend": "tokenizers", "cls_token": "[CLS]", "do_lower_case": true, "is_local": true,
         "model_max_length": 24, "strip_accents": null, "tokenize_chinese_chars": true,
         "tokenizer_class": "BertTokenizer", "unk_token": "[UNK]"}
        """
      try Data(settings.utf8)
        .write(to: folder.appendingPathComponent("tokenizer/tokenizer_config.json"))
      _ = try ModelFolder(url: folder)
    }
  }
}
