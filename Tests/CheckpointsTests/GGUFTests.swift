import Checkpoints
import Foundation
import Testing

/// The beginning of a GGUF file, put together by hand.
struct GGUFBytes {
  var bytes: [UInt8]

  init(version: UInt32 = 3, tensors: UInt64, keys: UInt64 = 0) {
    bytes = Array("GGUF".utf8)
    add(version)
    add(tensors)
    add(keys)
  }

  mutating func add(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  mutating func addTensor(
    _ name: String, sizes: [UInt64], type: UInt32 = 0, offset: UInt64 = 0
  ) {
    add(name)
    add(UInt32(sizes.count))
    for size in sizes { add(size) }
    add(type)
    add(offset)
  }

  mutating func align(_ alignment: Int = 32) {
    while !bytes.count.isMultiple(of: alignment) { bytes.append(0) }
  }

  var file: Data { Data(bytes) }
}

@Suite("GGUF files")
struct GGUFTests {
  private let formats = [
    "BF16", "F16", "F32", "Q2_K", "Q3_K", "Q4_0", "Q4_1", "Q4_K", "Q5_0", "Q5_1", "Q5_K", "Q6_K",
    "Q8_0",
  ]

  private func read(_ bytes: GGUFBytes) throws -> GGUFFile {
    try GGUFFile(data: bytes.file, name: "model.gguf")
  }

  @Test("every format is decoded to the reference's values, bit for bit")
  func formatsAgree() throws {
    let store = try WeightStore(files: [fixture("gguf/types.gguf")])
    #expect(store.names == formats + ["reshaped"])
    let bytes = try Data(contentsOf: fixture("gguf/expected.bin"))
    var expected = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }[...]
    for name in store.names {
      let values = try store.floats(name).map(\.bitPattern)
      #expect(values == Array(expected.prefix(values.count)), "\(name)")
      expected = expected.dropFirst(values.count)
      if name != "reshaped" {
        #expect(store.format(of: name) == name)
        #expect(store.shape(of: name) == (name.hasSuffix("K") ? [2, 512] : [3, 64]))
        let whole = try store.floats(name)
        let row = whole.count / (store.shape(of: name)?.first ?? 1)
        #expect(try store.rows(name, [1, 0]) == Array(whole[row..<2 * row] + whole[..<row]))
      }
    }
    #expect(expected.isEmpty)
    #expect(store.shape(of: "reshaped") == [4, 4, 4, 4])
  }

