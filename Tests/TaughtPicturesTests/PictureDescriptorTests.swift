import Foundation
import Pictures
import Testing

@testable import TaughtPictures

/// Descriptions of things, against numpy (`Tests/Reference/target_area.py`).
@Suite struct PictureDescriptorTests {
  private struct Case: Decodable {
    let name: String
    let values: [Float]
    let distances: [Double]

    static func load() throws -> [Case] {
      let url = try #require(
        Bundle.module.url(forResource: "Fixtures/descriptors", withExtension: "json"))
      return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    }
  }

  private func taught(_ name: String) throws -> Picture {
    let all = try #require(TaughtPictures.embedded)
    return all.picture(try #require(all.names.firstIndex(of: name)))
  }

  /// A picture on a larger white one.
  private func placed(_ picture: Picture, x: Int, y: Int, side: Int) -> Picture {
    var result = Picture(
      width: side, height: side, pixels: [UInt8](repeating: 255, count: side * side * 3))
    for row in 0..<picture.height {
      for value in 0..<(picture.width * 3) {
        result.pixels[((y + row) * side + x) * 3 + value] =
          picture.pixels[row * picture.width * 3 + value]
      }
    }
    return result
  }

  @Test func numbersAgree() throws {
    let cases = try Case.load()
    let own = try cases.map { PictureDescriptor(try taught($0.name)) }
    for (descriptor, expected) in zip(own, cases) {
      #expect(descriptor.values.count == 48)
      #expect(zip(descriptor.values, expected.values).allSatisfy { abs($0 - $1) < 1e-4 })
      for (other, distance) in zip(own, expected.distances) {
        #expect(abs(descriptor.distance(to: other) - distance) < 1e-4, "\(expected.name)")
      }
    }
  }

  /// A thing's position, size and paleness change little; its kind changes much.
  @Test func theSameThingIsNear() throws {
    let frog = try taught("frog")
    let own = PictureDescriptor(frog)
    let aside = PictureDescriptor(placed(frog, x: 20, y: 3, side: 64))
    let large = PictureDescriptor(frog.enlarged(by: 8))
    var faint = frog
    for place in faint.pixels.indices {
      faint.pixels[place] = UInt8(255 - (255 - Int(frog.pixels[place])) * 6 / 10)
    }
    let near = [aside, large, PictureDescriptor(faint)].map { own.distance(to: $0) }
    let far = try ["red apple", "automobile", "pizza"].map {
      own.distance(to: PictureDescriptor(try taught($0)))
    }
    print("near: \(near), far: \(far)")
    let (farthest, nearest) = (try #require(near.max()), try #require(far.min()))
    #expect(2 * farthest < nearest)
  }

  @Test func nothingIsNothing() throws {
    let white = Picture(width: 8, height: 8, pixels: [UInt8](repeating: 255, count: 192))
    let empty = PictureDescriptor(white)
    #expect(empty == PictureDescriptor(Picture(width: 0, height: 0, pixels: [])))
    #expect(empty.distance(to: empty) == 0)
    let frog = PictureDescriptor(try taught("frog"))
    // One has length 1, the other length 0.
    #expect(abs(empty.distance(to: frog) - 1) < 1e-5)
    // A picture of a single pixel is all background.
    #expect(PictureDescriptor(Picture(width: 1, height: 1, pixels: [1, 2, 3])) == empty)
  }

  @Test func spreadIsTheMeanOfAllPairs() throws {
    let all = try ["frog", "pizza", "panda"].map { PictureDescriptor(try taught($0)) }
    let mean =
      (all[0].distance(to: all[1]) + all[0].distance(to: all[2]) + all[1].distance(to: all[2])) / 3
    #expect(abs(PictureDescriptor.spread(all) - mean) < 1e-12)
    #expect(PictureDescriptor.spread([all[0]]) == 0 && PictureDescriptor.spread([]) == 0)
  }
}
