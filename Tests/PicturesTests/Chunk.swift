import Foundation

/// A chunk of a PNG file, for files that libpng would not write.
struct Chunk {
  var type: String
  var data: [UInt8]

  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// Its bytes in a file: length, type, data and checksum.
  var bytes: [UInt8] {
    let body = Array(type.utf8) + data
    return Self.bytes(UInt32(data.count)) + body + Self.bytes(Self.checksum(body))
  }

  /// The chunks of a file, up to the first that is not whole; checksums are not looked at.
  static func all(in file: Data) -> [Chunk] {
    let bytes = [UInt8](file)
    var result: [Chunk] = []
    var place = signature.count
    while place + 12 <= bytes.count {
      let length = number(bytes[place..<(place + 4)])
      let (start, end) = (place + 8, place + 8 + length)
      if end + 4 > bytes.count { break }
      let type = String(decoding: bytes[(place + 4)..<start], as: UTF8.self)
      result.append(Chunk(type: type, data: Array(bytes[start..<end])))
      place = end + 4
    }
    return result
  }

  /// A file with these chunks after its header.
  static func insert(_ chunks: [Chunk], into file: Data) -> Data {
    var all = all(in: file)
    all.insert(contentsOf: chunks, at: 1)
    return Data(signature + all.flatMap(\.bytes))
  }

  static func number(_ bytes: some Sequence<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  static func bytes(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// CRC-32 bit by bit.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { code, byte in
      (0..<8).reduce(code ^ UInt32(byte)) { code, _ in
        code & 1 == 1 ? 0xedb8_8320 ^ (code >> 1) : code >> 1
      }
    }
  }

  /// A zlib stream of one repeated byte: 13 bits encode each 258 bytes, so it is small.
  static func zlib(_ byte: UInt8, times: Int) -> [UInt8] {
    precondition(byte < 144, "a code of 8 bits")
    var stream: [UInt8] = [0x78, 0xda]
    var (held, count) = (0, 0)
    // Huffman codes are written from their first bit, which is the byte's lowest.
    func write(_ code: Int, _ bits: Int) {
      for bit in (0..<bits).reversed() {
        held |= (code >> bit & 1) << count
        count += 1
        if count == 8 {
          stream.append(UInt8(held))
          (held, count) = (0, 0)
        }
      }
    }
    let runs = max(0, times - 1) / 258
    write(0b110, 3)
    for _ in 0..<(times - runs * 258) { write(0x30 + Int(byte), 8) }
    for _ in 0..<runs { write(0b11000101 << 5, 13) }
    write(0, 7)
    if count > 0 { stream.append(UInt8(held)) }
    let sum = (1 + Int(byte) * times) % 65521
    let sums = (times + Int(byte) * (times * (times + 1) / 2)) % 65521
    return stream + bytes(UInt32(sums << 16 | sum))
  }
}