  @Test("four bits for unevenly spaced numbers read as the reference's values, bit for bit")
  func unevenFormatsAgree() throws {
    let store = try WeightStore(files: [fixture("gguf/iq4.gguf")])
    #expect(store.names == ["IQ4_NL", "IQ4_XS"])
    let bytes = try Data(contentsOf: fixture("gguf/iq4.bin"))
    let expected = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
    #expect(try store.names.flatMap { try store.floats($0).map(\.bitPattern) } == expected)
    #expect(store.shape(of: "IQ4_NL") == [3, 64] && store.shape(of: "IQ4_XS") == [2, 512])
    for name in store.names { #expect(store.format(of: name) == name) }
  }

  @Test("metadata of every type")
  func metadata() throws {
    let file = try GGUFFile(contentsOf: fixture("gguf/types.gguf"))
    #expect(file.metadata["general.architecture"]?.text == "sd1")
    #expect(file.metadata["test.u8"]?.integer == 200)
    #expect(file.metadata["test.i8"]?.integer == -100)
    #expect(file.metadata["test.u16"]?.integer == 60000)
    #expect(file.metadata["test.i16"]?.integer == -30000)
    #expect(file.metadata["test.u32"]?.integer == 4_000_000_000)
    #expect(file.metadata["test.i32"]?.integer == -2_000_000_000)
    #expect(file.metadata["test.u64"] == .unsigned(1 << 63 + 5))
    #expect(file.metadata["test.u64"]?.integer == nil)
    #expect(file.metadata["test.i64"]?.integer == -1 << 62)
    #expect(file.metadata["test.f32"] == .number(Double(Float(0.1))))
    #expect(file.metadata["test.f64"] == .number(0.1))
    #expect(file.metadata["test.bool"] == .flag(true))
    #expect(file.metadata["test.text"]?.text == "a \"remark\" with é")
    #expect(file.metadata["test.words"] == .list([.text("red"), .text("apple")]))
    #expect(file.metadata["test.long"] == .longList(5000))
    guard case .list(let numbers)? = file.metadata["test.numbers"] else {
      Issue.record("no list")
      return
    }
    #expect(numbers.map(\.integer) == [3, -1, 2])
  }

  @Test("a file that is GGUF only by name")
  func onlyCalledThat() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.gguf")
      try Data((0..<200).map { UInt8($0 * 7 % 251) }).write(to: url)
      let refused = try error { _ = try WeightStore(files: [url]) }
      #expect(refused.description.contains("bytes that match neither format"))
    }
  }

  @Test("an unsupported format is named")
  func foreignFormat() throws {
    let refused = try error { _ = try GGUFFile(contentsOf: fixture("gguf/foreign.gguf")) }
    #expect(refused.kind == .unsupported)
    #expect(refused.found == "IQ2_XXS")
    #expect(refused.key == "weight")
  }

  @Test("versions: 2 and 3 are read, others and the other byte order are not")
  func versions() throws {
    #expect(try read(GGUFBytes(version: 2, tensors: 0)).names.isEmpty)
    for version in [UInt32(0), 1, 4, 0x0300_0000] {
      let refused = try error { _ = try read(GGUFBytes(version: version, tensors: 0)) }
      #expect(refused.kind == .unsupported)
    }
    #expect(throws: CheckpointError.self) { try GGUFFile(data: Data("GGML".utf8), name: "m") }
    #expect(throws: CheckpointError.self) { try GGUFFile(data: Data(), name: "m") }
  }

  @Test("false counts")
  func lyingCounts() throws {
    #expect(try error { _ = try read(GGUFBytes(tensors: .max)) }.kind == .malformed)
    #expect(try error { _ = try read(GGUFBytes(tensors: 1)) }.kind == .malformed)
    #expect(try error { _ = try read(GGUFBytes(tensors: 0, keys: .max)) }.kind == .malformed)
    var text = GGUFBytes(tensors: 0, keys: 1)
    text.add(UInt64.max)
    text.bytes += Array(repeating: 65, count: 30)
    #expect(try error { _ = try read(text) }.kind == .malformed)
    var list = GGUFBytes(tensors: 0, keys: 1)
    list.add("a")
    list.add(UInt32(9))
    list.add(UInt32(0))
    list.add(UInt64(1) << 60)
    #expect(try error { _ = try read(list) }.kind == .malformed)
    var deep = GGUFBytes(tensors: 0, keys: 1)
    deep.add("a")
    for _ in 0..<100_000 {
      deep.add(UInt32(9))
      deep.add(UInt64(1))
    }
    #expect(try error { _ = try read(deep) }.kind == .malformed)
  }

  /// A tensor as a file may describe it.
  struct Lie: Sendable {
    var sizes: [UInt64]
    var type: UInt32 = 0
    var offset: UInt64 = 0
  }

  private static let lies: [Lie] = [
    Lie(sizes: [.max]), Lie(sizes: [1 << 40, 1 << 40]), Lie(sizes: [0, 1 << 40, 1 << 40]),
    Lie(sizes: [1 << 62], type: 10), Lie(sizes: [1 << 31, 1 << 31, 0, 2], type: 10),
    Lie(sizes: [33], type: 2), Lie(sizes: [128], type: 12), Lie(sizes: [16], offset: 1),
    Lie(sizes: [16], offset: 64), Lie(sizes: [16], offset: .max - 31), Lie(sizes: [16], type: 99),
    Lie(sizes: [17]), Lie(sizes: Array(repeating: 1, count: 9)),
  ]

  @Test("false shapes and offsets", arguments: lies)
  func lyingTensors(lie: Lie) throws {
    var bytes = GGUFBytes(tensors: 1)
    bytes.addTensor("a", sizes: lie.sizes, type: lie.type, offset: lie.offset)
    bytes.align()
    bytes.bytes += Array(repeating: 0, count: 64)
    let refused = try error { _ = try read(bytes) }
    #expect(refused.kind == (lie.type == 99 ? .unsupported : .malformed))
    #expect(refused.key == "a")
  }

  @Test("duplicate names, overlaps, and bad alignments")
  func contradictions() throws {
    var twice = GGUFBytes(tensors: 2)
    twice.addTensor("a", sizes: [8])
    twice.addTensor("a", sizes: [8], offset: 32)
    twice.align()
    twice.bytes += Array(repeating: 0, count: 64)
    #expect(try error { _ = try read(twice) }.found == "this name twice")

    var over = GGUFBytes(tensors: 2)
    over.addTensor("a", sizes: [16])
    over.addTensor("b", sizes: [8], offset: 32)
    over.align()
    over.bytes += Array(repeating: 0, count: 64)
    #expect(try error { _ = try read(over) }.key == "b")

    for alignment in [UInt32(0), 3, 1 << 30] {
      var odd = GGUFBytes(tensors: 0, keys: 1)
      odd.add("general.alignment")
      odd.add(UInt32(4))
      odd.add(alignment)
      #expect(try error { _ = try read(odd) }.key == "general.alignment")
    }
    var keys = GGUFBytes(tensors: 0, keys: 2)
    for _ in 0..<2 {
      keys.add("k")
      keys.add(UInt32(0))
      keys.add(UInt8(1))
    }
    #expect(try error { _ = try read(keys) }.key == "k")
  }

  @Test("gaps between tensors, empty tensors and single numbers are valid")
  func soundOddities() throws {
    var bytes = GGUFBytes(tensors: 3)
    bytes.addTensor("number", sizes: [], offset: 64)
    bytes.addTensor("row", sizes: [2])
    bytes.addTensor("nothing", sizes: [0, 4], offset: 96)
    bytes.align()
    bytes.bytes += Array(repeating: 0, count: 66) + [0x80, 0x3F] + Array(repeating: 0, count: 28)
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.bin")
      try bytes.file.write(to: url)
      let store = try WeightStore(files: [url])
      #expect(try store.floats("number") == [1])
      #expect(try store.floats("row") == [0, 0])
      #expect(try store.floats("nothing") == [])
      #expect(store.shape(of: "nothing") == [4, 0])
      #expect(store.parameterCount == 3)
    }
  }

  @Test("an original shape is used only if it fits into memory")
  func originalShapes() throws {
    func shape(_ original: [Int64]) throws -> [Int]? {
      var bytes = GGUFBytes(tensors: 1, keys: 1)
      bytes.add("comfy.gguf.orig_shape.a")
      bytes.add(UInt32(9))
      bytes.add(UInt32(11))
      bytes.add(UInt64(original.count))
      for size in original { bytes.add(size) }
      bytes.addTensor("a", sizes: [4, 0])
      bytes.align()
      return try withFolder { folder in
        let url = folder.appendingPathComponent("m.gguf")
        try bytes.file.write(to: url)
        return try WeightStore(files: [url]).shape(of: "a")
      }
    }
    #expect(try shape([2, 0, 3]) == [2, 0, 3])
    for lie: [Int64] in [[0, 1 << 40, 1 << 40], [0, -1], [0, 1 << 62], [1]] {
      #expect(try shape(lie) == [0, 4])
    }
  }

  @Test("control characters from a file never reach the terminal")
  func controlCharacters() throws {
    var bytes = GGUFBytes(tensors: 1)
    bytes.addTensor("\u{1B}[2Jname", sizes: [5], offset: 3)
    let refused = try error { _ = try read(bytes) }
    #expect(!refused.description.contains("\u{1B}"))
  }

  @Test("a file cut anywhere is refused, and one with any byte changed is read or refused")
  func damaged() throws {
    let whole = try Data(contentsOf: fixture("gguf/types.gguf"))
    // The last tensor ends at least 8 bytes before the file does, because the file's end is aligned.
    for length in stride(from: 0, to: whole.count - 16, by: 53) {
      #expect(throws: CheckpointError.self) {
        try GGUFFile(data: whole.prefix(length), name: "cut.gguf")
      }
    }
    try withFolder { folder in
      let url = folder.appendingPathComponent("m.gguf")
      for damage in Damage(of: whole, seed: 1, count: 1500, within: 1500) {
        guard (try? GGUFFile(data: damage, name: "m")) != nil else { continue }
        try damage.write(to: url)
        try? readAll(WeightStore(files: [url]))
      }
    }
  }
}
