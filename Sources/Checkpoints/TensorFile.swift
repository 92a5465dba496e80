#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How the numbers of a tensor are stored.
enum TensorEncoding: Sendable, Hashable {
  /// One after the other.
  case elements(ElementType)
  /// In blocks along the rows, each with its own scales.
  case blocks(BlockFormat)

  /// How many numbers are stored together; a tensor's count is a multiple of it.
  var blockCount: Int {
    switch self {
    case .elements: 1
    case .blocks(let format): format.count
    }
  }

  /// The size of ``blockCount`` numbers in bytes.
  var blockBytes: Int {
    switch self {
    case .elements(let type): type.byteCount
    case .blocks(let format): format.byteCount
    }
  }

  /// The format's name in its file format.
  var name: String {
    switch self {
    case .elements(let type): type.rawValue
    case .blocks(let format): format.name
    }
  }
}

/// One tensor in a file.
struct LocatedTensor: Sendable, Hashable {
  /// How its numbers are stored.
  var encoding: TensorEncoding
  /// The sizes of the dimensions, the fastest last.
  var shape: [Int]
  /// Where its bytes are, in bytes from the start of the file.
  var range: Range<Int>
  /// The scale of its numbers, if a separate tensor contains one.
  var scale: TensorScale?

  /// The number of its elements.
  var count: Int { range.count / encoding.blockBytes * encoding.blockCount }
}

/// A file of named tensors in either format, mapped into memory and checked.
struct TensorFile: Sendable {
  /// The file's name for messages.
  let name: String
  /// The whole file.
  let data: Data
  /// The tensors by name.
  let tensors: [String: LocatedTensor]
  /// Where the first tensor's bytes begin, in bytes from the start of the file.
  let tensorsOffset: Int
  /// The text entries in the file's metadata.
  let remarks: [String: String]
  /// Whether the bytes belong to a mapped file.
  private var isMapped = false
  /// Identifies the file and changes with its contents; `nil` if unknown.
  private(set) var identity: String?

  /// Opens a file and detects its format from its content.
  ///
  /// - Throws: ``CheckpointError`` when it is missing or malformed, and when it is of another kind.
  init(contentsOf url: URL) throws {
    try self.init(data: FileSignature.mapped(url), name: url.path)
    isMapped = true
    identity = FileMapping.identity(of: url)
  }

  /// Reads a file from memory; `name` is its name in messages.
  ///
  /// - Throws: ``CheckpointError`` when it is malformed or of another kind.
  init(data: Data, name: String) throws {
    switch FileSignature(of: data) {
    case .gguf: self.init(try GGUFFile(data: data, name: name))
    case .pickled(let kind): throw FileSignature.pickleRefusal(file: name, kind: kind)
    case .foreign(nil) where name.lowercased().hasSuffix(".gguf"):
      throw FileSignature.foreignRefusal(file: name, found: "bytes that match neither format")
    // In all other cases, the safetensors reader describes the problem best.
    case .safetensors, .foreign(nil): self.init(try SafetensorsFile(data: data, name: name))
    case .foreign(.some(let found)): throw FileSignature.foreignRefusal(file: name, found: found)
    }
  }

  init(_ file: SafetensorsFile) {
    name = file.name
    data = file.data
    remarks = file.metadata
    let start = file.elementsOffset
    tensorsOffset = start
    tensors = TensorScale.attached(
      to: file.entries.mapValues { entry in
        LocatedTensor(
          encoding: .elements(entry.type), shape: entry.shape,
          range: start + entry.range.lowerBound..<start + entry.range.upperBound)
      })
  }

  init(_ file: GGUFFile) {
    name = file.name
    data = file.data
    remarks = file.metadata.compactMapValues(\.text)
    tensors = file.tensors
    tensorsOffset = file.tensors.values.map(\.range.lowerBound).min() ?? file.data.count
  }

  /// Releases the memory of bytes that were read; they can be read again.
  func release(_ bytes: Data) {
    if isMapped { FileMapping.release(bytes) }
  }

  /// The bytes of a tensor, which must belong to this file.
  func bytes(of tensor: LocatedTensor) -> Data { bytes(in: tensor.range) }

  /// The bytes in a range of the file.
  func bytes(in range: Range<Int>) -> Data {
    let start = data.startIndex
    return data[start + range.lowerBound..<start + range.upperBound]
  }
}
