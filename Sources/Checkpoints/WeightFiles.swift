#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Finds the safetensors files in a folder that contain its weights.
enum WeightFiles {
  /// The names that diffusers and transformers use for weights in a single file; the half-precision variant comes last,
  /// for users who downloaded only that.
  private static let singleNames = [
    "diffusion_pytorch_model.safetensors", "model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors", "model.fp16.safetensors",
  ]

  static func find(in folder: URL) throws -> [URL] {
    let listed: [String]
    do {
      listed = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    } catch {
      throw CheckpointError(
        .missing, file: folder.path, expected: "a folder with weights",
        found: "no readable folder",
        advice: "Check the model folder's name, or copy the missing part into it")
    }
    let names = listed.filter { $0.hasSuffix(".safetensors") }
    // A download of one variant includes the other's index. Full precision comes first, as with single files.
    let indices = listed.filter { $0.hasSuffix(".safetensors.index.json") }
      .map { folder.appendingPathComponent($0) }
      .sorted { !$0.path.contains(".fp16.") && $1.path.contains(".fp16.") }
    let complete = indices.first { index in
      (try? JSONFile.decode(Index.self, from: index))?.weightMap.values.allSatisfy(names.contains)
        ?? false
    }
    let hasSingle = singleNames.contains(where: names.contains)
    if let index = complete ?? (hasSingle ? nil : indices.first) {
      return try files(namedBy: index, in: folder)
    }
    let chosen: [String]
    if let shards = try shards(among: names, in: folder) {
      chosen = shards
    } else if let single = singleNames.first(where: names.contains) {
      chosen = [single]
    } else {
      chosen = names
    }
    guard !chosen.isEmpty else {
      throw CheckpointError(
        .missing, file: folder.path, expected: "a *.safetensors file", found: "none",
        advice: "Copy the weights there; other formats such as .bin or .ckpt must be converted")
    }
    return chosen.map { folder.appendingPathComponent($0) }
  }

  // MARK: Shards

  private struct Index: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// The files named in an index. Each tensor must be where the index says.
  private static func files(namedBy url: URL, in folder: URL) throws -> [URL] {
    let index = try JSONFile.decode(Index.self, from: url)
    let names = Set(index.weightMap.values).sorted()
    for name in names where name.contains("/") || !name.hasSuffix(".safetensors") {
      throw CheckpointError(
        .malformed, file: url.path, key: "weight_map",
        expected: "names of *.safetensors files beside it", found: CheckpointError.quoted(name),
        advice: CheckpointError.downloadAgain)
    }
    guard !names.isEmpty else {
      throw CheckpointError(
        .malformed, file: url.path, key: "weight_map", expected: "one file or more", found: "none",
        advice: CheckpointError.downloadAgain)
    }
    let files = names.map { folder.appendingPathComponent($0) }
    let contents = try Dictionary(
      uniqueKeysWithValues: zip(names, files.map { try SafetensorsFile(contentsOf: $0) }))
    for (tensor, name) in index.weightMap where contents[name]?[tensor] == nil {
      throw CheckpointError(
        .mismatched, file: url.path, key: tensor, expected: "this tensor in \(name)",
        found: "a file without it", advice: "Copy or download the index and its shards again")
    }
    return files
  }

  /// The names that end in `-00001-of-0000N.safetensors`, or `nil` if there are none.
  private static func shards(among names: [String], in folder: URL) throws -> [String]? {
    var sets: [String: Set<Int>] = [:]
    for name in names {
      if let (stem, number) = shard(name) { sets[stem, default: []].insert(number) }
    }
    guard let (stem, numbers) = sets.min(by: { $0.key < $1.key }) else { return nil }
    let count = Int(stem.suffix(5)) ?? 0
    guard sets.count == 1 else {
      throw CheckpointError(
        .malformed, file: folder.path, expected: "the shards of one set of weights",
        found: "\(sets.count) sets", advice: "Keep one set and move the others elsewhere")
    }
    guard count > 0, numbers == Set(1...count) else {
      throw CheckpointError(
        .missing, file: folder.path, expected: "\(count) shards",
        found: "number \(numbers.sorted().map(String.init).joined(separator: ", "))",
        advice: "Copy or download the missing shards")
    }
    return names.filter { shard($0)?.stem == stem }
  }

  /// `NAME-00002-of-00003.safetensors` as (`NAME-of-00003`, 2).
  private static func shard(_ name: String) -> (stem: String, number: Int)? {
    let bare = name.dropLast(".safetensors".count)
    let parts = bare.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[parts.count - 2] == "of",
      parts[parts.count - 1].count == 5, parts[parts.count - 3].count == 5,
      let number = Int(parts[parts.count - 3]), let count = Int(parts[parts.count - 1]),
      number > 0, count > 0
    else { return nil }
    let stem = parts.dropLast(3).joined(separator: "-")
    return ("\(stem)-of-\(parts[parts.count - 1])", number)
  }
}
