import Files

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A tensor to write; its values are computed when they are needed.
public struct StoredTensor {
  /// Its name in the file, such as `conv_in.weight`.
  public let name: String
  /// The sizes of the dimensions, the fastest last; empty for a single number.
  public let shape: [Int]
  /// The stored number format.
  public let type: ElementType
  /// Its elements in the stored format.
  fileprivate let data: () throws -> Data

  /// The number of bytes of its elements.
  var byteCount: Int { shape.reduce(type.byteCount, *) }

  /// A tensor of real numbers, rounded to the nearest in the format.
  ///
  /// - Parameters:
  ///   - name: Its name in the file.
  ///   - shape: The sizes of its dimensions.
  ///   - type: `f32`, `f16` or `bf16`.
  ///   - values: As many values as the shape has elements, the fastest dimension last; computed while the file is
  ///     written.
  public init(
    _ name: String, shape: [Int], as type: ElementType = .f32,
    values: @autoclosure @escaping () throws -> [Float]
  ) {
    precondition([.f32, .f16, .bf16].contains(type), "a format for real numbers")
    self.name = name
    self.shape = shape
    self.type = type
    data = { ElementEncoding.data(try values(), type: type) ?? Data() }
  }

  /// A tensor of whole numbers from -128 to 127, stored as I8.
  ///
  /// - Parameters:
  ///   - name: Its name in the file.
  ///   - shape: The sizes of its dimensions.
  ///   - integers: As many numbers as the shape has elements; computed while the file is written.
  public init(
    _ name: String, shape: [Int], integers: @autoclosure @escaping () throws -> [Int8]
  ) {
    self.name = name
    self.shape = shape
    type = .i8
    data = { try integers().withUnsafeBytes { Data($0) } }
  }
}

/// Writes safetensors files that ``SafetensorsFile`` and the reference library can read.
///
/// A file is written completely or not at all: it is written under a temporary name and renamed once it is on the disk.
/// Only one tensor at a time is in memory in its stored form.
public enum SafetensorsWriter {
  /// Writes one file, replacing any file with that name.
  ///
  /// - Parameters:
  ///   - tensors: Its contents, each tensor with a unique name.
  ///   - url: The file to write.
  ///   - metadata: The file's metadata; transformers rejects a file without a `format`.
  /// - Throws: `FileError`, of kind `full` if the disk is full; ``CheckpointError`` if values do not fit their shape or
  ///   a name occurs twice; and any error from computing a tensor's values. In these cases an earlier file is
  ///   unchanged, and nothing is left behind.
  public static func write(
    _ tensors: [StoredTensor], to url: URL, metadata: [String: String] = ["format": "pt"]
  ) throws {
    try pending(tensors, url, metadata).takeName(force: true)
  }

  /// Writes weights into a folder like diffusers: as one file `STEM.safetensors`, or, if that would be larger than a
  /// shard may be, as `STEM-00001-of-0000N.safetensors` and an index of their tensors.
  ///
  /// All files are on the disk before the first is renamed, so that a full disk leaves earlier weights unchanged.
  /// Finally, earlier files of the same stem that do not belong to the weights are removed.
  ///
  /// - Parameters:
  ///   - tensors: The tensors to write, each with a unique name, in the order in which they fill shards.
  ///   - folder: The folder to write to, which must exist.
  ///   - stem: `diffusion_pytorch_model` for a part of diffusers, `model` for one of transformers.
  ///   - largestShard: The maximum size of the elements in one file, in bytes; a larger tensor gets a file of its own.
  ///   - metadata: The metadata of each file.
  /// - Returns: The safetensors files.
  /// - Throws: As ``write(_:to:metadata:)``.
  @discardableResult public static func write(
    _ tensors: [StoredTensor], toFolder folder: URL, stem: String = "diffusion_pytorch_model",
    largestShard: Int = .max, metadata: [String: String] = ["format": "pt"]
  ) throws -> [URL] {
    try check(tensors, file: folder.path)
    let shards = shards(tensors, largest: largestShard)
    let names = shards.indices.map { index in
      shards.count == 1
        ? "\(stem).safetensors"
        : "\(stem)-\(fiveDigits(index + 1))-of-\(fiveDigits(shards.count)).safetensors"
    }
    let urls = names.map { folder.appendingPathComponent($0) }
    var files = try zip(shards, urls).map { try pending($0, $1, metadata) }
    let index = "\(stem).safetensors.index.json"
    if shards.count > 1 {
      let file = try PendingFile(standingFor: folder.appendingPathComponent(index))
      try file.append(try indexFile(shards, names))
      try file.finish()
      files.append(file)
    }
    for file in files { try file.takeName(force: true) }
    removeEarlier(stem, from: folder, keeping: Set(names + (shards.count > 1 ? [index] : [])))
    return urls
  }

