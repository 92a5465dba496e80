import Checkpoints
import Foundation
import Testing

@Suite("The Hugging Face cache")
struct HubCacheTests {
  private let commit = "b681a7b9a3a1d3d0f9d5d3dfb5d9e5b6b2a7b0c1"

  @Test(
    "names are told from paths",
    arguments: [
      "", "sd-turbo", "/a/b", "./a", "../b", "a/..", "a/b/c", "a//b", "~/a", "a/b@", "a/b@../c",
      "a b/c", "a/b;c", "-a/b", "a/-b", "a/b@-c", "a/b\u{1B}", "models/x.y/",
    ])
  func noNames(text: String) {
    #expect(HubCache.Name(text) == nil)
  }

  @Test("names and their parts")
  func names() throws {
    let plain = try #require(HubCache.Name("stabilityai/sd-turbo"))
    #expect(plain.organization == "stabilityai" && plain.model == "sd-turbo")
    #expect(plain.revision == nil && plain.description == "stabilityai/sd-turbo")
    let revised = try #require(HubCache.Name("a/b_1.0@refs/pr/3"))
    #expect(revised.revision == "refs/pr/3" && revised.description == "a/b_1.0@refs/pr/3")
  }

  @Test("the folder is the same as in huggingface_hub")
  func places() {
    func place(_ environment: [String: String]) -> String? {
      HubCache(environment: environment)?.folder.path
    }
    var environment = ["HOME": "/home/me"]
    #expect(place([:]) == nil)
    #expect(place(environment) == "/home/me/.cache/huggingface/hub")
    environment["XDG_CACHE_HOME"] = "/cache"
    #expect(place(environment) == "/cache/huggingface/hub")
    environment["HF_HOME"] = "~/hf"
    #expect(place(environment) == "/home/me/hf/hub")
    environment["HUGGINGFACE_HUB_CACHE"] = "/old"
    #expect(place(environment) == "/old")
    environment["HF_HUB_CACHE"] = "/new"
    #expect(place(environment) == "/new")
    environment["HF_HUB_CACHE"] = ""
    #expect(place(environment) == "/old")
  }

  @Test("branches, commits, links into blobs, and what is missing")
  func snapshots() throws {
    try withFolder { folder in
      let manager = FileManager.default
      let cache = HubCache(folder: folder)
      let name = try #require(HubCache.Name("org/tiny"))
      let absent = try error { _ = try cache.snapshot(of: name) }
      #expect(absent.kind == .missing)
      #expect(absent.advice.contains("hf download org/tiny"))

      let model = folder.appendingPathComponent("models--org--tiny")
      let snapshot = model.appendingPathComponent("snapshots/\(commit)")
      for path in [
        snapshot, model.appendingPathComponent("refs"),
        model.appendingPathComponent("blobs"),
      ] {
        try manager.createDirectory(at: path, withIntermediateDirectories: true)
      }
      #expect(try error { _ = try cache.snapshot(of: name) }.kind == .missing)
      let main = model.appendingPathComponent("refs/main")
      try Data(commit.utf8).write(to: main)
      #expect(try cache.snapshot(of: name).path == snapshot.path)
      #expect(cache.names == [name])

      let pinned = try #require(HubCache.Name("org/tiny@\(commit)"))
      #expect(try cache.snapshot(of: pinned).path == snapshot.path)
      let branch = try #require(HubCache.Name("org/tiny@fp16"))
      let other = try error { _ = try cache.snapshot(of: branch) }
      #expect(other.advice.contains("hf download org/tiny --revision fp16"))
      try Data("\(commit)\n".utf8).write(to: model.appendingPathComponent("refs/fp16"))
      #expect(try cache.snapshot(of: branch).path == snapshot.path)

      let environment = ["HF_HUB_CACHE": folder.path]
      #expect(try HubCache.locate("org/tiny", environment: environment).path == snapshot.path)
      #expect(try HubCache.locate(folder.path, environment: [:]).path == folder.path)
      for text in ["org/other", "no such model", "/no/such/path"] {
        #expect(
          try error { _ = try HubCache.locate(text, environment: environment) }.kind == .missing)
      }

      let nowhere = folder.appendingPathComponent("link").path
      try manager.createSymbolicLink(atPath: nowhere, withDestinationPath: "/no/such/model")
      let dangling = try error { _ = try HubCache.locate(nowhere, environment: environment) }
      #expect(dangling.found.contains("a link to \"/no/such/model\""))
      #expect(try error { _ = try HubCache.locate("", environment: [:]) }.found == "no name")

      // The files of a snapshot are links, and are read through them.
      try manager.copyItem(
        at: fixture("mixed.safetensors"), to: model.appendingPathComponent("blobs/1234"))
      try manager.createSymbolicLink(
        atPath: snapshot.appendingPathComponent("model.safetensors").path,
        withDestinationPath: "../../blobs/1234")
      #expect(try WeightStore(folder: cache.snapshot(of: name)).contains("number"))

      for lie in ["../../..", "", "\u{1B}[2J", String(repeating: "a", count: 300), "ABC"] {
        try Data(lie.utf8).write(to: main)
        let refused = try error { _ = try cache.snapshot(of: name) }
        #expect(!refused.description.contains("\u{1B}"))
      }
      try Data("abc".utf8).write(to: main)
      #expect(try error { _ = try cache.snapshot(of: name) }.kind == .missing)
      try manager.removeItem(at: main)
      #expect(mkfifo(main.path, 0o600) == 0)
      #expect(try error { _ = try cache.snapshot(of: name) }.kind == .missing)
    }
  }
}
