#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How the numbers of a stored tensor are written.
enum TensorEncoding: Sendable, Hashable {
  /// One after the other.
  case elements(ElementType)
  /// In blocks along the rows, each with scales of its own.
  case blocks(BlockFormat)

  /// Numbers that are stored together; a tensor's count is a multiple of it.
  var blockCount: Int {
    switch self {
    case .elements: 1
    case .blocks(let format): format.count
    }
  }

  /// Bytes of ``blockCount`` numbers.
  var blockBytes: Int {
    switch self {
    case .elements(let type): type.byteCount
    case .blocks(let format): format.byteCount
    }
  }

  /// The format's name, as its file format writes it.
  var name: String {
    switch self {
    case .elements(let type): type.rawValue
    case .blocks(let format): format.name
    }
  }
}

/// One tensor in a file.
struct LocatedTensor: Sendable, Hashable {
  /// How its numbers are written.
  var encoding: TensorEncoding
  /// The sizes of the dimensions, the last running fastest.
  var shape: [Int]
  /// Where its bytes lie, in bytes after the beginning of the file.
  var range: Range<Int>
  /// What its numbers are multiplied by, where a tensor beside it says so.
  var scale: TensorScale?

  /// How many numbers it has.
  var count: Int { range.count / encoding.blockBytes * encoding.blockCount }
}

/// A file of named tensors, of either format, mapped into memory and checked.
struct TensorFile: Sendable {
  /// The file's name for messages.
  let name: String
  /// The whole file.
  let data: Data
  /// The tensors by name.
  let tensors: [String: LocatedTensor]
  /// Where the first tensor's bytes begin, in bytes after the beginning of the file.
  let tensorsOffset: Int
  /// Remarks of the file's writer, where they are text.
  let remarks: [String: String]
  /// Whether the bytes are those of a mapped file.
  private var isMapped = false
  /// What tells the file apart from others, and from itself once it is changed; `nil` where nothing does.
  private(set) var identity: String?

  /// Opens a file and tells its format by its content.
  ///
  /// - Throws: ``CheckpointError`` when it is missing or malformed, and when it is of another kind.
  init(contentsOf url: URL) throws {
    let path = url.path
    let data = try FileSignature.mapped(url)
    switch FileSignature(of: data) {
    case .gguf: self.init(try GGUFFile(data: data, name: path))
    case .pickled(let kind): throw FileSignature.pickleRefusal(file: path, kind: kind)
    case .foreign(nil) where url.pathExtension.lowercased() == "gguf":
      throw FileSignature.foreignRefusal(file: path, found: "bytes that match neither format")
    // Whatever else it is, the safetensors reader says best what is wrong with it.
    case .safetensors, .foreign(nil): self.init(try SafetensorsFile(data: data, name: path))
    case .foreign(.some(let found)): throw FileSignature.foreignRefusal(file: path, found: found)
    }
    isMapped = true
    identity = FileMapping.identity(of: url)
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

  /// Gives back the memory of bytes that were read; they can be read again.
  func release(_ bytes: Data) {
    if isMapped { FileMapping.release(bytes) }
  }

  /// The bytes of a tensor, which must be this file's own.
  func bytes(of tensor: LocatedTensor) -> Data { bytes(in: tensor.range) }

  /// The bytes in a range of the file.
  func bytes(in range: Range<Int>) -> Data {
    let start = data.startIndex
    return data[start + range.lowerBound..<start + range.upperBound]
  }
}