  // MARK: One file

  /// A file that is on the disk but not renamed yet.
  private static func pending(
    _ tensors: [StoredTensor], _ url: URL, _ metadata: [String: String]
  ) throws -> PendingFile {
    try check(tensors, file: url.path)
    // The widest elements come first, so that all are at multiples of their size, as in the reference library.
    let ordered = tensors.sorted {
      ($1.type.byteCount, $0.name) < ($0.type.byteCount, $1.name)
    }
    let file = try PendingFile(standingFor: url)
    try file.append(try header(ordered, metadata))
    for tensor in ordered {
      let data = try tensor.data()
      guard data.count == tensor.byteCount else {
        throw CheckpointError(
          .mismatched, file: url.path, key: tensor.name,
          expected:
            "\(tensor.byteCount / tensor.type.byteCount) values for the shape \(tensor.shape)",
          found: "\(data.count / tensor.type.byteCount)",
          advice: "This is a mistake in the program: please report it")
      }
      try file.append(data)
    }
    try file.finish()
    return file
  }

  private static func check(_ tensors: [StoredTensor], file: String) throws(CheckpointError) {
    var seen: Set<String> = []
    for tensor in tensors {
      guard seen.insert(tensor.name).inserted, tensor.name != "__metadata__" else {
        throw CheckpointError(
          .mismatched, file: file, key: tensor.name, expected: "each tensor under its own name",
          found: "a name used twice",
          advice: "This is a mistake in the program: please report it")
      }
    }
  }

  /// The header preceded by its length, padded with spaces so that the elements begin at a multiple of 8.
  private static func header(
    _ tensors: [StoredTensor], _ metadata: [String: String]
  ) throws -> Data {
    var parts: [String] = []
    if !metadata.isEmpty {
      let remarks = try metadata.sorted { $0.key < $1.key }.map { key, value in
        "\(try quoted(key)):\(try quoted(value))"
      }
      parts.append("\"__metadata__\":{\(remarks.joined(separator: ","))}")
    }
    var start = 0
    for tensor in tensors {
      let end = start + tensor.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(try quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(start),\(end)]}")
      start = end
    }
    var text = Data("{\(parts.joined(separator: ","))}".utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    let length = UInt64(text.count)
    return Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }) + text
  }

  private static func quoted(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
  }

  // MARK: Shards

  private static func shards(_ tensors: [StoredTensor], largest: Int) -> [[StoredTensor]] {
    var shards: [[StoredTensor]] = [[]]
    var size = 0
    for tensor in tensors {
      // Compared in this way so that the largest integer does not overflow.
      if let last = shards.last, !last.isEmpty, tensor.byteCount > largest - size {
        shards.append([])
        size = 0
      }
      shards[shards.count - 1].append(tensor)
      size += tensor.byteCount
    }
    return shards
  }

  private struct Index: Encodable {
    struct Metadata: Encodable {
      var totalSize: Int

      enum CodingKeys: String, CodingKey { case totalSize = "total_size" }
    }

    var metadata: Metadata
    var weightMap: [String: String]

    enum CodingKeys: String, CodingKey {
      case metadata
      case weightMap = "weight_map"
    }
  }

  private static func indexFile(_ shards: [[StoredTensor]], _ names: [String]) throws -> Data {
    var map: [String: String] = [:]
    for (shard, name) in zip(shards, names) {
      for tensor in shard { map[tensor.name] = name }
    }
    let size = shards.joined().reduce(0) { $0 + $1.byteCount }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Index(metadata: .init(totalSize: size), weightMap: map))
      + Data("\n".utf8)
  }

  /// Removes what an earlier write left under this stem; otherwise a reader would treat old shards as part of the
  /// weights.
  private static func removeEarlier(_ stem: String, from folder: URL, keeping names: Set<String>) {
    let listed = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in listed where !names.contains(name) && belongs(name, to: stem) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// Whether a file's name is one that ``write(_:toFolder:stem:largestShard:metadata:)`` uses for this stem.
  private static func belongs(_ name: String, to stem: String) -> Bool {
    if name == "\(stem).safetensors" || name == "\(stem).safetensors.index.json" { return true }
    guard name.hasPrefix("\(stem)-"), name.hasSuffix(".safetensors") else { return false }
    let parts = name.dropFirst(stem.count + 1).dropLast(".safetensors".count)
      .split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[1] == "of"
      && [parts[0], parts[2]].allSatisfy { $0.count == 5 && $0.allSatisfy(\.isNumber) }
  }

  private static func fiveDigits(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
  }
}
