import Foundation

/// Animated PNG files (PNG third edition, W3C 2025, clause 11.3.5): what browsers and picture viewers show in motion.
public enum AnimatedPNG {
  /// The bytes of an animation.
  ///
  /// Viewers that do not know animations show `still`, which is no part of it.
  ///
  /// - Parameters:
  ///   - frames: The pictures, all of one size.
  ///   - milliseconds: How long each is shown; at least 10.
  ///   - still: The picture shown where nothing moves; the last frame where `nil`.
  ///   - text: Texts stored with it.
  /// - Throws: ``PNGError`` when there are no frames or their sizes differ.
  public static func encode(
    _ frames: [Picture], milliseconds: [Int], still: Picture? = nil, text: [TextChunk] = []
  ) throws -> Data {
    guard let last = frames.last, frames.count == milliseconds.count else {
      throw PNGError(file: "the animation", reason: "it needs frames, and a time for each")
    }
    let still = still ?? last
    guard frames.allSatisfy({ $0.width == still.width && $0.height == still.height }) else {
      throw PNGError(file: "the animation", reason: "its frames are not all of one size")
    }
    var chunks = Chunk.all(in: try PNG.encode(still, text: text))
    // The control chunk comes before the first picture data; the frames' data before the end.
    let place = chunks.firstIndex { $0.type == "IDAT" } ?? chunks.count
    chunks.insert(
      Chunk("acTL", UInt32(frames.count).bigEndianBytes + UInt32(0).bigEndianBytes), at: place)
    let end = chunks.popLast()
    var sequence: UInt32 = 0
    for (frame, time) in zip(frames, milliseconds) {
      chunks.append(control(frame, milliseconds: time, sequence))
      sequence += 1
      for chunk in Chunk.all(in: try PNG.encode(frame)) where chunk.type == "IDAT" {
        chunks.append(Chunk("fdAT", sequence.bigEndianBytes + chunk.body))
        sequence += 1
      }
    }
    if let end { chunks.append(end) }
    return chunks.reduce(into: Data(Chunk.signature)) { $0.append(contentsOf: $1.bytes) }
  }

  /// Size, place and time of a frame that covers the whole picture and replaces what was there.
  private static func control(_ frame: Picture, milliseconds: Int, _ sequence: UInt32) -> Chunk {
    let time = UInt16(max(10, min(60_000, milliseconds)))
    var body = sequence.bigEndianBytes + UInt32(frame.width).bigEndianBytes
    body += UInt32(frame.height).bigEndianBytes + [UInt8](repeating: 0, count: 8)
    body += [UInt8(time >> 8), UInt8(time & 255), UInt8(1000 >> 8), UInt8(1000 & 255), 0, 0]
    return Chunk("fcTL", body)
  }
}

/// A chunk of a PNG file: a length, four letters, the body, and a checksum of letters and body.
struct Chunk {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  let type: String
  let body: [UInt8]

  init(_ type: String, _ body: [UInt8]) {
    self.type = type
    self.body = body
  }

  /// The chunks of a file that libpng has written.
  static func all(in data: Data) -> [Chunk] {
    let bytes = [UInt8](data)
    var chunks: [Chunk] = []
    var place = signature.count
    while place + 12 <= bytes.count {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { break }
      let type = String(decoding: bytes[(place + 4)..<(place + 8)], as: UTF8.self)
      chunks.append(Chunk(type, Array(bytes[(place + 8)..<(place + 8 + length)])))
      place += 12 + length
    }
    return chunks
  }

  /// The chunk as it stands in a file.
  var bytes: [UInt8] {
    let checked = Array(type.utf8) + body
    return UInt32(body.count).bigEndianBytes + checked + Chunk.checksum(checked).bigEndianBytes
  }

  /// CRC-32 (ISO 3309), by bytes.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
    }
  }
}

extension UInt32 {
  fileprivate var bigEndianBytes: [UInt8] {
    [UInt8(self >> 24), UInt8(self >> 16 & 255), UInt8(self >> 8 & 255), UInt8(self & 255)]
  }
}
