import ExamplePictures
import Testing

@Suite struct ExamplePictureTests {
  @Test func aDozenWithTheirLicences() {
    let all = ExamplePicture.all
    #expect(all.count == 12 && Set(all.map(\.name)).count == 12)
    for picture in all {
      #expect(picture.cutout.width == 64 && picture.cutout.height == 64)
      let texts = [picture.name, picture.caption, picture.licence, picture.credit]
      #expect(texts.allSatisfy { !$0.isEmpty })
    }
  }

  @Test func aBackgroundShowsWhereThePictureDoesNot() throws {
    let apple = try #require(ExamplePicture.all.first)
    #expect(apple.cutout.pixels[3] == 0, "the corner is empty")
    #expect(Array(apple.picture().pixels.prefix(3)) == [255, 255, 255])
    let onBlue = apple.picture(on: SIMD3(0, 20, 200))
    #expect(Array(onBlue.pixels.prefix(3)) == [0, 20, 200])
    // Opaque pixels are the picture's own.
    let middle = (32 * 64 + 32)
    #expect(apple.cutout.pixels[middle * 4 + 3] == 255)
    let own = apple.cutout.pixels[(middle * 4)..<(middle * 4 + 3)]
    #expect(onBlue.pixels[(middle * 3)..<(middle * 3 + 3)].elementsEqual(own))
  }
}
