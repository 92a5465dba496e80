import Diffusion
import Testing

@Suite struct TrajectoryTests {
  private func trajectory(
    _ denoiser: ReckonedDenoiser = ReckonedDenoiser(), sampler: SamplerKind = .ddim, steps: Int = 6,
    guidance: Guidance = Guidance(scale: 3)
  ) throws -> Trajectory<ReckonedDenoiser> {
    try Trajectory(
      denoiser: denoiser, schedule: .scaledLinear(),
      settings: SamplingSettings(seed: 4, steps: steps, guidance: guidance, sampler: sampler),
      shape: LatentShape(n: 2, height: 4, width: 4, channels: 3), condition: 0.1,
      unconditional: -0.2)
  }

  @Test(arguments: SamplerKind.allCases)
  func stepsAreNumberedAndJoinUp(_ sampler: SamplerKind) async throws {
    let trajectory = try trajectory(sampler: sampler)
    var last: Step?
    var count = 0
    for try await step in trajectory {
      #expect(step.index == count)
      #expect(step.count == 6)
      #expect((0...1).contains(step.noiseLevel))
      if let last {
        #expect(step.sample == last.next)
        #expect(step.noiseLevel < last.noiseLevel)
      } else {
        #expect(step.sample == trajectory.start)
      }
      last = step
      count += 1
    }
    #expect(count == 6)
    #expect(trajectory.sigmas.count == 7)
  }

  /// Each step removes the same share of noise, whatever the contrast of clean samples.
  @Test(
    arguments: SamplerKind.allCases.filter { $0 != .lcm },
    [NoiseSchedule.linear(), .flow(shift: 3)])
  func evenSpacingTakesEqualShares(_ sampler: SamplerKind, _ schedule: NoiseSchedule) throws {
    for contrast in [0.5, 1.0] {
      let trajectory = try Trajectory(
        denoiser: ReckonedDenoiser(), schedule: schedule.withContrast(contrast),
        settings: SamplingSettings(steps: 20, sampler: sampler, spacing: .even),
        shape: LatentShape(height: 2, width: 2, channels: 1), condition: 0.1, unconditional: nil)
      let shares = trajectory.steps.map { trajectory.noiseShare(of: $0) } + [0]
      #expect(shares[0] > 0.98)
      for (now, next) in zip(shares, shares.dropFirst()) {
        #expect(abs(now - next - shares[0] / 20) < 1e-5)
      }
      // Halfway, signal and noise are equally strong.
      let level = trajectory.steps[10].from
      #expect(abs(level.sigma / (contrast * level.alpha) - 1) < 0.04)
    }
  }

  /// A copied iterator continues independently from the same place, even for stochastic samplers and those with a
  /// memory.
  @Test(arguments: SamplerKind.allCases)
  func copyingForks(_ sampler: SamplerKind) async throws {
    var first = try trajectory(sampler: sampler).makeAsyncIterator()
    for _ in 0..<3 { _ = try await first.next() }
    var second = first
    var third = first
    third.guidance.scale = 9
    for _ in 0..<3 {
      let (a, b, c) = (try await first.next(), try await second.next(), try await third.next())
      #expect(a?.next == b?.next)
      #expect(a?.next != c?.next)
    }
    #expect(first.isFinished)
    let after = try await first.next()
    #expect(after == nil)
  }

