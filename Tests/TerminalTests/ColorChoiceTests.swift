import Cells
import Terminal
import Testing

@Suite struct ColorChoiceTests {
  @Test(arguments: [
    (["TERM": "xterm-256color"], ColorDepth.palette256),
    (["TERM": "xterm-256color", "COLORTERM": "truecolor"], .trueColor),
    (["TERM": "tmux-256color", "COLORTERM": "24bit"], .trueColor),
    (["TERM": "screen", "COLORTERM": "truecolor"], .trueColor),
    (["TERM": "xterm-direct"], .trueColor), (["TERM": "xterm"], .palette16),
    (["TERM": "linux"], .palette16), (["TERM": "dumb"], .none), (["TERM": "vt100"], .none),
    (["TERM": "vte-256color"], .palette256), ([:], .none), (["TERM": "xterm-kitty"], .palette256),
    (["TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"], .none),
    (["TERM": "xterm-256color", "NO_COLOR": ""], .palette256),
  ])
  func environmentDecides(environment: [String: String], depth: ColorDepth) {
    #expect(ColorChoice.auto.depth(environment: environment) == depth)
  }

  @Test func anExplicitChoiceOverridesAll() {
    let environment = ["TERM": "dumb", "NO_COLOR": "1"]
    #expect(ColorChoice.trueColor.depth(environment: environment) == .trueColor)
    #expect(ColorChoice.palette256.depth(environment: environment) == .palette256)
    #expect(ColorChoice.palette16.depth(environment: environment) == .palette16)
    #expect(ColorChoice.none.depth(environment: ["COLORTERM": "truecolor"]) == .none)
    #expect(ColorChoice(rawValue: "24bit") == .trueColor)
  }

  @Test func directNumbersAreNeverThePalettes() {
    for blue in 0...255 {
      #expect(DirectColor.number(Color(0, 0, UInt8(blue))) >= 8)
    }
    #expect(DirectColor.number(Color(1, 2, 3)) == 0x01_02_03)
  }
}
