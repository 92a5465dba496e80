import Foundation
import Pictures
import Testing

@Suite struct PictureFileTests {
  static let readable = [
    "rgba.png", "palette.png", "gray-alpha.png", "deep.png", "colours.jpg", "progressive.jpg",
    "gray.jpg", "cmyk.jpg", "lossless.webp", "lossy.webp", "opaque.webp", "plain.gif",
    "interlaced.gif", "transparent.gif", "local.gif", "colours.bmp", "unused-alpha.bmp",
    "palette.bmp", "two-colours.bmp", "top-down.bmp", "bitfields.bmp", "masks.bmp",
  ]
  static let animations = ["animated.webp", "moved.webp", "animated.gif"]

  static func fixture(_ name: String) throws -> Data {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return try Data(contentsOf: folder.appendingPathComponent(name))
  }

  private func read(_ name: String) throws -> Cutout {
    // The name must not matter.
    try PictureFile.decode(try Self.fixture(name), name: "picture.gif")
  }

  /// Whether every visible pixel matches the reference script within this tolerance.
  private func expect(
    _ name: String, within most: Int,
    _ expected: (_ x: Int, _ y: Int) -> (red: Int, green: Int, blue: Int, alpha: Int),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let picture = try read(name)
    #expect((picture.width, picture.height) == (24, 16), sourceLocation: sourceLocation)
    var worst = 0
    for y in 0..<16 {
      for x in 0..<24 {
        let place = (y * 24 + x) * 4
        let wanted = expected(x, y)
        let found = picture.pixels[place..<(place + 4)].map(Int.init)
        worst = max(worst, abs(found[3] - wanted.alpha))
        if wanted.alpha == 0 { continue }
        worst = max(
          worst, abs(found[0] - wanted.red), abs(found[1] - wanted.green),
          abs(found[2] - wanted.blue))
      }
    }
    #expect(worst <= most, "\(name)", sourceLocation: sourceLocation)
  }

  private func alpha(_ x: Int) -> Int { x == 23 ? 0 : x < 12 ? 255 : 128 }

  @Test func everyKindIsReadWithItsAlpha() throws {
    try expect("rgba.png", within: 0) { ($0 * 10, $1 * 15, 100, alpha($0)) }
    try expect("palette.png", within: 0) { x, _ in
      let k = x / 3
      return (30 * k, 200 - 20 * k, 60, k < 4 ? 255 : k < 7 ? 128 : 0)
    }
    try expect("gray-alpha.png", within: 0) { x, _ in (x * 10, x * 10, x * 10, alpha(x)) }
    try expect("deep.png", within: 0) { x, _ in (x * 10, x * 10, x * 10, 255) }
    try expect("lossless.webp", within: 0) { ($0 * 10, $1 * 15, 100, alpha($0)) }
    try expect("colours.jpg", within: 6) { ($0 * 10, $1 * 15, 100, 255) }
    try expect("progressive.jpg", within: 6) { ($0 * 10, $1 * 15, 100, 255) }
    try expect("cmyk.jpg", within: 8) { ($0 * 10, $1 * 15, 100, 255) }
    try expect("gray.jpg", within: 4) { x, _ in (x * 10, x * 10, x * 10, 255) }
    try expect("opaque.webp", within: 24) { ($0 * 10, $1 * 15, 100, 255) }
    try expect("lossy.webp", within: 40) { ($0 * 10, $1 * 15, 100, alpha($0)) }
    #expect(try read("colours.jpg").isOpaque && !read("lossy.webp").isOpaque)
  }

  /// Colour k of the palette that the reference script gives GIF and BMP files.
  private func striped(_ x: Int, _ y: Int) -> (red: Int, green: Int, blue: Int, alpha: Int) {
    let k = (x / 3 + y) % 8
    return (30 * k, 200 - 20 * k, 60, 255)
  }

  @Test func gifsAreReadExactly() throws {
    for name in ["plain.gif", "interlaced.gif", "animated.gif"] {
      try expect(name, within: 0, striped)
    }
    try expect("transparent.gif", within: 0) { x, y in
      var color = striped(x, y)
      if (x / 3 + y) % 8 == 7 { color.alpha = 0 }
      return color
    }
    #expect(try !read("transparent.gif").isOpaque)
  }

