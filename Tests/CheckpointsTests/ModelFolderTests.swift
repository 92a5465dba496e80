import Checkpoints
import Foundation
import Testing

@Suite("Model folders")
struct ModelFolderTests {
  static let index = """
    {"_class_name": "HalflightPipeline",
     "_halflight": {"name": "tiny", "pixel_fold": 2, "token_limit": 24,
                    "text_embedding": "mean-unit-square",
                    "defaults": {"steps": 9, "guidance_scale": 2.5, "sampler": "Euler"}},
     "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "BertModel"],
     "tokenizer": ["transformers", "BertTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"]}
    """
  static let parts = [
    "unet/config.json", "scheduler/scheduler_config.json", "text_encoder/config.json",
    "tokenizer/vocab.txt",
  ]

  /// Lays out a model with empty parts.
  private func make(_ folder: URL, index: String = index, without: String? = nil) throws {
    for part in Self.parts where part != without {
      let url = folder.appendingPathComponent(part)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: url)
    }
    try Data(index.utf8).write(to: folder.appendingPathComponent("model_index.json"))
  }

  @Test("reads the description")
  func description() throws {
    try withFolder { folder in
      try make(folder)
      let model = try ModelFolder(url: folder)
      #expect(model.name == "tiny")
      #expect(model.pixelFold == 2 && model.tokenLimit == 24)
      #expect(model.textEmbedding == .meanUnitSquare)
      #expect(model.defaults.steps == 9 && model.defaults.guidanceScale == 2.5)
      #expect(model.defaults.sampler == "Euler" && model.defaults.spacing == "trailing")
      #expect(model.unet.path == folder.path + "/unet")
    }
  }

  @Test("a model without our own key is a plain diffusers model")
  func plain() throws {
    let index = """
      {"scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "BertModel"],
       "tokenizer": ["transformers", "BertTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
       "safety_checker": [null, null]}
      """
    try withFolder { folder in
      try make(folder, index: index)
      let model = try ModelFolder(url: folder)
      #expect(model.name == folder.lastPathComponent)
      #expect(model.pixelFold == 1 && model.textEmbedding == .none)
    }
  }

  @Test("a missing part is named")
  func missing() throws {
    for part in Self.parts {
      try withFolder { folder in
        try make(folder, without: part)
        let error = try error { _ = try ModelFolder(url: folder) }
        #expect(error.kind == .missing)
        #expect(error.file.hasSuffix(part))
      }
    }
    try withFolder { folder in
      let error = try error { _ = try ModelFolder(url: folder) }
      #expect(error.kind == .missing && error.file.hasSuffix("model_index.json"))
    }
  }

  @Test("reading does not wait for a pipe in place of the description")
  func pipe() throws {
    try withFolder { folder in
      #expect(mkfifo(folder.appendingPathComponent("model_index.json").path, 0o600) == 0)
      let error = try error { _ = try ModelFolder(url: folder) }
      #expect(error.kind == .unreadable)
    }
  }

  @Test("unsupported models are named")
  func unsupported() throws {
    let changes: [(from: String, to: String, key: String)] = [
      ("BertModel", "CLIPTextModel", "text_encoder"),
      ("BertTokenizer", "CLIPTokenizer", "tokenizer"),
      ("UNet2DConditionModel", "UNet2DModel", "unet"), ("\"unet\"", "\"net\"", "unet"),
      ("\"pixel_fold\": 2", "\"pixel_fold\": 0", "pixel_fold"),
      ("\"token_limit\": 24", "\"token_limit\": 1", "token_limit"),
      ("mean-unit-square", "median", "_halflight.text_embedding"),
      ("\"steps\": 9", "\"steps\": 0", "steps"),
    ]
    for change in changes {
      try withFolder { folder in
        try make(
          folder, index: Self.index.replacingOccurrences(of: change.from, with: change.to))
        #expect(try error { _ = try ModelFolder(url: folder) }.key == change.key)
      }
    }
  }

  @Test("a tokenizer with other settings is refused")
  func tokenizerSettings() throws {
    let settings: [(json: String, key: String?)] = [
      (#"{"do_lower_case": true, "strip_accents": null}"#, nil),
      (#"{"do_lower_case": false}"#, "do_lower_case"),
      (#"{"strip_accents": false}"#, "strip_accents"),
      (#"{"tokenizer_class": "CLIPTokenizer"}"#, "tokenizer_class"),
    ]
    for setting in settings {
      try withFolder { folder in
        try make(folder)
        try Data(setting.json.utf8)
          .write(to: folder.appendingPathComponent("tokenizer/tokenizer_config.json"))
        if let key = setting.key {
          #expect(try error { _ = try ModelFolder(url: folder) }.key == key)
        } else {
          let name = try ModelFolder(url: folder).name
          #expect(name == "tiny")
        }
      }
    }
  }

  @Test("models are found in the data folder, including broken ones")
  func discovery() throws {
    try withFolder { data in
      let shelf = data.appendingPathComponent("halflight/models")
      try make(shelf.appendingPathComponent("b"))
      try make(shelf.appendingPathComponent("a"), without: "unet/config.json")
      try Data().write(to: shelf.appendingPathComponent("notes.txt"))
      let embedded = data.appendingPathComponent("embedded")
      try make(embedded)
      let found = ModelFolder.discover(
        embedded: embedded, environment: ["XDG_DATA_HOME": data.path, "HOME": "/nonexistent"])
      #expect(found.map(\.lastPathComponent) == ["embedded", "a", "b"])
    }
  }

  @Test("the data folder is the environment's, otherwise below the home folder")
  func shelf() {
    func path(_ environment: [String: String]) -> String? {
      ModelFolder.modelsFolder(environment: environment)?.path
    }
    #expect(path(["XDG_DATA_HOME": "/d", "HOME": "/h"]) == "/d/halflight/models")
    #expect(path(["XDG_DATA_HOME": "", "HOME": "/h"]) == "/h/.local/share/halflight/models")
    #expect(path(["XDG_DATA_HOME": "rel", "HOME": "/h"]) == "/h/.local/share/halflight/models")
    #expect(path([:]) == nil)
    #expect(ModelFolder.discover(embedded: nil, environment: [:]).isEmpty)
  }
}