  /// The guidance parts match the step itself, and computing them changes nothing.
  @Test func guidanceTakenApartIsTheStep() async throws {
    var iterator = try trajectory().makeAsyncIterator()
    _ = try await iterator.next()
    let parts = try await iterator.guidanceParts(scale: 3)
    let plain = try await iterator.guidanceParts(scale: 1)
    let step = try #require(try await iterator.next())
    #expect(parts.guided == step.denoised)
    #expect(plain.guided == parts.conditional)
    let again = parts.unconditional.distance(to: parts.conditional)
    #expect(abs(parts.difference.rootMeanSquare - again) < 1e-9)
    let alone = try Trajectory(
      denoiser: ReckonedDenoiser(), schedule: .scaledLinear(), settings: SamplingSettings(),
      shape: LatentShape(height: 4, width: 4, channels: 3), condition: 0.1, unconditional: nil)
    await #expect(throws: SamplingError.unguided) {
      try await alone.makeAsyncIterator().guidanceParts(scale: 3)
    }
  }

  @Test func bothHalvesOfGuidanceAreOneBatch() async throws {
    let guided = ReckonedDenoiser()
    for try await step in try trajectory(guided) {
      let unconditional = try #require(step.unconditional)
      #expect(step.conditional != unconditional)
    }
    #expect(guided.batches.withLock { $0 } == Array(repeating: 2, count: 6))
    let plain = ReckonedDenoiser()
    for try await step in try trajectory(plain, guidance: Guidance(scale: 1)) {
      #expect(step.unconditional == nil)
    }
    #expect(plain.batches.withLock { $0 } == Array(repeating: 1, count: 6))
  }

  /// CFG++ adds the noise back that is predicted without the condition, so it needs that at guidance 1 too; without
  /// such a prediction it is the sampler it comes from.
  @Test func guidanceOfOneIsGuidanceToo() async throws {
    #expect(SamplerKind.allCases.filter(\.usesUnconditional).count == 4)
    for (kind, plain) in [
      (SamplerKind.eulerCFGPlusPlus, SamplerKind.euler),
      (.eulerAncestralCFGPlusPlus, .eulerAncestral),
    ] {
      let denoiser = ReckonedDenoiser()
      var iterator = try trajectory(denoiser, sampler: kind, guidance: Guidance(scale: 1))
        .makeAsyncIterator()
      let step = try #require(try await iterator.next())
      #expect(step.unconditional != nil)
      #expect(denoiser.batches.withLock { $0 } == [2])
      var other = try trajectory(sampler: plain, guidance: Guidance(scale: 1)).makeAsyncIterator()
      let plainStep = try #require(try await other.next())
      #expect(step.denoised == plainStep.denoised)
      #expect(step.next != plainStep.next)
      iterator = try trajectory(sampler: kind).makeAsyncIterator(from: 0, sample: step.sample)
      other = try trajectory(sampler: plain).makeAsyncIterator(from: 0, sample: step.sample)
      iterator.unconditional = nil
      other.unconditional = nil
      let alone = try #require(try await iterator.next())
      #expect(alone.next == (try await other.next())?.next)
    }
  }

  @Test func heunLooksTwiceButForTheLast() async throws {
    let denoiser = ReckonedDenoiser()
    for try await _ in try trajectory(denoiser, sampler: .heun) {}
    #expect(denoiser.batches.withLock { $0.count } == 11)
  }

  @Test func settingsChangedBetweenStepsApplyFromTheNext() async throws {
    var iterator = try trajectory().makeAsyncIterator()
    let before = try #require(try await iterator.next())
    iterator.condition = 5
    iterator.guidance = Guidance(scale: 1)
    let after = try #require(try await iterator.next())
    #expect(after.sample == before.next)
    #expect(after.unconditional == nil)
    #expect(after.conditional.values[0] - before.conditional.values[0] > 3)
  }

  /// Guidance goes from the unconditional output through the conditional one; rescaling restores its spread.
  @Test func guidanceByHand() async throws {
    var iterator = try trajectory(guidance: Guidance(scale: 4)).makeAsyncIterator()
    let step = try #require(try await iterator.next())
    let unconditional = try #require(step.unconditional)
    let i = 7
    let expected =
      unconditional.values[i] + 4 * (step.conditional.values[i] - unconditional.values[i])
    #expect(abs(step.noise.values[i] - expected) < 1e-5)
    var rescaled = try trajectory(guidance: Guidance(scale: 4, rescale: 1)).makeAsyncIterator()
    let other = try #require(try await rescaled.next())
    // This network's outputs differ by a constant, so their spreads are equal and nothing is to be taken back.
    #expect(abs(other.noise.values[i] - expected) < 1e-4)
  }

  @Test func cancellingEndsTheRun() async throws {
    let trajectory = try trajectory()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      for try await _ in trajectory {}
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func valuesThatAreNoNumbersNameTheStep() async throws {
    let trajectory = try trajectory(ReckonedDenoiser(failsAt: 3))
    await #expect(
      throws: SamplingError.notFinite(step: 2, count: 6, part: "the network's output")
    ) {
      for try await _ in trajectory {}
    }
  }

  @Test func settingsThatCannotBeAreRefused() {
    func make(_ change: (inout SamplingSettings) -> Void) throws {
      var settings = SamplingSettings()
      change(&settings)
      _ = try Trajectory(
        denoiser: ReckonedDenoiser(), schedule: .scaledLinear(), settings: settings,
        shape: LatentShape(height: 2, width: 2, channels: 1), condition: 0, unconditional: nil)
    }
    #expect(throws: SamplingError.steps(found: 0, most: 1000)) { try make { $0.steps = 0 } }
    #expect(throws: SamplingError.steps(found: 1001, most: 1000)) { try make { $0.steps = 1001 } }
    #expect(throws: SamplingError.steps(found: 51, most: 50)) {
      try make { ($0.steps, $0.sampler) = (51, .lcm) }
    }
    #expect(throws: SamplingError.self) { try make { $0.guidance.scale = .nan } }
    #expect(throws: SamplingError.guidanceRescale(found: 2)) {
      try make { $0.guidance.rescale = 2 }
    }
    #expect(throws: SamplingError.eta(found: -1)) { try make { $0.eta = -1 } }
  }

  /// Every sampler on every schedule in every spacing, from one step up, ends in numbers.
  @Test(arguments: SamplerKind.allCases, Spacing.allCases)
  func nothingBreaksAtTheEdges(_ sampler: SamplerKind, _ spacing: Spacing) async throws {
    let schedules: [NoiseSchedule] = [.scaledLinear(), .squaredCosine(), .flow(shift: 3)]
    for schedule in schedules {
      for steps in [1, 2, 3, 50] {
        let trajectory = try Trajectory(
          denoiser: ReckonedDenoiser(prediction: schedule.isFlow ? .flow : .v),
          schedule: schedule,
          settings: SamplingSettings(steps: steps, sampler: sampler, spacing: spacing),
          shape: LatentShape(height: 2, width: 2, channels: 1), condition: 0, unconditional: nil)
        for try await step in trajectory {
          #expect(step.next.values.allSatisfy { $0.isFinite }, "\(steps) steps")
        }
      }
    }
  }

  @Test func startingFromAPictureWithNoise() async throws {
    let trajectory = try trajectory()
    let clean = Latent(shape: trajectory.shape, repeating: 0.5)
    let noised = trajectory.noised(clean, at: 4)
    var iterator = trajectory.makeAsyncIterator(from: 4, sample: noised)
    let step = try #require(try await iterator.next())
    #expect(step.index == 4)
    #expect(step.sample == noised)
    _ = try await iterator.next()
    #expect(iterator.isFinished)
  }
}
