import Checkpoints
import Foundation
import Testing

@Suite("Safetensors files")
struct SafetensorsTests {
  private let eight = [UInt8](repeating: 0, count: 8)

  @Test("reads what the reference library writes")
  func reference() throws {
    let file = try SafetensorsFile(contentsOf: fixture("mixed.safetensors"))
    #expect(file.metadata == ["format": "pt", "remark": "é \"x\""])
    #expect(file.names.count == 12)
    #expect(file["bert.f16"]?.type == .f16)
    #expect(file["bert.f16"]?.shape == [3, 4])
    #expect(file["number"]?.shape == [])
    #expect(file["number"]?.count == 1)
    #expect(file["nothing"]?.shape == [0, 4])
    #expect(file["steps"]?.type == .i64)
    #expect(file["absent"] == nil)
  }

  @Test("reads a header with spaces, escapes and no tensors")
  func unusualHeaders() throws {
    let empty = try SafetensorsFile(data: safetensors("{}  "), name: "x")
    #expect(empty.names.isEmpty)
    let header =
      #"{ "caf\u00e9 \ud83c\udf4e\n" :{"shape":[ 2 ],"dtype":"F32","data_offsets":[0,8]} } "#
    let file = try SafetensorsFile(data: safetensors(header, elements: eight), name: "x")
    #expect(file.names == ["café 🍎\n"])
  }

  static let lies: [(header: String, elements: Int, says: String)] = [
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "12 bytes for F32"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "ends at byte 7"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "9 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "begin at byte 0"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#, 8, "two data offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 8, "two data offsets"),
    (#"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8, "F31"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "'-'"),
    (#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, 8, "'.'"),
    (#"{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#, 8, "whole number"),
    (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, 8, "2^63"),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, 8,
      "fits into memory"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[0,1099511627776,1099511627776],"data_offsets":[0,0]}}"#, 0,
      "fits into memory"
    ),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, 8, "not all three"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, 8, "\"x\""),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8, "once each"),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, 8, "twice"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""\u0061":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, 8, "twice"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, 8, "byte 4"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, 8, "byte 4"
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, "'\"'"),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, "two"),
    (#"{"a":[]}"#, 0, "'{'"),
    (#"{"a""#, 0, "':'"),
    (#"{"a"#, 0, "closing quotation mark"),
    (#"{"\x":{}}"#, 0, "escape"),
    (#"{"\ud800":{}}"#, 0, "surrogate"),
    (#"{"\ud800A":{}}"#, 0, "surrogate"),
    (#"{"\u00g0":{}}"#, 0, "hexadecimal"),
    (#"{"\u+0aa":{}}"#, 0, "hexadecimal"),
    (#"{},"#, 0, "nothing but spaces"),
    (#"[]"#, 0, "begins at byte 8"),
    ("", 0, "begins at byte 8"),
    (" {}", 0, "begins at byte 8"),
    ("{\"a\nb\":{}}", 0, "control"),
  ]

  @Test("a false statement in the header is reported", arguments: lies.indices)
  func lying(_ index: Int) throws {
    let lie = Self.lies[index]
    let data = safetensors(lie.header, elements: Array(repeating: 0, count: lie.elements))
    let error = try error { _ = try SafetensorsFile(data: data, name: "model.safetensors") }
    #expect(error.file == "model.safetensors")
    #expect(error.description.contains(lie.says), "\(error)")
  }

  @Test("a wrong header length is reported")
  func lengths() throws {
    for bytes in [[], [1, 2, 3], [9, 0, 0, 0, 0, 0, 0, 0, 0x7B]] as [[UInt8]] {
      #expect(
        try error { _ = try SafetensorsFile(data: Data(bytes), name: "x") }.kind == .malformed)
    }
    let huge = Data([UInt8](repeating: 0xFF, count: 16))
    let error = try error { _ = try SafetensorsFile(data: huge, name: "x") }
    #expect(error.description.contains("18446744073709551615"))
  }

  @Test("a missing file, a folder and a pipe are named")
  func missing() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("none.safetensors")
      let missing = try error { _ = try SafetensorsFile(contentsOf: file) }
      #expect(missing.kind == .missing)
      #expect(missing.file == file.path)
      let notAFile = try error { _ = try SafetensorsFile(contentsOf: folder) }
      #expect(notAFile.kind == .unreadable)
      // Nobody writes into it: waiting for that would never end.
      let pipe = folder.appendingPathComponent("pipe.safetensors")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      let neverEnding = try error { _ = try SafetensorsFile(contentsOf: pipe) }
      #expect(neverEnding.kind == .unreadable)
    }
  }

  @Test("every cut of a good file is refused")
  func cuts() throws {
    let whole = try Data(contentsOf: fixture("mixed.safetensors"))
    for count in stride(from: 0, to: whole.count, by: 7) {
      #expect(throws: CheckpointError.self) {
        try SafetensorsFile(data: whole.prefix(count), name: "x")
      }
    }
  }

  @Test("no bytes make it trap, and what it accepts can be read")
  func fuzz() throws {
    let whole = try [UInt8](Data(contentsOf: fixture("mixed.safetensors")))
    let headerEnd = 8 + Int(whole[0]) + Int(whole[1]) << 8
    var random = SplitMix(state: 20_261_124)
    let interesting = [UInt8](#"{}[]":,\u0-9e.F3216B"#.utf8) + [0, 0x7F, 0x80, 0xFF]
    var accepted = 0
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      for round in 0..<6000 {
        var bytes = whole
        for _ in 0...random.next(below: 4) {
          let place = random.next(below: random.next(below: 4) == 0 ? bytes.count : headerEnd)
          switch random.next(below: 4) {
          case 0: bytes[place] = UInt8(random.next(below: 256))
          case 1: bytes[place] = interesting[random.next(below: interesting.count)]
          case 2: bytes.remove(at: place)
          default: bytes.insert(interesting[random.next(below: interesting.count)], at: place)
          }
        }
        guard let file = try? SafetensorsFile(data: Data(bytes), name: "x") else { continue }
        accepted += 1
        guard round.isMultiple(of: 50) || accepted < 50 else { continue }
        try Data(bytes).write(to: url)
        let store = try WeightStore(files: [url])
        for name in file.names {
          guard let entry = file[name], let values = try? store.floats(name) else { continue }
          #expect(values.count == entry.count)
        }
      }
    }
    #expect(accepted > 20, "the mutations should leave some files sound")
  }
}

/// A small generator with a known start, so that a failure can be had again.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
