import Diffusion
import Foundation
import Testing

/// Every sampler against diffusers' scheduler of the same name over the same recorded model outputs
/// (`Tests/Reference/schedulers.py`), and those with CFG++ against its formulas (`cfg_plus_plus.py`): 1e-5 of the largest
/// value.
@Suite struct SchedulerAgreementTests {
  /// A case of the recording.
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let sampler: String
    let prediction: String
    let spacing: String
    let schedule: String
    let steps: Int
    let shift: Double?
    let eta: Float?
    let clip: Float?
    let variance: String?
    let recompute: Bool?
    let guidance: Float?
    let timesteps: [Float]
    let samples: [String: [Float]]

    var testDescription: String {
      "\(sampler), \(prediction), \(spacing), \(schedule), \(steps) steps"
        + (eta.map { ", eta \($0)" } ?? "")
        + (clip == nil ? "" : recompute == true ? ", clipped and recomputed" : ", clipped")
        + (shift.map { ", shift \($0)" } ?? "") + (variance.map { ", \($0)" } ?? "")
        + (guidance.map { ", guidance \($0)" } ?? "")
    }
  }

  struct Recording: Decodable, Sendable {
    let tolerance: Float
    let alphaBars: [String: [String: Float]]?
    let cases: [Case]
  }

  static let recording = recording(in: "schedulers.json")
  static let withCFGPlusPlus = recording(in: "cfg_plus_plus.json")

  private static func recording(in file: String) -> Recording? {
    guard let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil),
      let data = try? Data(contentsOf: folder.appendingPathComponent(file))
    else { return nil }
    return try? JSONDecoder().decode(Recording.self, from: data)
  }

  @Test(arguments: (recording?.cases ?? []) + (withCFGPlusPlus?.cases ?? []))
  func agrees(_ recorded: Case) async throws {
    let recording = try #require(Self.recording)
    let settings = SamplingSettings(
      seed: 0, steps: recorded.steps, guidance: Guidance(scale: recorded.guidance ?? 1),
      sampler: try #require(SamplerKind(rawValue: recorded.sampler)),
      spacing: try #require(Spacing(rawValue: recorded.spacing)), eta: recorded.eta ?? 0)
    let trajectory = try Trajectory(
      denoiser: RecordedDenoiser(
        prediction: try #require(Prediction(rawValue: recorded.prediction))),
      schedule: try #require(schedule(recorded)), settings: settings, shape: Recorded.shape,
      condition: (), unconditional: recorded.guidance.map { _ in () },
      clipping: recorded.clip.map {
        Clipping(range: $0, recomputesNoise: recorded.recompute ?? false)
      }, noise: { step, _ in Recorded.latent("noise.\(step)") })
    // diffusers truncates decimals here, and so turns 998.99999 into 998.
    let isCut =
      recorded.spacing == "exponential"
      && (recorded.sampler.hasPrefix("DPM++") || recorded.sampler == "UniPC")
    for (found, expected) in zip(trajectory.timesteps, recorded.timesteps) {
      #expect(abs(found - expected) <= (isCut ? 1 : 1e-3), "timesteps \(trajectory.timesteps)")
    }
    #expect(trajectory.timesteps.count == recorded.timesteps.count)
    var start = Recorded.latent("start")
    let scale = trajectory.startScale
    for i in start.values.indices { start.values[i] *= Float(scale) }
    var iterator = trajectory.makeAsyncIterator(from: 0, sample: start)
    var compared = 0
    while let step = try await iterator.next() {
      guard let expected = recorded.samples["\(step.index)"] else { continue }
      compared += 1
      let largest = expected.reduce(0) { max($0, abs($1)) }
      let worst = zip(step.next.values, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(worst / largest < recording.tolerance, "step \(step.index)")
    }
    #expect(compared == recorded.samples.count)
  }

  /// `numpy.arange(1000, 0, -1000 / 48).round() - 1`: halves are rounded as its sums come out.
  @Test func trailingStepsAreRoundedAsNumpyDoes() async throws {
    let trajectory = try Trajectory(
      denoiser: RecordedDenoiser(prediction: .epsilon), schedule: .scaledLinear(),
      settings: SamplingSettings(
        seed: 0, steps: 48, guidance: Guidance(scale: 1), sampler: .ddim, spacing: .trailing),
      shape: Recorded.shape, condition: (), unconditional: nil, clipping: nil)
    #expect(
      trajectory.timesteps.prefix(12).map { Int($0) } == [
        999, 978, 957, 936, 916, 895, 874, 853, 832, 811, 791, 770,
      ])
  }

  @Test func everySamplerIsRecorded() throws {
    let cases = try #require(Self.recording).cases
    let others = try #require(Self.withCFGPlusPlus).cases
    #expect(Set((cases + others).map(\.sampler)) == Set(SamplerKind.allCases.map(\.rawValue)))
    #expect(cases.count > 150 && others.count > 50)
    #expect(others.allSatisfy { $0.guidance != nil })
  }

  @Test func alphaBarsAgree() throws {
    let bars = try #require(Self.recording?.alphaBars)
    for (name, table) in bars {
      let schedule = try #require(Self.schedule(named: name))
      for (step, expected) in table {
        let found = schedule.alphaBars[try #require(Int(step))]
        #expect(abs(found - expected) <= 5e-7, "\(name) at \(step)")
      }
    }
  }

  private func schedule(_ recorded: Case) -> NoiseSchedule? {
    var schedule =
      recorded.schedule == "flow"
      ? NoiseSchedule.flow(shift: recorded.shift ?? 1) : Self.schedule(named: recorded.schedule)
    schedule?.stepsOffset = 1
    schedule?.addsAllVariance = recorded.variance == "fixed_large"
    return schedule
  }

  private static func schedule(named name: String) -> NoiseSchedule? {
    switch name {
    case "scaledLinear": .scaledLinear()
    case "linear": .linear()
    case "squaredCosine": .squaredCosine()
    case "zeroSNR": NoiseSchedule.scaledLinear().rescaledToZeroTerminalSNR()
    default: nil
    }
  }
}
