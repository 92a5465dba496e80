@testable import Checkpoints
import Foundation
import Testing

@Suite("Weight stores")
struct WeightStoreTests {
  @Test("decodes every format to the reference's values, bit for bit")
  func formats() throws {
    let store = try WeightStore(files: [fixture("mixed.safetensors")], prefix: "bert.")
    for name in ["f32", "f16", "bf16", "i8"] {
      #expect(try store.floats(name) == store.floats(name + ".expected"), "\(name)")
      #expect(store.shape(of: name) == [3, 4])
      let rows = try store.rows(name, [2, 0, 2])
      let whole = try store.floats(name)
      #expect(rows == Array(whole[8...] + whole[..<4] + whole[8...]), "\(name)")
    }
    #expect(try store.floats("number") == [0.5])
    #expect(try store.floats("nothing") == [])
    #expect(try store.rows("f32", []) == [])
    #expect(store.contains("i8.scale"))
    #expect(!store.names.contains("i8.scale"))
    #expect(store.names.count == 11)
    #expect(store.parameterCount == 12 * 8 + 3 + 1)
  }

  @Test("every half-precision number is read exactly")
  func halves() throws {
    let patterns = (0...UInt16.max).map { $0 }
    let elements = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let header = #"{"a":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#
    try withFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      try safetensors(header, elements: elements).write(to: url)
      let values = try WeightStore(folder: folder).floats("a")
      for (pattern, value) in zip(patterns, values) {
        let half = Float16(bitPattern: pattern)
        if half.isNaN {
          #expect(value.isNaN)
        } else if value.bitPattern != Float(half).bitPattern {
          Issue.record("\(pattern) reads as \(value), not \(half)")
        }
      }
    }
  }

  @Test("shards, with an index and without")
  func shards() throws {
    let indexed = try WeightStore(folder: fixture("shards"), prefix: "bert.")
    #expect(indexed.files.count == 2)
    #expect(try indexed.floats("i8") == indexed.floats("i8.expected"))
    try withFolder { folder in
      for name in ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"] {
        try FileManager.default.copyItem(
          at: fixture("shards/\(name)"), to: folder.appendingPathComponent(name))
      }
      #expect(try WeightStore(folder: folder, prefix: "bert.").names == indexed.names)
      #expect(try WeightStore(folder: folder).hash() == indexed.hash())
      try FileManager.default.removeItem(
        at: folder.appendingPathComponent("m-00001-of-00002.safetensors"))
      #expect(try error { _ = try WeightStore(folder: folder) }.kind == .missing)
    }
  }

  @Test("a false index is rejected")
  func lyingIndex() throws {
    let lies: [(json: String, kind: CheckpointError.Kind)] = [
      (#"{"weight_map":{"a":"../m.safetensors"}}"#, .malformed),
      (#"{"weight_map":{}}"#, .malformed),
      (#"{"weight_map":{"a":1}}"#, .malformed),
      (#"{"weight_map":"#, .malformed),
      (#"{}"#, .malformed),
      (#"{"weight_map":{"absent":"mixed.safetensors"}}"#, .mismatched),
      (#"{"weight_map":{"a":"absent.safetensors"}}"#, .missing),
    ]
    for lie in lies {
      try withFolder { folder in
        try FileManager.default.copyItem(
          at: fixture("mixed.safetensors"), to: folder.appendingPathComponent("mixed.safetensors"))
        let index = folder.appendingPathComponent("m.safetensors.index.json")
        try Data(lie.json.utf8).write(to: index)
        #expect(try error { _ = try WeightStore(folder: folder) }.kind == lie.kind, "\(lie.json)")
      }
    }
  }

  @Test("the libraries' standard file takes precedence over its variants")
  func variants() throws {
    try withFolder { folder in
      for name in ["model.safetensors", "model.fp16.safetensors"] {
        try FileManager.default.copyItem(
          at: fixture("mixed.safetensors"), to: folder.appendingPathComponent(name))
      }
      let store = try WeightStore(folder: folder)
      #expect(store.files.map(\.lastPathComponent) == ["model.safetensors"])
      // If there are only variants, half precision comes before weights for training.
      try FileManager.default.moveItem(
        at: folder.appendingPathComponent("model.safetensors"),
        to: folder.appendingPathComponent("model.non_ema.safetensors"))
      #expect(
        try WeightStore(folder: folder).files.map(\.lastPathComponent) == [
          "model.fp16.safetensors"
        ])
    }
  }

  @Test("several files form one model, unless they have a tensor twice")
  func several() throws {
    let header = #"{"NAME":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
    try withFolder { folder in
      for name in ["a", "b"] {
        try safetensors(header.replacingOccurrences(of: "NAME", with: name), elements: [1])
          .write(to: folder.appendingPathComponent("\(name).safetensors"))
      }
      #expect(try WeightStore(folder: folder).names == ["a", "b"])
      try safetensors(header.replacingOccurrences(of: "NAME", with: "a"), elements: [1])
        .write(to: folder.appendingPathComponent("c.safetensors"))
      #expect(try error { _ = try WeightStore(folder: folder) }.key == "a")
    }
  }

  @Test("missing and mismatched tensors are named")
  func misfits() throws {
    let store = try WeightStore(files: [fixture("mixed.safetensors")], prefix: "bert.")
    #expect(try error { _ = try store.floats("absent") }.kind == .missing)
    let shape = try error { _ = try store.floats("f32", expecting: [4, 3]) }
    #expect(shape.kind == .mismatched)
    #expect(shape.description.contains("[4, 3]") && shape.description.contains("[3, 4]"))
    #expect(try store.floats("f32", expecting: [3, 4]).count == 12)
    #expect(try error { _ = try store.floats("steps") }.kind == .unsupported)
    #expect(try error { _ = try store.rows("f32", [3]) }.kind == .mismatched)
    #expect(try error { _ = try store.rows("f32", [-1]) }.kind == .mismatched)
    #expect(try error { _ = try store.rows("number", [0]) }.kind == .mismatched)
    try withFolder { folder throws in
      #expect(try error { _ = try WeightStore(folder: folder) }.kind == .missing)
      let nowhere = folder.appendingPathComponent("none")
      #expect(try error { _ = try WeightStore(folder: nowhere) }.kind == .missing)
    }
  }

  @Test("integers without fitting scales are refused")
  func scales() throws {
    let tensor = #""a":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]}"#
    let scales: [(json: String, bytes: Int, kind: CheckpointError.Kind)] = [
      ("", 4, .missing),
      (#","a.scale":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#, 8, .mismatched),
      (#","a.scale":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}"#, 8, .mismatched),
    ]
    for scale in scales {
      try withFolder { folder in
        try safetensors(
          "{\(tensor)\(scale.json)}", elements: Array(repeating: 1, count: scale.bytes)
        ).write(to: folder.appendingPathComponent("a.safetensors"))
        let store = try WeightStore(folder: folder)
        #expect(try error { _ = try store.floats("a") }.kind == scale.kind)
        #expect(try error { _ = try store.rows("a", [1]) }.kind == scale.kind)
      }
    }
  }

  @Test("the hash is the SHA-256 of the files")
  func hashes() throws {
    // From `sha256sum` over the same bytes.
    #expect(
      try WeightStore(files: [fixture("mixed.safetensors")]).hash() == "872ef60725")
    #expect(
      try WeightStore(folder: fixture("shards")).hash() == "301b9b34ad")
  }

  @Test("the hash is right for every length of the last block")
  func hashPadding() throws {
    let expected = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: fixture("hashes.json")))
    #expect(expected.count == 130)
    try withFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      for (spaces, digits) in expected.enumerated() {
        try safetensors("{}" + String(repeating: " ", count: spaces)).write(to: url)
        let hash = try WeightStore(files: [url]).hash()
        #expect(hash == digits, "\(spaces) spaces")
      }
    }
  }

  @Test("a hash is kept until the file changes")
  func keptHashes() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      let records = HashRecords(
        folder: folder.appendingPathComponent("cache/hashes"), leastBytes: 3)
      func kept() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
          at: records.folder, includingPropertiesForKeys: nil)
      }
      try safetensors("{}").write(to: url)
      let store = try WeightStore(files: [url])
      let hash = store.hash()
      #expect(store.hash(records: records) == hash)
      let record = try #require(try kept().first)
      #expect(try String(contentsOf: record, encoding: .utf8) == hash)
      // A valid entry is trusted, and one that is not a hash is not.
      try Data("0123456789".utf8).write(to: record)
      #expect(try WeightStore(files: [url]).hash(records: records) == "0123456789")
      try Data("no hash at all".utf8).write(to: record)
      #expect(try WeightStore(files: [url]).hash(records: records) == hash)
      try safetensors("{} ").write(to: url)
      let other = try WeightStore(files: [url])
      #expect(other.hash() != hash && other.hash(records: records) == other.hash())
      #expect(try kept().count == 2)
      // Small ones, and a folder that cannot be.
      let small = HashRecords(folder: records.folder)
      #expect(other.hash(records: small) == other.hash())
      let nowhere = HashRecords(folder: url.appendingPathComponent("hashes"), leastBytes: 3)
      #expect(other.hash(records: nowhere) == other.hash())
    }
  }

  @Test("the user's hashes are in the cache folder")
  func placeOfHashes() {
    func folder(_ environment: [String: String]) -> String? {
      HashRecords(environment: environment)?.folder.path
    }
    #expect(folder(["HOME": "/h"]) == "/h/.cache/halflight/hashes")
    #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "/c"]) == "/c/halflight/hashes")
    #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "c"]) == "/h/.cache/halflight/hashes")
    #expect(folder([:]) == nil)
  }

  @Test("twelve million half-precision weights and their hash are quick")
  func speed() throws {
    let count = 12_000_000
    let header = #"{"a":{"dtype":"F16","shape":[12000000],"data_offsets":[0,24000000]}}"#
    try withFolder { folder in
      try safetensors(header, elements: Array(repeating: 0x3C, count: 2 * count))
        .write(to: folder.appendingPathComponent("a.safetensors"))
      let store = try WeightStore(folder: folder)
      let clock = ContinuousClock()
      let decoding = try clock.measure {
        let decoded = try store.floats("a").count
        #expect(decoded == count)
      }
      let hashing = clock.measure { #expect(store.hash().count == 10) }
      print("12M F16 weights decoded in \(decoding), hashed in \(hashing)")
      // Bounds that only a slip into element-by-element work would break, on a busy machine too.
      #expect(decoding < .seconds(1))
      #expect(hashing < .seconds(2))
    }
  }
}
