import Pictures
import Testing

/// The sizes that a model can paint, and how they are described.
@Suite struct PictureSizeTests {
  @Test func oneSizeIsItself() {
    let sizes = PictureSizes.one(PictureSize(width: 64, height: 64))
    #expect(sizes.contains(PictureSize(width: 64, height: 64)) && !sizes.isFree)
    #expect(!sizes.contains(PictureSize(width: 64, height: 128)))
    #expect("\(sizes)" == "64x64 pixels")
  }

  @Test func aChoiceHasBoundsAndSteps() {
    let sizes = PictureSizes.multiples(of: 8)
    for (width, height) in [(64, 64), (4096, 72), (512, 768)] {
      #expect(sizes.contains(PictureSize(width: width, height: height)))
    }
    for (width, height) in [(56, 64), (64, 4104), (65, 64), (0, 0), (-64, 64)] {
      #expect(!sizes.contains(PictureSize(width: width, height: height)))
    }
    #expect("\(sizes)" == "64 to 4096 pixels a side, in steps of 8" && sizes.isFree)
  }

  /// A model paints the size it was trained at, however small or large.
  @Test func theOwnSizeIsAlwaysAllowed() {
    let small = PictureSizes.multiples(of: 8, own: PictureSize(width: 32, height: 32))
    #expect(small.contains(PictureSize(width: 32, height: 32)) && small.isFree)
    #expect(small.contains(PictureSize(width: 64, height: 72)))
    #expect(!small.contains(PictureSize(width: 32, height: 64)))
    #expect(!small.contains(PictureSize(width: 40, height: 40)))
    #expect("\(small)" == "64 to 4096 pixels a side, in steps of 8, or 32x32")
    let usual = PictureSizes.multiples(of: 8, own: PictureSize(width: 512, height: 512))
    #expect("\(usual)" == "64 to 4096 pixels a side, in steps of 8")
  }
}