  @Test func bitmapsAreReadExactly() throws {
    try expect("palette.bmp", within: 0, striped)
    try expect("bitfields.bmp", within: 0) { ($0 * 10, $1 * 15, 100, alpha($0)) }
    for name in ["colours.bmp", "unused-alpha.bmp", "top-down.bmp", "masks.bmp"] {
      try expect(name, within: 0) { ($0 * 10, $1 * 15, 100, 255) }
    }
    try expect("two-colours.bmp", within: 0) { x, y in
      let light = (x + y) % 2 * 255
      return (light, light, light, 255)
    }
  }

  /// The area that the first frame does not cover is transparent.
  @Test func firstFramesLieWhereTheyShould() throws {
    try expect("animated.webp", within: 40) { ($0 * 10, $1 * 15, 100, 255) }
    for (name, left, top) in [("local.gif", 3, 2), ("moved.webp", 4, 2)] {
      let whole = try read(name)
      #expect((whole.width, whole.height) == (30, 20))
      var inside = 0
      for y in 0..<20 {
        for x in 0..<30 {
          let (ownX, ownY) = (x - left, y - top)
          let found = whole.pixels[((y * 30 + x) * 4)..<((y * 30 + x) * 4 + 4)].map(Int.init)
          guard (0..<24).contains(ownX), (0..<16).contains(ownY) else {
            #expect(found[3] == 0, "\(name) \(x) \(y)")
            continue
          }
          inside += 1
          let gif = striped(ownX, ownY)
          let wanted =
            name == "local.gif"
            ? [gif.red, gif.green, gif.blue, 255] : [ownX * 10, ownY * 15, 100, alpha(ownX)]
          #expect(found == wanted || wanted[3] == 0 && found[3] == 0, "\(name) \(x) \(y)")
        }
      }
      #expect(inside == 24 * 16)
    }
  }

