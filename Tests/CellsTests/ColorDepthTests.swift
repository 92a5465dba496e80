import Cells
import Testing

@Suite struct ColorDepthTests {
  @Test func cubeCornersAndGreysAreExact() {
    #expect(ColorDepth.xterm256(Color(0, 0, 0)) == 16)
    #expect(ColorDepth.xterm256(Color(255, 255, 255)) == 231)
    #expect(ColorDepth.xterm256(Color(255, 0, 0)) == 196)
    #expect(ColorDepth.xterm256(Color(95, 135, 175)) == 67)
    #expect(ColorDepth.xterm256(Color(8, 8, 8)) == 232)
    #expect(ColorDepth.xterm256(Color(238, 238, 238)) == 255)
    #expect(ColorDepth.xterm256(Color(120, 121, 119)) == 243)
  }

  @Test func theUsersOwnSixteenAreNeverUsedAndTheNearestIsFound() {
    let levels: [Int] = [0, 95, 135, 175, 215, 255]
    var fixed: [Color] = []
    for r in levels {
      for g in levels { for b in levels { fixed.append(Color(UInt8(r), UInt8(g), UInt8(b))) } }
    }
    for grey in 0..<24 {
      let v = UInt8(8 + 10 * grey)
      fixed.append(Color(v, v, v))
    }
    func distance(_ a: Color, _ b: Color) -> Int {
      let d = [
        Int(a.red) - Int(b.red), Int(a.green) - Int(b.green), Int(a.blue) - Int(b.blue),
      ]
      return d.reduce(0) { $0 + $1 * $1 }
    }
    for r in stride(from: 0, through: 255, by: 17) {
      for g in stride(from: 0, through: 255, by: 17) {
        for b in stride(from: 0, through: 255, by: 15) {
          let color = Color(UInt8(r), UInt8(g), UInt8(b))
          let index = Int(ColorDepth.xterm256(color))
          #expect(index >= 16)
          let best = fixed.map { distance($0, color) }.min() ?? 0
          #expect(distance(fixed[index - 16], color) == best, "\(color)")
        }
      }
    }
  }

  @Test func namedColours() {
    #expect(ColorDepth.ansi16(Color(0, 0, 0)) == 0)
    #expect(ColorDepth.ansi16(Color(250, 10, 5)) == 9)
    #expect(ColorDepth.ansi16(Color(200, 5, 5)) == 1)
    #expect(ColorDepth.ansi16(Color(255, 255, 250)) == 15)
  }
}
