import Foundation

/// Windows bitmap files: 1, 4 and 8 bits with a palette, 16, 24 and 32 bits, not compressed.
enum BMP {
  /// Whether a file begins like a bitmap: with its signature, and a header of a known size.
  static func isOne(_ data: Data) -> Bool {
    guard data.starts(with: Array("BM".utf8)) else { return false }
    let length = Array(data.dropFirst(14).prefix(4))
    return length.dropFirst() == [0, 0, 0] && [12, 40, 52, 56, 64, 108, 124].contains(length[0])
  }

  /// The size in a file's header.
  static func size(_ data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    let header = try Header(data)
    return (header.width, header.height)
  }

  /// The picture. Alpha is read if the header describes it.
  static func decode(_ data: Data) throws(CodecFailure) -> Cutout {
    let header = try Header(data)
    let bytes = [UInt8](data)
    let stride = (header.width * header.bits + 31) / 32 * 4
    guard header.pixels <= bytes.count, header.height <= (bytes.count - header.pixels) / stride
    else { throw CodecFailure(reason: "the file ends too early") }
    var pixels = [UInt8](repeating: 255, count: header.width * header.height * 4)
    for y in 0..<header.height {
      let line = header.pixels + (header.isTopDown ? y : header.height - 1 - y) * stride
      let row = bytes[line..<(line + stride)]
      let target = y * header.width * 4
      switch header.colors {
      case .palette(let palette):
        for x in 0..<header.width {
          let bit = x * header.bits
          let index =
            Int(row[line + bit / 8]) >> (8 - header.bits - bit % 8) & ((1 << header.bits) - 1)
          // Black if the palette lacks the colour.
          let color = index < palette.count ? palette[index] : .zero
          for channel in 0..<3 { pixels[target + x * 4 + channel] = color[channel] }
        }
      case .blueGreenRed:
        for x in 0..<header.width {
          for channel in 0..<3 {
            pixels[target + x * 4 + channel] = row[line + x * 3 + 2 - channel]
          }
        }
      case .fields(let fields):
        let size = header.bits / 8
        for x in 0..<header.width {
          var value: UInt32 = 0
          for byte in 0..<size { value |= UInt32(row[line + x * size + byte]) << (8 * byte) }
          for (channel, field) in fields.enumerated() where field.most > 0 {
            pixels[target + x * 4 + channel] = field.value(in: value)
          }
        }
      }
    }
    let alphas = Swift.stride(from: 3, to: pixels.count, by: 4)
    if alphas.allSatisfy({ pixels[$0] == 0 }) {
      // The program that wrote the file did not use alpha, although the header has room for it.
      for place in alphas { pixels[place] = 255 }
    }
    return Cutout(width: header.width, height: header.height, pixels: pixels)
  }

  /// The bits of a pixel that contain one channel.
  private struct Field {
    let shift: Int
    /// The largest value; 0 if there are no bits.
    let most: UInt32

    init(mask: UInt32) throws(CodecFailure) {
      shift = mask == 0 ? 0 : mask.trailingZeroBitCount
      most = mask >> UInt32(shift)
      guard most & (most &+ 1) == 0 else {
        throw CodecFailure(reason: "its header has a mask with gaps")
      }
    }

    /// 0 to 255, rounded.
    func value(in pixel: UInt32) -> UInt8 {
      let own = UInt64(pixel >> UInt32(shift) & most)
      return UInt8((own * 255 + UInt64(most) / 2) / UInt64(most))
    }
  }

  private enum Colors {
    case palette([SIMD3<UInt8>])
    case blueGreenRed
    /// Red, green, blue, alpha.
    case fields([Field])
  }

  /// The file's header and that of the picture: BITMAPCOREHEADER, BITMAPINFOHEADER or one of its extensions.
  private struct Header {
    let width: Int
    let height: Int
    let isTopDown: Bool
    let bits: Int
    let colors: Colors
    /// The offset of the pixels.
    let pixels: Int

    init(_ data: Data) throws(CodecFailure) {
      // A palette of 256 colours after the longest header ends before that.
      let head = [UInt8](data.prefix(4096))
      func number(_ place: Int, _ count: Int) throws(CodecFailure) -> UInt32 {
        guard place >= 0, place <= head.count - count else {
          throw CodecFailure(reason: "the file ends too early")
        }
        return head[place..<(place + count)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
      }
      pixels = Int(try number(10, 4))
      let length = Int(try number(14, 4))
      let isCore = length == 12
      if isCore {
        (width, height) = (Int(try number(18, 2)), Int(try number(20, 2)))
        (isTopDown, bits) = (false, Int(try number(24, 2)))
      } else {
        let rows = Int(Int32(bitPattern: try number(22, 4)))
        (width, height) = (Int(Int32(bitPattern: try number(18, 4))), abs(rows))
        (isTopDown, bits) = (rows < 0, Int(try number(28, 2)))
      }
      guard width > 0, height > 0 else {
        throw CodecFailure(reason: "its header says \(width)x\(height) pixels")
      }
      let compression = isCore ? 0 : try number(30, 4)
      let hasMasks = [3, 6].contains(compression) && [16, 32].contains(bits)
      guard compression == 0 || hasMasks else {
        throw CodecFailure(
          reason: "its pixels are compressed (kind \(compression)), which is not supported")
      }
      switch bits {
      case 1, 4, 8:
        let said = isCore ? 0 : Int(try number(46, 4))
        let count = said == 0 ? 1 << bits : said
        guard count <= 1 << bits else {
          throw CodecFailure(reason: "its header says \(count) colours for \(bits) bits")
        }
        var palette: [SIMD3<UInt8>] = []
        for index in 0..<count {
          let color = try number(14 + length + index * (isCore ? 3 : 4), 3)
          palette.append(
            SIMD3(UInt8(color >> 16 & 255), UInt8(color >> 8 & 255), UInt8(color & 255)))
        }
        colors = .palette(palette)
      case 24: colors = .blueGreenRed
      case 16, 32:
        var masks: [UInt32] =
          bits == 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0]
        if hasMasks {
          // After the shortest header, or inside a longer one; the shortest has alpha only for kind 6.
          for index in 0..<(length >= 56 || compression == 6 ? 4 : 3) {
            masks[index] = try number(54 + index * 4, 4)
          }
        }
        var fields: [Field] = []
        for mask in masks { fields.append(try Field(mask: mask)) }
        colors = .fields(fields)
      default: throw CodecFailure(reason: "its pixels have \(bits) bits")
      }
    }
  }
}
