import Checkpoints
import Files
import Foundation
import Testing

@Suite("Writing safetensors files")
struct SafetensorsWriterTests {
  private let table: [Float] = [0, -0.0, 1, -2.5, 65504, 1e-7, 3.14159, -1e-3, 1e5, 0.1, 7, 8]

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("written files can be read again, in every format")
  func roundTrip() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      let tensors = [
        StoredTensor("i8", shape: [3, 2], integers: [-128, 127, 0, 1, -1, 64]),
        StoredTensor("i8.scale", shape: [3], values: [0.5, 1, 2]),
        StoredTensor("f16", shape: [3, 4], as: .f16, values: table),
        StoredTensor("bf16 \"é🍎\n", shape: [12], as: .bf16, values: table),
        StoredTensor("f32", shape: [2, 2, 3], values: table),
        StoredTensor("number", shape: [], values: [0.25]),
        StoredTensor("nothing", shape: [0, 4], values: []),
      ]
      try SafetensorsWriter.write(tensors, to: url, metadata: ["format": "pt", "é": "\"x\"\n"])
      let file = try SafetensorsFile(contentsOf: url)
      #expect(file.metadata == ["format": "pt", "é": "\"x\"\n"])
      #expect(file.names == tensors.map(\.name).sorted())
      for tensor in tensors {
        let entry = try #require(file[tensor.name])
        #expect(entry.shape == tensor.shape && entry.type == tensor.type)
        #expect(entry.range.lowerBound.isMultiple(of: entry.type.byteCount))
      }
      let length = try [UInt8](Data(contentsOf: url))[..<8].reversed().reduce(0) {
        $0 << 8 | Int($1)
      }
      #expect(length.isMultiple(of: 8))
      let store = try WeightStore(folder: folder)
      #expect(try store.floats("f32") == table)
      #expect(try store.floats("number") == [0.25])
      #expect(try store.floats("i8") == [-64, 63.5, 0, 1, -2, 128])
      for (name, accuracy) in [("f16", Float(0x1p-11)), ("bf16 \"é🍎\n", Float(0x1p-8))] {
        for (read, written) in zip(try store.floats(name), table) where abs(written) <= 65504 {
          #expect(abs(read - written) <= max(accuracy * abs(written), 0x1p-25))
        }
      }
      #expect(try names(folder) == ["model.safetensors"])
    }
  }

  /// The bits that a 16-bit format stores for these values.
  private func stored(_ values: [Float], as type: ElementType) throws -> [UInt16] {
    try withFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try SafetensorsWriter.write(
        [StoredTensor("x", shape: [values.count], as: type, values: values)], to: url)
      let bytes = try [UInt8](Data(contentsOf: url)).suffix(values.count * 2)
      return stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map {
        UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
      }
    }
  }

  @Test("every bfloat16 keeps its bits, and values in between are rounded to even")
  func brain() throws {
    let patterns = (UInt16.min...UInt16.max).filter { $0 & 0x7FFF <= 0x7F80 }
    let values = patterns.map { Float(bitPattern: UInt32($0) << 16) }
    #expect(try stored(values, as: .bf16) == patterns)
    let between: [UInt32] = [
      0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0x3F81_7FFF, 0x7F7F_FFFF, 0x8000_8001,
    ]
    #expect(
      try stored(between.map(Float.init(bitPattern:)), as: .bf16) == [
        0x3F80, 0x3F82, 0x3F81, 0x3F81, 0x7F80, 0x8001,
      ])
    let none = try stored([.nan, Float(bitPattern: 0x7F80_0001), -.nan], as: .bf16)
    #expect(none.allSatisfy { $0 & 0x7FFF > 0x7F80 })
  }

  #if !(os(macOS) && arch(x86_64))
    @Test("half-precision numbers are rounded as by the processor")
    func halves() throws {
      let all = (UInt16.min...UInt16.max).filter { $0 & 0x7FFF <= 0x7C00 }
      #expect(try stored(all.map { Float(Float16(bitPattern: $0)) }, as: .f16) == all)
      var random = SplitMix(state: 5)
      let values = (0..<200_000).map { _ in
        // Exponents around the format's range, and patterns at and near ties.
        let exponent = UInt32(random.next(below: 48) + 98)
        let mask: UInt32 = random.next(below: 2) == 0 ? ~0 : 0x7F_F000
        let fraction = UInt32(random.next(below: 1 << 23)) & mask
        return Float(
          bitPattern: UInt32(random.next(below: 2)) << 31 | exponent << 23 | fraction)
      }
      #expect(try stored(values, as: .f16) == values.map { Float16($0).bitPattern })
      #expect(try stored([.nan, -.nan], as: .f16).allSatisfy { $0 & 0x7FFF > 0x7C00 })
    }
  #endif

  @Test("shards are filled in order, named as diffusers names them, and read again")
  func shards() throws {
    try withFolder { folder in
      func tensors(_ count: Int) -> [StoredTensor] {
        (0..<count).map { number in
          StoredTensor("t\(number)", shape: [10], values: (0..<10).map { Float($0 + number) })
        }
      }
      let files = try SafetensorsWriter.write(tensors(5), toFolder: folder, largestShard: 80)
      #expect(
        files.map(\.lastPathComponent) == [
          "diffusion_pytorch_model-00001-of-00003.safetensors",
          "diffusion_pytorch_model-00002-of-00003.safetensors",
          "diffusion_pytorch_model-00003-of-00003.safetensors",
        ])
      #expect(try SafetensorsFile(contentsOf: files[1]).names == ["t2", "t3"])
      let index = try JSONSerialization.jsonObject(
        with: Data(
          contentsOf: folder.appendingPathComponent(
            "diffusion_pytorch_model.safetensors.index.json")))
      let object = try #require(index as? [String: Any])
      #expect((object["metadata"] as? [String: Int]) == ["total_size": 200])
      #expect((object["weight_map"] as? [String: String])?["t4"] == files[2].lastPathComponent)
      #expect(try WeightStore(folder: folder).floats("t3") == (3..<13).map(Float.init))

      // It leaves other files alone, but removes its own earlier ones.
      try Data().write(to: folder.appendingPathComponent("config.json"))
      try SafetensorsWriter.write(tensors(4), toFolder: folder, largestShard: 80)
      #expect(try names(folder).count == 4)
      #expect(try WeightStore(folder: folder).files.count == 2)
      try SafetensorsWriter.write(tensors(4), toFolder: folder)
      #expect(try names(folder) == ["config.json", "diffusion_pytorch_model.safetensors"])
      #expect(try WeightStore(folder: folder).floats("t3") == (3..<13).map(Float.init))
      // A tensor larger than a shard has one to itself.
      #expect(
        try SafetensorsWriter.write(tensors(3), toFolder: folder, largestShard: 1).count == 3)
    }
  }

  @Test("values that do not fit are reported, and the earlier file stays")
  func misfits() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try SafetensorsWriter.write([StoredTensor("a", shape: [1], values: [5])], to: url)
      let whole = try Data(contentsOf: url)
      let short = try error {
        try SafetensorsWriter.write([StoredTensor("b", shape: [2, 2], values: [1])], to: url)
      }
      #expect(short.key == "b" && short.description.contains("4 values"))
      let twice = try error {
        let tensor = StoredTensor("c", shape: [], values: [1])
        try SafetensorsWriter.write([tensor, tensor], toFolder: folder, largestShard: 4)
      }
      #expect(twice.key == "c")
      struct Interrupted: Error {}
      func interrupted() throws -> [Float] { throw Interrupted() }
      #expect(throws: Interrupted.self) {
        try SafetensorsWriter.write([StoredTensor("d", shape: [1], values: interrupted())], to: url)
      }
      #expect(try Data(contentsOf: url) == whole)
      #expect(try names(folder) == ["model.safetensors"])
    }
  }

  @Test("a missing folder is named")
  func noFolder() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("none/model.safetensors")
      #expect { try SafetensorsWriter.write([], to: url) } throws: {
        ($0 as? FileError)?.kind == .noFolder
      }
    }
  }

  /// In a separate process, in which no file may grow beyond 64 KiB.
  @Test("a full disk is reported, the earlier weights stay and nothing is left behind")
  func fullDisk() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("full-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      func tensors(_ count: Int) -> [StoredTensor] {
        (0..<count).map {
          StoredTensor("t\($0)", shape: [5000], values: [Float](repeating: 1, count: 5000))
        }
      }
      func contents() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try Dictionary(
          uniqueKeysWithValues: names.map {
            ($0, try Data(contentsOf: folder.appendingPathComponent($0)))
          })
      }
      try SafetensorsWriter.write(tensors(3), toFolder: folder, largestShard: 40_000)
      let before = try contents()
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 16, rlim_max: 1 << 16)
      #if os(Linux)
        let status = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      #else
        let status = setrlimit(RLIMIT_FSIZE, &limit)
      #endif
      #expect(status == 0)
      // The first shard fits, and the second does not.
      let large = StoredTensor(
        "large", shape: [50000], values: [Float](repeating: 1, count: 50000))
      #expect {
        try SafetensorsWriter.write(
          tensors(2) + [large], toFolder: folder, largestShard: 50_000)
      } throws: {
        ($0 as? FileError)?.kind == .full
      }
      #expect(try contents() == before)
    }
  }
}
