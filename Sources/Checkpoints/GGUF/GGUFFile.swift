#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A GGUF file of version 2 or 3, mapped into memory and checked.
///
/// The layout, all little-endian: `GGUF`, the version, the numbers of tensors and of metadata keys; the metadata; each
/// tensor's name, dimensions (the fastest first), format and offset; then, from the next multiple of the alignment on,
/// the tensors' bytes (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Opening it reads only the
/// descriptions; tensors are read on demand.
public struct GGUFFile: Sendable {
  /// The maximum number of dimensions of a tensor. GGML itself has four.
  private static let mostDimensions = 8
  /// The alignment if a file does not specify one.
  private static let usualAlignment = 32

  /// The file's name for messages.
  public let name: String
  /// The file's metadata.
  public let metadata: [String: GGUFValue]
  /// Tensors by name.
  let tensors: [String: LocatedTensor]
  /// The whole file.
  let data: Data

  /// Opens a file.
  ///
  /// - Throws: ``CheckpointError`` when it cannot be read, anything in it contradicts the format, or a tensor has an
  ///   unsupported number format.
  public init(contentsOf url: URL) throws {
    try self.init(data: FileSignature.mapped(url), name: url.path)
  }

  /// Reads a file from memory.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - name: Its name in messages.
  /// - Throws: ``CheckpointError``, like ``init(contentsOf:)``.
  public init(data: Data, name: String) throws {
    self.name = name
    self.data = data
    var reader = GGUFReader(data, file: name)
    try Self.checkBeginning(&reader, file: name)
    // A tensor's description takes at least 24 bytes, a key with its value 13.
    let tensorCount = try reader.count("a number of tensors", ofSize: 24)
    let keyCount = try reader.count("a number of metadata keys", ofSize: 13)
    let metadata = try Self.readMetadata(&reader, count: keyCount)
    self.metadata = metadata
    let alignment = try Self.alignment(metadata, reader)
    let described = try Self.readDescriptions(&reader, count: tensorCount, file: name)
    // The position is at most the file's size, so this cannot overflow.
    let start = (reader.position + alignment - 1) / alignment * alignment
    tensors = try Self.placed(
      described, start: start, alignment: alignment, fileSize: data.count, reader
    ).reduce(into: [:]) { tensors, placed in
      var tensor = placed.tensor
      if let shape = Self.originalShape(of: placed.name, tensor, metadata) { tensor.shape = shape }
      tensors[placed.name] = tensor
    }
  }

  /// The names of the tensors, sorted.
  public var names: [String] { tensors.keys.sorted() }

  // MARK: Reading the descriptions

  private static func checkBeginning(_ reader: inout GGUFReader, file: String) throws {
    let magic = try reader.word("the letters GGUF")
    func bigEndian() -> CheckpointError {
      CheckpointError(
        .unsupported, file: file, expected: "a little-endian GGUF file", found: "a big-endian one",
        advice: "Download the little-endian file of this model")
    }
    guard magic != 0x4655_4747 else { return try checkVersion(&reader, file: file, bigEndian) }
    guard magic != 0x4747_5546 else { throw bigEndian() }
    throw reader.malformed("the letters GGUF at the beginning", "other bytes; is this a GGUF file?")
  }

  private static func checkVersion(
    _ reader: inout GGUFReader, file: String, _ bigEndian: () -> CheckpointError
  ) throws {
    let version = try reader.word("the format's version")
    // In the other byte order, the lower half of a small number is zero.
    guard version & 0xFFFF != 0 else { throw bigEndian() }
    guard version == 2 || version == 3 else {
      throw CheckpointError(
        .unsupported, file: file, expected: "GGUF of version 2 or 3", found: "version \(version)",
        advice: "Convert the model again with current tools")
    }
  }

  private static func readMetadata(_ reader: inout GGUFReader, count: Int) throws
    -> [String: GGUFValue]
  {
    var metadata: [String: GGUFValue] = [:]
    for _ in 0..<count {
      let key = try reader.text("a metadata key")
      guard metadata.updateValue(try reader.value(of: key), forKey: key) == nil else {
        throw reader.malformed("each metadata key once", "this key twice", key: key)
      }
    }
    return metadata
  }

  private static func alignment(_ metadata: [String: GGUFValue], _ reader: GGUFReader) throws
    -> Int
  {
    let key = "general.alignment"
    guard let value = metadata[key] else { return usualAlignment }
    guard let alignment = value.integer, (1...1 << 20).contains(alignment),
      alignment.nonzeroBitCount == 1
    else {
      throw reader.malformed(
        "a power of two up to 1048576", value.integer.map(String.init) ?? "another value", key: key)
    }
    return alignment
  }

