import Foundation

/// A map of names in its file format.
struct NameMapFile {
  /// The first line of the file.
  struct Header: Decodable {
    let method: String
    let width: Int
    let groups: [String]
    let names: [String]
    let group: [Int]
    let landmarks: [Int]?
  }

  let header: Header
  private let body: Data

  init(contentsOf url: URL) throws {
    func unsound(_ expected: String, _ found: String) -> NameMapError {
      NameMapError(file: url.path, expected: expected, found: found)
    }
    guard let data = try? Data(contentsOf: url) else {
      throw unsound("a map of names", "nothing that can be read")
    }
    guard let end = data.firstIndex(of: 0x0A),
      let header = try? JSONDecoder().decode(Header.self, from: data[..<end])
    else {
      throw unsound("a line of JSON with method, width, groups, names and group", "something else")
    }
    guard header.group.count == header.names.count,
      header.group.allSatisfy(header.groups.indices.contains)
    else {
      throw unsound("a known group for each of the \(header.names.count) names", "others")
    }
    guard (header.landmarks ?? []).allSatisfy(header.names.indices.contains) else {
      throw unsound("landmarks among the \(header.names.count) names", "others")
    }
    guard (1...65536).contains(header.width) else {
      throw unsound("a width from 1 to 65536", "\(header.width)")
    }
    body = Data(data[(end + 1)...])
    let expected = header.names.count * (header.width + 12)
    guard body.count == expected else {
      throw unsound("\(expected) bytes after the first line", "\(body.count)")
    }
    self.header = header
  }

  /// The unscaled embedding of a name, `(width)`.
  func row(_ index: Int) -> [Float] {
    body[(index * header.width)..<((index + 1) * header.width)].map { Float(Int8(bitPattern: $0)) }
  }

  /// The position of a name.
  func place(_ index: Int) -> (x: Float, y: Float) {
    let start = header.names.count * (header.width + 4) + index * 8
    return (float(start), float(start + 4))
  }

  private func float(_ start: Int) -> Float {
    Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(body[start + $1]) << UInt32(8 * $1) })
  }
}

/// A map of names that cannot be read.
public struct NameMapError: Error, CustomStringConvertible, Sendable {
  /// The file.
  public let file: String
  /// What was expected.
  public let expected: String
  /// What was found.
  public let found: String

  /// A sentence for people.
  public var description: String {
    "\(file): expected \(expected), found \(found). Make it again with Tests/Reference/name_map.py"
  }
}
