import Checkpoints
import Foundation
import Testing

/// The output of `Tests/Reference/original_names.py` for a small model.
struct TinyModel: Decodable {
  let original: [Tensor]
  let parts: [String: [Converted]]

  struct Tensor: Decodable {
    let name: String
    let shape: [Int]

    init(name: String, shape: [Int]) { (self.name, self.shape) = (name, shape) }

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      name = try values.decode(String.self)
      shape = try values.decode([Int].self)
    }

    var count: Int { shape.reduce(1, *) }

    /// The values that the reference's rule gives a tensor of this name.
    var values: [Float] {
      let start = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
        ($0 ^ UInt64($1)) &* 0x100_0000_01B3
      }
      return (0..<count).map { index in
        var x = start &+ UInt64(index) &+ 0x9E37_79B9_7F4A_7C15
        x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ x >> 27) &* 0x94D0_49BB_1331_11EB
        return Float((x ^ x >> 31) >> 40) / Float(1 << 23) - 1
      }
    }
  }

  struct Converted: Decodable {
    let tensor: Tensor
    let digest: String

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      tensor = Tensor(
        name: try values.decode(String.self), shape: try values.decode([Int].self))
      digest = try values.decode(String.self)
    }
  }

  static func load(_ family: String) throws -> TinyModel {
    try JSONDecoder().decode(
      TinyModel.self, from: Data(contentsOf: fixture("original/tiny-\(family).json")))
  }

  /// The file as a safetensors file of float32, with some tensors left out or added.
  func write(
    to url: URL, without: Set<String> = [], adding: [Tensor] = [], remarks: [String: String] = [:],
    renaming: (String) -> String = { $0 }
  ) throws {
    let tensors = original.filter { !without.contains($0.name) } + adding
    try SafetensorsWriter.write(
      tensors.map { tensor in
        StoredTensor(renaming(tensor.name), shape: tensor.shape, values: tensor.values)
      }, to: url, metadata: remarks.merging(["format": "pt"]) { own, _ in own })
  }

  /// The file as a GGUF file of float32.
  func gguf() -> Data {
    var bytes = GGUFBytes(tensors: UInt64(original.count))
    var offset = 0
    for tensor in original {
      bytes.addTensor(
        tensor.name, sizes: tensor.shape.reversed().map(UInt64.init), offset: UInt64(offset))
      offset += (tensor.count * 4 + 31) / 32 * 32
    }
    bytes.align()
    for tensor in original {
      for value in tensor.values { bytes.add(value.bitPattern) }
      bytes.align()
    }
    return bytes.file
  }
}

/// A file of zeros with the published model's tensors, of which only the header takes disk space.
///
/// - Parameter renaming: Other tensors in the place of one.
func writeFullSize(
  _ file: String, to url: URL,
  renaming: (_ name: String, _ shape: [Int]) -> [(name: String, shape: [Int])] = { [($0, $1)] }
) throws {
  let list = try String(contentsOf: fixture("original/full-\(file).txt"), encoding: .utf8)
  var entries: [String] = []
  var end = 0
  for line in list.split(separator: "\n") {
    let parts = line.split(separator: " ")
    let sizes = try parts.dropFirst().map { try #require(Int($0)) }
    for (name, shape) in renaming(String(parts[0]), sizes) {
      let next = end + 2 * shape.reduce(1, *)
      entries.append(
        "\"\(name)\":{\"dtype\":\"F16\",\"shape\":\(shape),\"data_offsets\":[\(end),\(next)]}")
      end = next
    }
  }
  let header = safetensors("{\(entries.joined(separator: ","))}")
  try header.write(to: url)
  let handle = try FileHandle(forWritingTo: url)
  try handle.truncate(atOffset: UInt64(header.count + end))
  try handle.close()
}