  @Test func whatIsNoPictureIsNamed() throws {
    for bytes in ["", "hello", "GIF90a……", "RIFF1234WAVE", "RIFF", "BMW", "BM"] {
      #expect {
        try PictureFile.decode(Data(bytes.utf8), name: "x.png")
      } throws: {
        "\($0)".hasPrefix("x.png: expected a PNG, JPEG, WebP, GIF or BMP picture, found ")
      }
    }
  }

  /// Kinds that are known and not read.
  @Test(arguments: [
    ("II*\0", "a TIFF"), ("MM\0*", "a TIFF"), ("\0\0\0\u{1c}ftypavif\0\0\0\0mif1", "an AVIF"),
    ("\0\0\0\u{1c}ftypmif1\0\0\0\0avif", "an AVIF"),
    ("\0\0\0\u{18}ftypheic\0\0\0\0mif1", "a HEIC"),
    ("\0\0\0\u{c}JXL \r\n", "a JPEG XL"),
    ("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\">", "an SVG"),
    ("<svg>", "an SVG"),
  ])
  func otherKindsAreRefusedByName(_ bytes: String, _ kind: String) {
    let reads: [() throws -> Void] = [
      { _ = try PictureFile.decode(Data(bytes.utf8), name: "x") },
      { _ = try PictureTexts.read(Data(bytes.utf8), name: "x") },
    ]
    for read in reads {
      #expect {
        try read()
      } throws: {
        let name = kind.split(separator: " ").dropFirst().joined(separator: " ")
        return "\($0)".contains("found \(kind) picture. \(name) is not supported: convert it")
      }
    }
  }

  /// The sizes are written over those of valid files, so there is no data for them.
  @Test func hugePicturesAreRefusedBeforeMemoryIsTaken() throws {
    var png = [UInt8](try Self.fixture("rgba.png"))
    png.replaceSubrange(16..<24, with: [0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20])
    var jpeg = [UInt8](try Self.fixture("colours.jpg"))
    let frame = try #require(
      jpeg.indices.dropLast().first { jpeg[$0...].starts(with: [0xff, 0xc0]) })
    jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0x4e, 0x20, 0x4e, 0x20])
    var gif = [UInt8](try Self.fixture("plain.gif"))
    gif.replaceSubrange(6..<10, with: [0x20, 0x4e, 0x20, 0x4e])
    var bmp = [UInt8](try Self.fixture("colours.bmp"))
    bmp.replaceSubrange(18..<26, with: [0x20, 0x4e, 0, 0, 0x20, 0x4e, 0, 0])
    for bytes in [png, jpeg, gif, bmp] {
      #expect {
        try PictureFile.decode(Data(bytes), name: "huge")
      } throws: {
        "\($0)".contains("found 20000x20000") && "\($0)".contains("16384 pixels a side")
      }
    }
    // Neither side is too long, but all of it is too much.
    png.replaceSubrange(16..<24, with: [0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10])
    #expect {
      try PictureFile.decode(Data(png), name: "huge")
    } throws: {
      "\($0)".contains("found 10000x10000")
    }
  }

  /// A JPEG with an Exif segment that contains only an orientation.
  private func turned(_ orientation: UInt8, bigEndian: Bool) throws -> Data {
    let tiff: [UInt8] =
      bigEndian
      ? [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
      : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
    let body = Array("Exif\0\0".utf8) + tiff + [0, 0, 0, 0]
    let segment = [0xff, 0xe1, 0, UInt8(body.count + 2)] + body
    let plain = try Self.fixture("colours.jpg")
    return plain.prefix(2) + Data(segment) + plain.dropFirst(2)
  }

  /// Red increases with x and green with y in the original orientation, so their directions now show how the picture
  /// was rotated.
  @Test(arguments: [
    (UInt8(1), "red right, green down"), (2, "red left, green down"), (3, "red left, green up"),
    (4, "red right, green up"), (5, "red down, green right"), (6, "red down, green left"),
    (7, "red up, green left"), (8, "red up, green right"), (0, "red right, green down"),
    (9, "red right, green down"),
  ])
  func jpegsStandUpright(_ orientation: UInt8, _ expected: String) throws {
    for bigEndian in [false, true] {
      let picture = try PictureFile.decode(
        turned(orientation, bigEndian: bigEndian), name: "turned.jpg")
      func value(_ x: Int, _ y: Int, _ channel: Int) -> Int {
        Int(picture.pixels[(y * picture.width + x) * 4 + channel])
      }
      func rises(_ channel: Int) -> String {
        let (right, down) = (picture.width - 1, picture.height - 1)
        let across = value(right, 0, channel) - value(0, 0, channel)
        let along = value(0, down, channel) - value(0, 0, channel)
        return abs(across) > abs(along)
          ? (across > 0 ? "right" : "left") : (along > 0 ? "down" : "up")
      }
      #expect("red \(rises(0)), green \(rises(1))" == expected)
      #expect((picture.width == 16) == (5...8).contains(orientation))
    }
  }

  @Test(arguments: readable + ["animated.webp", "moved.webp"])
  func cutFilesAreRefused(_ name: String) throws {
    let whole = try Self.fixture(name)
    for count in 0..<(whole.count - 16) {
      #expect(throws: PictureFileError.self, "\(name) cut to \(count)") {
        try PictureFile.decode(whole.prefix(count), name: name)
      }
    }
    for count in (whole.count - 16)..<whole.count {
      _ = try? PictureFile.decode(whole.prefix(count), name: name)
    }
  }

  /// Any bytes at all give a picture or an error.
  @Test(arguments: readable + animations) func brokenFilesNeverTrap(_ name: String) throws {
    let whole = [UInt8](try Self.fixture(name))
    var state: UInt64 = 5
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    var decoded = 0
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0...random(4) {
        let place = random(bytes.count)
        switch random(4) {
        case 0: bytes[place] = UInt8(random(256))
        case 1: bytes[place] ^= 1 << UInt8(random(8))
        case 2: bytes.remove(at: place)
        default: bytes.insert(UInt8(random(256)), at: place)
        }
      }
      do {
        let picture = try PictureFile.decode(Data(bytes), name: "mutated")
        #expect(picture.pixels.count == picture.width * picture.height * 4)
        decoded += 1
      } catch {
        #expect(!error.found.isEmpty && !error.advice.isEmpty)
      }
    }
    #expect(decoded < 500)
  }

  @Test func filesThatCannotBeReadAreNamed() throws {
    let folder = FileManager.default.temporaryDirectory
    let file = folder.appendingPathComponent("\(UUID().uuidString).png")
    #expect { try PictureFile.read(contentsOf: file) } throws: { "\($0)".contains(file.path) }
    #expect { try PictureFile.read(contentsOf: folder) } throws: { "\($0)".contains(folder.path) }
    try Self.fixture("gray.jpg").write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try PictureFile.read(contentsOf: file).width == 24)
  }
}
