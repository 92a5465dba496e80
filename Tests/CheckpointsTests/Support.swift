import Checkpoints
import Foundation
import Testing

/// A file that a reference script wrote.
func fixture(_ name: String) throws -> URL {
  try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    .appendingPathComponent(name)
}

/// A folder that lasts as long as the body.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("checkpoints-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// The bytes of a safetensors file with this header and so many bytes of elements.
func safetensors(_ header: String, elements: [UInt8] = []) -> Data {
  let length = UInt64(header.utf8.count)
  var data = Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) })
  data.append(contentsOf: header.utf8)
  data.append(contentsOf: elements)
  return data
}

/// The error a body throws, which must be a ``CheckpointError`` that says all it has to say.
func error(
  _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) throws -> CheckpointError {
  let thrown = #expect(
    throws: CheckpointError.self, sourceLocation: sourceLocation, performing: body)
  let error = try #require(thrown, sourceLocation: sourceLocation)
  for part in [error.file, error.expected, error.found, error.advice] {
    #expect(!part.isEmpty, sourceLocation: sourceLocation)
    #expect(error.description.contains(part), sourceLocation: sourceLocation)
  }
  return error
}
