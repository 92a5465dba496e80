import Checkpoints
import Foundation
import Testing

@Suite("Numbers of eight bits and of double precision")
struct Float8Tests {
  /// A tensor by its bytes.
  struct Stored: Sendable {
    let name: String
    let type: String
    let shape: [Int]
    let bytes: [UInt8]

    init(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
      (self.name, self.type, self.shape, self.bytes) = (name, type, shape, bytes)
    }

    init(_ name: String, _ shape: [Int], floats: [Float]) {
      self.init(
        name, "F32", shape,
        floats.flatMap { value in
          (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
        })
    }
  }

  /// A safetensors file of these tensors.
  private func file(_ tensors: [Stored]) -> Data {
    var entries: [String] = []
    var elements: [UInt8] = []
    for tensor in tensors {
      let end = elements.count + tensor.bytes.count
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(elements.count),\(end)]}")
      elements += tensor.bytes
    }
    return safetensors("{\(entries.joined(separator: ","))}", elements: elements)
  }

  @Test(
    "all codes of FP8, and double precision, read as torch reads them",
    arguments: ["e4m3", "e5m2", "f64"])
  func codes(name: String) throws {
    let store = try WeightStore(files: [fixture("float8.safetensors")])
    let (found, wanted) = (try store.floats(name), try store.floats("\(name).expected"))
    #expect(found.count == (name == "f64" ? 6 : 256) && found.count == wanted.count)
    for (code, (value, expected)) in zip(found, wanted).enumerated() {
      if expected.isNaN {
        #expect(value.isNaN, "\(code)")
      } else if value.bitPattern != expected.bitPattern {
        Issue.record("\(code) reads as \(value), not \(expected)")
      }
    }
    if name == "e4m3" {
      #expect(found.filter(\.isNaN).count == 2 && found.filter(\.isInfinite).isEmpty)
      #expect(found.filter { !$0.isNaN }.max() == 448)
    }
  }

  @Test("scales beside a weight are applied, and not listed", arguments: ["one", "rows"])
  func scaled(name: String) throws {
    let store = try WeightStore(files: [fixture("float8.safetensors")])
    let listed = store.names.filter {
      $0.hasPrefix("one") || $0.hasPrefix("rows") || $0.contains("fp8")
    }
    #expect(listed == ["one.expected", "one.weight", "rows.expected", "rows.weight"])
    let wanted = try store.floats("\(name).expected")
    let weight = "\(name).weight"
    #expect(try store.floats(weight) == wanted)
    #expect(try store.floats(weight, expecting: [3, 4], rows: 1..<3) == Array(wanted[4...]))
    #expect(try store.rows(weight, [2, 0]) == Array(wanted[8...] + wanted[..<4]))
    #expect(store.format(of: weight) == "F8_E4M3")
  }

  @Test("a whole model with ComfyUI's scales")
  func wholeModel() throws {
    let model = try TinyModel.load("sd1")
    let layer = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q"
    try withFolder { folder in
      let url = folder.appendingPathComponent("m_fp8_scaled.safetensors")
      // 0x38 is 1, 0x40 is 2.
      let codes = (0..<1024).map { $0.isMultiple(of: 2) ? UInt8(0x38) : 0x40 }
      var tensors = model.original.filter { $0.name != "\(layer).weight" }
        .map { Stored($0.name, $0.shape, floats: $0.values) }
      tensors += [
        Stored("\(layer).weight", "F8_E4M3", [32, 32], codes),
        Stored("\(layer).scale_weight", [], floats: [0.25]),
        Stored("\(layer).scale_input", [], floats: [3]),
        Stored("model.diffusion_model.scaled_fp8", "F8_E4M3", [0], []),
      ]
      try file(tensors).write(to: url)
      let unet = try Checkpoint(contentsOf: url).unet.weights
      let name = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight"
      let wanted = (0..<1024).map { $0.isMultiple(of: 2) ? Float(0.25) : 0.5 }
      #expect(try unet.floats(name) == wanted)
    }
  }

  /// A weight with two rows and the tensors beside it, and the expected kind of error.
  private static let lies: [(beside: [Stored], kind: CheckpointError.Kind)] = [
    ([Stored("a.scale_weight", [3], floats: [1, 1, 1])], .mismatched),
    ([Stored("a.weight_scale", [1, 2], floats: [1, 1])], .mismatched),
    ([Stored("a.weight_scale", [0], floats: [])], .mismatched),
    ([Stored("a.scale_weight", [], floats: [.nan])], .malformed),
    ([Stored("a.weight_scale", [2, 1], floats: [1, .infinity])], .malformed),
    (
      [
        Stored("a.weight_scale", [], floats: [1]),
        Stored("a.comfy_quant", "U8", [16], Array("{\"format\": \"nv\"}".utf8)),
      ], .unsupported
    ),
    (
      [Stored("a.weight_scale", [], floats: [1]), Stored("a.comfy_quant", "U8", [1], [0xFF])],
      .unsupported
    ),
  ]

  @Test("scales that do not fit are refused", arguments: lies.indices)
  func liesAreRefused(index: Int) throws {
    let lie = Self.lies[index]
    try withFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      let weight = Stored("a.weight", "F8_E4M3", [2, 2], [0x38, 0x38, 0x38, 0x38])
      try file([weight] + lie.beside).write(to: url)
      let store = try WeightStore(files: [url])
      #expect(store.names == ["a.weight"])
      #expect(try error { _ = try store.floats("a.weight") }.kind == lie.kind)
      #expect(try error { _ = try store.rows("a.weight", [1]) }.kind == lie.kind)
    }
  }

  @Test("scales of other formats stay tensors, and bytes without a meaning are refused")
  func otherFormats() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      try file([
        Stored("a.weight", "U8", [2], [1, 2]), Stored("a.weight_scale", "U8", [1], [1]),
        Stored("b.scale_input", [], floats: [1]), Stored("c.weight", "I8", [2], [3, 0xFF]),
        Stored("c.weight_scale", [], floats: [0.5]),
      ]).write(to: url)
      let store = try WeightStore(files: [url])
      #expect(store.names == ["a.weight", "a.weight_scale", "b.scale_input", "c.weight"])
      #expect(try error { _ = try store.floats("a.weight") }.kind == .unsupported)
      #expect(try store.floats("c.weight") == [1.5, -0.5])
    }
  }
}
