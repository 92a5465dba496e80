import Files

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A tensor to be written, its values asked for when their turn comes.
public struct StoredTensor {
  /// Its name in the file, such as `conv_in.weight`.
  public let name: String
  /// The sizes of the dimensions, the last running fastest; empty for a single number.
  public let shape: [Int]
  /// The number format it is stored in.
  public let type: ElementType
  /// Its elements as they are stored.
  fileprivate let data: () throws -> Data

  /// The number of bytes of its elements.
  var byteCount: Int { shape.reduce(type.byteCount, *) }

  /// A tensor of real numbers, which are rounded to the nearest that the format has.
  ///
  /// - Parameters:
  ///   - name: Its name in the file.
  ///   - shape: The sizes of its dimensions.
  ///   - type: `f32`, `f16` or `bf16`.
  ///   - values: As many as the shape says, the last dimension running fastest; evaluated while the file is written.
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
  ///   - integers: As many as the shape says; evaluated while the file is written.
  public init(
    _ name: String, shape: [Int], integers: @autoclosure @escaping () throws -> [Int8]
  ) {
    self.name = name
    self.shape = shape
    type = .i8
    data = { try integers().withUnsafeBytes { Data($0) } }
  }
}

/// Writes safetensors files, as ``SafetensorsFile`` and the reference library read them.
///
/// A file is there whole or not at all: it is written beside its place and takes it once it is on the disk. One tensor
/// at a time is in memory as it is stored.
public enum SafetensorsWriter {
  /// Writes one file, and replaces one of that name.
  ///
  /// - Parameters:
  ///   - tensors: What is to be in it, each under a name of its own.
  ///   - url: Where.
  ///   - metadata: Remarks for the file; transformers refuses one without a `format`.
  /// - Throws: `FileError`, of kind `full` where the disk is, ``CheckpointError`` where values do not fit their shape or
  ///   a name is there twice, and what a tensor's values throw; then an earlier file is as it was, and nothing is left
  ///   behind.
  public static func write(
    _ tensors: [StoredTensor], to url: URL, metadata: [String: String] = ["format": "pt"]
  ) throws {
    try pending(tensors, url, metadata).takeName(force: true)
  }

  /// Writes weights into a folder as diffusers does: one file `STEM.safetensors`, or, where that would be larger than a
  /// shard may be, `STEM-00001-of-0000N.safetensors` and an index that says what is where.
  ///
  /// All files are on the disk before the first takes its name, so that a disk that fills up leaves earlier weights as
  /// they were. Earlier files of the same stem that no longer belong to the weights are taken away at the end.
  ///
  /// - Parameters:
  ///   - tensors: What is to be written, each under a name of its own, in the order in which it fills shards.
  ///   - folder: Where; it must be there.
  ///   - stem: `diffusion_pytorch_model` for a part of diffusers, `model` for one of transformers.
  ///   - largestShard: The most bytes of elements in one file; a tensor that is larger has a file of its own.
  ///   - metadata: Remarks for each file.
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

  /// A file with all bytes on the disk, which has yet to take its name.
  private static func pending(
    _ tensors: [StoredTensor], _ url: URL, _ metadata: [String: String]
  ) throws -> PendingFile {
    try check(tensors, file: url.path)
    // The widest elements first, so that all lie at multiples of their size, as the reference library has it.
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

  /// The header with its length before it, filled up with spaces so that the elements begin at a multiple of 8.
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
      // Compared so that the largest number there is does not overflow.
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

  /// Takes away what an earlier write left under this stem; a reader would take old shards for part of the weights.
  private static func removeEarlier(_ stem: String, from folder: URL, keeping names: Set<String>) {
    let listed = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in listed where !names.contains(name) && belongs(name, to: stem) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// Whether a file's name is one that ``write(_:toFolder:stem:largestShard:metadata:)`` gives for this stem.
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
