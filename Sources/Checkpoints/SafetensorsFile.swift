#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A safetensors file, mapped into memory and checked.
///
/// The layout: the header's length in 8 bytes, little-endian; the header, a JSON object; then the elements of all
/// tensors, without gaps between them (https://github.com/huggingface/safetensors, "Format"). Opening it reads only the
/// header; elements are read on demand.
public struct SafetensorsFile: Sendable {
  /// The longest header that the format allows, in bytes.
  static let longestHeader = 100_000_000

  /// The file's name for messages.
  public let name: String
  /// The metadata that the writer left in the file.
  public let metadata: [String: String]
  /// Tensors by name.
  let entries: [String: TensorEntry]
  /// The whole file.
  let data: Data
  /// The elements of all tensors.
  private let elements: Data

  /// Opens a file.
  ///
  /// - Throws: ``CheckpointError`` when it cannot be read or anything in it contradicts the format.
  public init(contentsOf url: URL) throws {
    try self.init(data: FileSignature.mapped(url), name: url.path)
  }

  /// Reads a file from memory.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - name: Its name in messages.
  /// - Throws: ``CheckpointError`` when anything in it contradicts the format.
  public init(data: Data, name: String) throws {
    self.name = name
    self.data = data
    let length = try SafetensorsFile.headerLength(of: data, name: name)
    let start = data.startIndex + 8
    var reader = SafetensorsHeaderReader([UInt8](data[start..<start + length]), file: name)
    let header = try reader.read()
    metadata = header.metadata
    entries = header.entries
    elements = data[(start + length)...]
    try checkLayout()
  }

  private static func headerLength(of data: Data, name: String) throws -> Int {
    func malformed(_ expected: String, _ found: String) -> CheckpointError {
      CheckpointError(
        .malformed, file: name, expected: expected, found: found,
        advice: CheckpointError.downloadAgain)
    }
    guard data.count >= 8 else {
      throw malformed("8 bytes of header length", "a file of \(data.count) bytes")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(longestHeader) else {
      throw malformed(
        "a header of at most \(longestHeader) bytes",
        "a length of \(length); is this a safetensors file?")
    }
    guard length <= UInt64(data.count - 8) else {
      throw malformed(
        "a header of \(length) bytes", "a file that ends \(data.count - 8) bytes after its length")
    }
    return Int(length)
  }

  /// Tensors must follow one another without gap or overlap, from the first byte to the last.
  private func checkLayout() throws {
    let inOrder = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    var end = 0
    for (key, entry) in inOrder {
      guard entry.range.lowerBound == end else {
        throw CheckpointError(
          .malformed, file: name, key: key,
          expected: "its elements to begin at byte \(end), where the tensor before it ends",
          found: "byte \(entry.range.lowerBound)", advice: CheckpointError.downloadAgain)
      }
      end = entry.range.upperBound
      guard end <= elements.count else {
        throw CheckpointError(
          .malformed, file: name, key: key, expected: "elements up to byte \(end)",
          found: "a file that ends at byte \(elements.count) after its header",
          advice: "The file is cut off: copy or download it again")
      }
    }
    guard end == elements.count else {
      throw CheckpointError(
        .malformed, file: name, expected: "\(end) bytes of elements after the header",
        found: "\(elements.count) bytes", advice: CheckpointError.downloadAgain)
    }
  }

  /// The names of the tensors, sorted.
  public var names: [String] { entries.keys.sorted() }

  /// A tensor's description in the header, or `nil` if the file has no tensor with this name.
  public subscript(name: String) -> TensorEntry? { entries[name] }

  /// Where the elements begin, in bytes from the start of the file.
  var elementsOffset: Int { elements.startIndex - data.startIndex }
}
