import Pictures
import Testing

@Suite struct ContactSheetTests {
  private func plain(_ value: UInt8, _ width: Int = 2, _ height: Int = 1) -> Picture {
    Picture(
      width: width, height: height, pixels: [UInt8](repeating: value, count: width * height * 3))
  }

  private func reds(_ picture: Picture) -> [[UInt8]] {
    (0..<picture.height).map { y in
      (0..<picture.width).map { picture.pixels[(y * picture.width + $0) * 3] }
    }
  }

  @Test func picturesStandInTheirPlaces() {
    let sheet = ContactSheet.picture(
      rows: [[plain(1), plain(2)], [plain(3)]], gap: 1, background: (9, 8, 7))
    #expect(
      reds(sheet) == [
        [9, 9, 9, 9, 9, 9, 9],
        [9, 1, 1, 9, 2, 2, 9],
        [9, 9, 9, 9, 9, 9, 9],
        [9, 3, 3, 9, 9, 9, 9],
        [9, 9, 9, 9, 9, 9, 9],
      ])
    #expect(Array(sheet.pixels[..<6]) == [9, 8, 7, 9, 8, 7])
  }

  @Test func noGapAndOtherSizes() {
    let sheet = ContactSheet.picture(
      rows: [[], [plain(1, 1, 1), plain(2, 2, 2)]], gap: -3, background: (0, 0, 0))
    #expect(reds(sheet) == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 2, 2], [0, 0, 2, 2]])
    #expect(ContactSheet.picture(rows: [], gap: 2, background: (0, 0, 0)).width == 2)
  }

  @Test func spreadIsEvenAndKeepsTheEnds() {
    for count in 1...120 {
      for most in 2...40 {
        let picked = ContactSheet.spread(count, most: most)
        #expect(picked.count == min(count, most))
        #expect(picked.first == 0 && picked.last == count - 1)
        let steps = zip(picked.dropFirst(), picked).map { $0 - $1 }
        if let least = steps.min(), let greatest = steps.max() {
          #expect(least >= 1 && greatest - least <= 1, "\(count) \(most)")
        }
      }
    }
    #expect(ContactSheet.spread(5, most: 1) == [4])
    #expect(ContactSheet.spread(1, most: 1) == [0])
    #expect(ContactSheet.spread(0, most: 3).isEmpty && ContactSheet.spread(3, most: 0).isEmpty)
  }
}
