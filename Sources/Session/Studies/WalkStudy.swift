import Diffusion
import Explorer
import Models
import Pictures

extension StudyWork {
  /// Computes pictures on the path from one prompt and noise to another: both ends first, then the middle, then the
  /// rest.
  func walk(_ question: WalkQuestion) async throws {
    var end = question.recipe
    end.prompt = question.prompt
    end.sampling.seed = question.seed
    let first = try await pipeline.trajectory(question.recipe)
    let last = try await pipeline.trajectory(end)
    let (from, to) = (
      try await pipeline.encode(question.recipe.prompt), try await pipeline.encode(question.prompt)
    )
    var finding = WalkFinding(count: question.count)
    for place in Self.coarseToFine(question.count) {
      let share = Double(place) / Double(max(1, question.count - 1))
      var iterator = first.makeAsyncIterator(
        from: 0,
        sample: first.start(
          with: .spherical(first.startNoise, last.startNoise, share: share)))
      iterator.condition = from.mixed(with: to, share: Float(share))
      var sample = iterator.sample
      while let step = try await iterator.next() { sample = step.next }
      finding.pictures[place] = try await pipeline.finishedPicture(of: sample)
      post(.walk(finding))
    }
  }

  /// The indices below a count in the order of computation: the ends, the middle, the middles of the remaining parts.
  private static func coarseToFine(_ count: Int) -> [Int] {
    var order = count > 1 ? [0, count - 1] : Array(0..<count)
    var gaps = [(0, count - 1)]
    while !gaps.isEmpty {
      let (low, high) = gaps.removeFirst()
      guard high - low > 1 else { continue }
      let middle = (low + high) / 2
      order.append(middle)
      gaps += [(low, middle), (middle, high)]
    }
    return order
  }
}