  private struct Description {
    let name: String
    let encoding: TensorEncoding
    let shape: [Int]
    let size: Int
    let offset: UInt64
  }

  private static func readDescriptions(
    _ reader: inout GGUFReader, count: Int, file: String
  ) throws -> [Description] {
    var names: Set<String> = []
    var descriptions: [Description] = []
    for _ in 0..<count {
      let name = try reader.text("a tensor's name")
      guard names.insert(name).inserted else {
        throw reader.malformed("each tensor name once", "this name twice", key: name)
      }
      descriptions.append(try readDescription(&reader, of: name, file: file))
    }
    return descriptions
  }

  private static func readDescription(
    _ reader: inout GGUFReader, of name: String, file: String
  ) throws -> Description {
    let dimensions = try reader.word("a number of dimensions")
    guard dimensions <= mostDimensions else {
      throw reader.malformed("at most \(mostDimensions) dimensions", "\(dimensions)", key: name)
    }
    let sizes = try (0..<dimensions).map { _ in
      let size = try reader.long("a dimension's size")
      guard let size = Int(exactly: size) else {
        throw reader.malformed("sizes below 2^63", "\(size)", key: name)
      }
      return size
    }
    let type = try reader.word("a tensor's format")
    guard let encoding = TensorEncoding(ggufType: type) else {
      throw CheckpointError(
        .unsupported, file: file, key: name, expected: "one of \(TensorEncoding.ggufFormats)",
        found: TensorEncoding.foreignName(ggufType: type),
        advice: "Download or make the model in one of these formats")
    }
    let size = try byteCount(of: sizes, encoding, reader, name: name)
    return Description(
      name: name, encoding: encoding, shape: sizes.reversed(), size: size,
      offset: try reader.long("a tensor's offset"))
  }

  /// The number of bytes of a tensor of this shape, whose rows must be whole blocks.
  private static func byteCount(
    of sizes: [Int], _ encoding: TensorEncoding, _ reader: GGUFReader, name: String
  ) throws -> Int {
    let row = sizes.first ?? 1
    guard row.isMultiple(of: encoding.blockCount) else {
      throw reader.malformed(
        "rows of whole blocks of \(encoding.blockCount) in \(encoding.name)", "rows of \(row)",
        key: name)
    }
    guard let bytes = ([encoding.blockBytes] + sizes).soundProduct else {
      throw reader.malformed("a shape that fits into memory", "\(sizes)", key: name)
    }
    return bytes / encoding.blockCount
  }

  /// Checks where the tensors are in the file: aligned, inside it, and without overlap.
  private static func placed(
    _ descriptions: [Description], start: Int, alignment: Int, fileSize: Int, _ reader: GGUFReader
  ) throws -> [(name: String, tensor: LocatedTensor)] {
    var end = 0
    return try descriptions.sorted { ($0.offset, $0.size, $0.name) < ($1.offset, $1.size, $1.name) }
      .map { description in
        let name = description.name
        guard description.offset.isMultiple(of: UInt64(alignment)) else {
          throw reader.malformed(
            "an offset that is a multiple of \(alignment)", "\(description.offset)", key: name)
        }
        guard description.offset >= UInt64(end) else {
          throw reader.malformed(
            "its bytes to begin at byte \(end) or later, where the tensor before it ends",
            "byte \(description.offset)", key: name)
        }
        let room = fileSize - start
        guard description.offset <= UInt64(max(room, 0)),
          description.size <= room - Int(description.offset)
        else {
          throw CheckpointError(
            .malformed, file: reader.fileName, key: name,
            expected: "\(description.size) bytes from byte \(description.offset) on",
            found: "a file that ends \(max(room, 0)) bytes after its descriptions",
            advice: "The file is cut off: copy or download it again")
        }
        let from = start + Int(description.offset)
        end = Int(description.offset) + description.size
        return (
          name,
          LocatedTensor(
            encoding: description.encoding, shape: description.shape,
            range: from..<from + description.size)
        )
      }
  }

  /// The shape of a tensor before ComfyUI-GGUF's converter divided it into rows of whole blocks.
  private static func originalShape(
    of name: String, _ tensor: LocatedTensor, _ metadata: [String: GGUFValue]
  ) -> [Int]? {
    guard case .list(let values)? = metadata["comfy.gguf.orig_shape.\(name)"],
      values.count <= mostDimensions
    else { return nil }
    let shape = values.compactMap(\.integer)
    guard shape.count == values.count, shape.allSatisfy({ $0 >= 0 }),
      ([tensor.encoding.blockBytes] + shape).soundProduct != nil, shape.product == tensor.count
    else { return nil }
    return shape
  }
}
