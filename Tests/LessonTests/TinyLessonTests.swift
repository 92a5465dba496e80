import Foundation
import Pictures
import Tensors
import Testing
import TrainingData

@testable import Lesson

/// The lesson's network learns, and its seed determines the result.
@Suite struct TinyLessonTests {
  @Test @Compute func aShortLessonLowersTheLoss() async throws {
    let lesson = try TinyLesson(seed: 3)
    for _ in 0..<3 { try lesson.step() }
    let before = lesson.progress
    #expect(before.pictures == 48 && before.share < 1)
    for _ in 0..<60 { try lesson.step() }
    print("loss: \(before.loss), then \(lesson.progress.loss)")
    #expect(lesson.progress.loss < before.loss / 3)
    // Each level of noise has a loss of its own.
    let levels = lesson.progress.lossByLevel
    #expect(levels.count == LossByLevel.count && levels.allSatisfy { $0.isFinite && $0 > 0 })

    let pictures = try await lesson.samples()
    #expect(pictures.map(\.word) == TinyLesson.words)
    #expect(pictures.allSatisfy { $0.picture.width == 32 && $0.picture.height == 32 })
    // With another program running there are fewer threads, and sums are added in a different order.
    for (again, first) in zip(try await lesson.samples(), pictures) {
      let pairs = zip(again.picture.pixels, first.picture.pixels)
      #expect(pairs.allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }
  }

  /// The loss at each level is the mean of the values there, with later ones weighted more in the end.
  @Test func lossesAreKeptByLevel() {
    var losses = LossByLevel()
    for share in [Float(0), 0.3, 0.5, 0.7] { losses.add(1, share: share) }
    #expect(losses.values.isEmpty)
    losses.add(4, share: 1)
    losses.add(2, share: 0.9)
    // NaN is ignored, and values beyond the scale count at its end.
    losses.add(.nan, share: 0.1)
    losses.add(1, share: .nan)
    losses.add(3, share: -1)
    #expect(losses.values == [2, 1, 1, 1, 3])
    for _ in 0..<1000 { losses.add(0.5, share: 0.3) }
    #expect(abs(losses.values[1] - 0.5) < 1e-3)
  }

  @Test @Compute func theSeedDecides() throws {
    let losses = try [UInt64(5), 5, 6].map { seed in
      let lesson = try TinyLesson(seed: seed)
      for _ in 0..<3 { try lesson.step() }
      return lesson.progress.loss
    }
    #expect(abs(losses[0] - losses[1]) < 1e-4 && abs(losses[0] - losses[2]) > 1e-3)
  }

  @Test(.timeLimit(.minutes(10))) @Compute func learningForATimeAndCancelling() async throws {
    let lesson = try TinyLesson(seed: 1)
    let progress = try await lesson.learn(seconds: 0.2)
    #expect(progress.pictures > 0 && progress.secondsPassed > 0)
    let task = Task { try await lesson.learn(seconds: 600) }
    // It is learning.
    while lesson.progress.pictures == progress.pictures {
      try Task.checkCancellation()
      await Task.yield()
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // What was learned is kept, and training can continue.
    let pictures = lesson.progress.pictures
    try await lesson.learn(seconds: 0)
    #expect(lesson.progress.pictures > pictures)
  }

  /// Drawn shapes are complete, and their positions are random.
  @Test(arguments: DrawnShape.allCases)
  func shapes(_ shape: DrawnShape) {
    var generator = SplitMix64(state: 9)
    let first = shape.drawn(side: 32, using: &generator)
    let second = shape.drawn(side: 32, using: &generator)
    #expect(first.count == 32 * 32 * 4 && first != second)
    for picture in [first, second] {
      let colours = (0..<1024).map { Array(picture[($0 * 4)..<($0 * 4 + 3)]) }
      for edge in 0..<32 {
        for place in [edge, 31 * 32 + edge, edge * 32, edge * 32 + 31] {
          #expect(colours[place] == [255, 255, 255])
        }
      }
      #expect((90..<520).contains(colours.count { $0 != [255, 255, 255] }))
    }
  }
}
