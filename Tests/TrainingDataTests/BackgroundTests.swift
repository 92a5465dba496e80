import Testing
import TrainingData

@Suite struct BackgroundTests {
  private func set() -> TrainingSet {
    var set = TrainingSet(size: 2)
    let item = TrainingSet.Item(name: "x", captions: ["x"], isOpaque: false)
    set.append(item, pixels: [UInt8](repeating: 0, count: 16))
    set.append(
      item, pixels: [255, 0, 51, 255, 0, 0, 0, 0, 100, 100, 100, 255, 255, 255, 255, 51])
    return set
  }

  @Test func colourShowsWhereNothingIs() {
    let set = set()
    let white = set.composite(1)
    #expect(white.count == 12)
    let expected: [Float] = [
      1, -1, -0.6, 1, 1, 1, 100 / 127.5 - 1, 100 / 127.5 - 1, 100 / 127.5 - 1, 1, 1, 1,
    ]
    for (found, wanted) in zip(white, expected) { #expect(abs(found - wanted) < 1e-6) }
    let black = set.composite(1, over: Background(name: "black", red: 0, green: 0, blue: 0))
    #expect(Array(black[3..<6]) == [-1, -1, -1])
    for value in black[9...] { #expect(abs(value - -0.6) < 1e-6) }
    let plain = set.composite(0, over: Background(name: "x", red: 255, green: 0, blue: 51))
    #expect(plain[0] == 1 && plain[1] == -1 && abs(plain[2] - -0.6) < 1e-6)
  }

  @Test func mirrorImagesAndPlacesInABatch() {
    let set = set()
    let plain = set.composite(1)
    let flipped = set.composite(1, isFlipped: true)
    #expect(Array(flipped[0..<3]) == Array(plain[3..<6]))
    #expect(Array(flipped[9..<12]) == Array(plain[6..<9]))
    var batch = [Float](repeating: 9, count: 30)
    set.composite(1, over: .white, isFlipped: false, into: &batch, at: 12)
    #expect(Array(batch[12..<24]) == plain)
    #expect(batch[..<12].allSatisfy { $0 == 9 } && batch[24...].allSatisfy { $0 == 9 })
  }

  @Test func captionsNameTheColour() {
    #expect(Background.white.caption("a cat") == "a cat")
    let captions = Background.named.map { $0.caption("a cat") }
    #expect(captions.contains("a cat on a black background"))
    #expect(captions.contains("a cat on an orange background"))
    #expect(Set(Background.named.map(\.name)).count == Background.named.count)
    #expect(!Background.named.contains(.white))
  }
}
