import Foundation

/// Animated PNG files (PNG third edition): a sequence of pictures in one file.
public enum AnimatedPNG {
  /// The shortest duration of a frame in milliseconds; browsers treat shorter ones as "as fast as possible".
  public static let shortest = 10

  /// The bytes of an animated PNG file, which programs without animation show as an ordinary picture.
  ///
  /// - Parameters:
  ///   - frames: The frames in order, all of the same size.
  ///   - milliseconds: How long each frame is shown, at least ``shortest`` and at most 65535.
  ///   - loops: How often the animation is shown; 0 repeats it endlessly.
  ///   - text: Texts for the file.
  ///   - still: The picture for programs that do not support animation, which is not part of the animation; the first
  ///     frame if `nil`.
  /// - Throws: ``PNGError`` when there are no frames, they differ in size or memory runs out.
  public static func encode<Frames: RandomAccessCollection>(
    _ frames: Frames, milliseconds: [Int], loops: Int = 0, text: [TextChunk] = [],
    still: Picture? = nil
  ) throws -> Data where Frames.Element == Picture {
    guard let first = frames.first else { throw failure("it has no frames") }
    guard milliseconds.count == frames.count else {
      throw failure("it has \(frames.count) frames, but durations for \(milliseconds.count)")
    }
    for (index, frame) in frames.enumerated() { try check(frame, "frame \(index + 1)", first) }
    if let still { try check(still, "the still picture", first) }

    var file = ChunkWriter()
    var sequence: UInt32 = 0
    func control(_ index: Int) {
      file.append("fcTL", frameControl(first, sequence: sequence, for: milliseconds[index]))
      sequence += 1
    }
    var isAnimated = still != nil
    for chunk in try chunks(PNG.encode(still ?? first, text: text)) {
      if chunk.type == "IDAT", !isAnimated {
        control(0)
        isAnimated = true
      }
      if chunk.type == "IEND" {
        for (index, frame) in frames.enumerated().dropFirst(still == nil ? 1 : 0) {
          control(index)
          for part in try chunks(PNG.encode(frame)) where part.type == "IDAT" {
            file.append("fdAT", bigEndian(sequence) + part.data)
            sequence += 1
          }
        }
      }
      file.append(chunk.type, chunk.data)
      if chunk.type == "IHDR" {
        let loops = UInt32(max(0, min(loops, Int(Int32.max))))
        file.append("acTL", bigEndian(UInt32(frames.count)) + bigEndian(loops))
      }
    }
    return Data(file.bytes)
  }

  private static func failure(_ reason: String) -> PNGError {
    PNGError(file: "the animation", reason: reason, isWriting: true)
  }

  private static func check(_ picture: Picture, _ name: String, _ first: Picture) throws {
    guard (picture.width, picture.height) != (first.width, first.height) else { return }
    throw failure(
      "\(name) is \(picture.width)x\(picture.height), but the first is \(first.width)x\(first.height)"
    )
  }

  /// The contents of an `fcTL` chunk: a frame that replaces the whole picture.
  private static func frameControl(
    _ picture: Picture, sequence: UInt32, for milliseconds: Int
  ) -> [UInt8] {
    let delay = UInt16(clamping: max(shortest, milliseconds))
    return bigEndian(sequence) + bigEndian(UInt32(picture.width))
      + bigEndian(UInt32(picture.height)) + bigEndian(UInt32(0)) + bigEndian(UInt32(0))
      + bigEndian(delay) + bigEndian(UInt16(1000)) + [0, 0]
  }

  /// The chunks of a file that ``PNG`` wrote.
  private static func chunks(_ data: Data) -> [(type: String, data: ArraySlice<UInt8>)] {
    let bytes = [UInt8](data)
    var result: [(type: String, data: ArraySlice<UInt8>)] = []
    var place = ChunkWriter.signature.count
    while place + 12 <= bytes.count {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      let start = place + 8
      guard length <= bytes.count - start - 4 else { break }
      let type = String(decoding: bytes[(place + 4)..<start], as: UTF8.self)
      result.append((type, bytes[start..<(start + length)]))
      place = start + length + 4
    }
    return result
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    ChunkWriter.bigEndian(value)
  }
}

/// A PNG file that grows by whole chunks.
private struct ChunkWriter {
  /// The signature of every PNG.
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  private(set) var bytes = Self.signature

  mutating func append(_ type: String, _ data: some Collection<UInt8>) {
    bytes += Self.bigEndian(UInt32(data.count))
    let start = bytes.count
    bytes += type.utf8
    bytes += data
    bytes += Self.bigEndian(Self.checksum(bytes[start...]))
  }

  static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// The CRC-32 of each byte, computed as in the PNG specification.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { code, _ in
      code & 1 == 1 ? 0xedb8_8320 ^ (code >> 1) : code >> 1
    }
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let table = table
    return ~bytes.reduce(~0) { code, byte in
      table[Int(UInt8(truncatingIfNeeded: code) ^ byte)] ^ (code >> 8)
    }
  }
}
