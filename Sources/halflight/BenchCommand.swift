import ArgumentParser
import Benchmarks
import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Session
import Tensors

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the network's speed on this machine.",
    discussion: """
      Measures these, one after the other: the time from process start to the first finished step, \
      a guided step, an evaluation of the network without cached prompt values, and the speed of \
      large matrix products, for comparison. Run it with nothing else running.
      """)

  @Option(
    name: [.short, .long], help: "A model folder; the embedded model by default.",
    completion: .file())
  var model: String?

  @Option(
    help: .rare(
      "Measure a network configuration (a config.json of diffusers or MiniT2I) with random weights."
    ),
    completion: .file())
  var network: String?

  @Option(help: .rare("The number format to compute in."))
  var precision: Precision = .auto

  @Option(help: .rare("How to store the network's weights: whole or 8-bit."))
  var weights: WeightForm = .whole

  @Option(help: .rare("The number of prompt tokens; CLIP has 77."))
  var tokens: Int = 24

  @Option(help: .rare("The side of the picture in pixels, for --part decoder."))
  var side: Int = 512

  @Option(help: .rare("The number of samples in the batch; guidance needs 2."))
  var batch: Int?

  @Option(help: "How many seconds to measure the network for.")
  var seconds: Double = 2

  @Option(name: [.short, .long], help: .rare("The number of threads."))
  var threads: Int?

  @Option(
    help: .rare("Also cancel this many evaluations, and measure how fast the network stops."))
  var cancel: Int?

  @Flag(
    help: "Measure training instead: steps of AdamW on batches of --batch pictures (64 by default)."
  )
  var training = false

  @Option(
    help: .rare(
      "What to measure: the network with random weights, or the text encoder or decoder of --model."
    ))
  var part: MeasuredPart = .network

  @Flag(help: "List the time of each operation.")
  var operations = false

  @Flag(help: "Print one line of JSON.")
  var json = false

  @OptionGroup var fullHelp: FullHelp

  func validate() throws {
    if let batch, !(1...1024).contains(batch) {
      throw ValidationError("--batch must be 1 to 1024")
    }
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds must be above 0 and at most 600")
    }
    guard (1...4096).contains(tokens) else {
      throw ValidationError("--tokens must be 1 to 4096")
    }
    guard PictureSizes.sides.contains(side), side.isMultiple(of: 8) else {
      throw ValidationError("--side must be 64 to 4096, a multiple of 8")
    }
    if let cancel, !(1...10_000).contains(cancel) {
      throw ValidationError("--cancel must be 1 to 10000")
    }
    if let problem = ThreadCount.problem(threads) { throw ValidationError(problem) }
    guard part == .network || !(training || cancel != nil || network != nil) else {
      throw ValidationError(
        "--training, --cancel and --network measure the network and cannot be combined with --part \(part.rawValue)"
      )
    }
  }

  func run() async throws {
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    let type = try precision.resolved()
    if training { return try await measureTraining(type) }
    if part != .network { return try await measurePart(type) }
    let batch = batch ?? 2
    var report = BenchReport(
      precision: type.rawValue, batch: batch, threads: threads ?? Processor.threads)
    let measuredNetwork: MeasuredNetwork
    if let network {
      measuredNetwork = try MeasuredNetwork(contentsOf: URL(fileURLWithPath: network))
    } else {
      let pipeline = try await opened()
      guard let own = MeasuredNetwork(of: pipeline) else {
        throw ValidationError("bench measures only local networks")
      }
      measuredNetwork = own
      try await measureSteps(pipeline, &report)
    }
    let measured = try await NetworkBenchmark.measure(
      measuredNetwork, type: type, batch: batch, tokens: tokens, seconds: seconds,
      holdsEightBits: weights == .eightBit, listing: operations)
    report.evaluationMs = .init(measured.milliseconds)
    report.keptEvaluationMs = .init(measured.keptMilliseconds)
    report.gflopPerEvaluation = measured.gigaflop
    report.weightMb = Double(measured.weightBytes) / 1e6
    report.activationMb = Double(measured.activationBytes) / 1e6
    if let cancel {
      report.cancelMs = .init(
        try await NetworkBenchmark.cancellations(
          measuredNetwork, type: type, batch: batch, count: cancel))
    }
    for type in Processor.hasBF16 ? [NumberFormat.f32, .bf16] : [.f32] {
      report.peakGflops[type.rawValue] = try await MachinePeak.measure(type)
    }
    report.gflops = measured.speed
    report.shareOfPeak = measured.speed / (report.peakGflops[type.rawValue] ?? .infinity)
    StandardOutput.line(json ? try report.json() : report.text)
    if operations { list(measured.operations) }
  }

  /// The model to measure.
  private func opened() async throws -> Pipeline {
    try await ModelRequest(path: model, precision: precision).open()
  }

  /// The U-Net of a model, the part to measure.
  private func unet(of pipeline: Pipeline) throws -> UNetConfiguration {
    guard let configuration = pipeline.networkConfiguration else {
      throw ValidationError(
        "--training measures U-Nets, and the network of \(pipeline.name) is not one; "
          + "choose another model with --model")
    }
    return configuration
  }

  /// The text encoder or the decoder of a checkpoint.
  private func measurePart(_ type: NumberFormat) async throws {
    guard let model else { throw ValidationError("--part \(part.rawValue) needs --model") }
    let url = try HubCache.locate(model)
    guard ModelKind(of: url) == .stableDiffusion else {
      throw ValidationError(
        "--part \(part.rawValue) measures models of the Stable Diffusion family")
    }
    let checkpoint = try Checkpoint(contentsOf: url)
    let measured = try await PartBenchmark.measure(
      part, of: checkpoint, type: type, side: side, seconds: seconds)
    // Text encoders always compute in float32.
    let own = part == .text ? NumberFormat.f32 : type
    let report = PartReport(measured, part: part, precision: own.rawValue)
    StandardOutput.line(json ? try report.json() : report.text)
    if operations { list(measured.operations) }
  }

  private func list(_ operations: [NetworkBenchmark.OperationTime]) {
    for operation in operations {
      StandardOutput.line(
        String(
          format: "%8.2f ms %7.0f GFLOP/s  ", operation.milliseconds,
          operation.flops / operation.milliseconds / 1e6) + operation.name)
    }
  }

  private func measureTraining(_ type: NumberFormat) async throws {
    let configuration =
      if let network {
        try UNetConfiguration(contentsOf: URL(fileURLWithPath: network))
      } else {
        try unet(of: try await opened())
      }
    let measured = try await TrainingBenchmark.measure(
      configuration, type: type, batch: batch ?? 64, seconds: seconds)
    let report = TrainingReport(
      measured, precision: type.rawValue, threads: threads ?? Processor.threads,
      peak: try await MachinePeak.measure(type))
    StandardOutput.line(json ? try report.json() : report.text)
    if operations { list(measured.operations) }
  }

  /// Measures the first step from process start, then whole guided steps, then the memory that all of this took.
  private func measureSteps(_ pipeline: Pipeline, _ report: inout BenchReport) async throws {
    var sampling = pipeline.defaults
    sampling.steps = 20
    let recipe = Recipe(
      prompt: "a red apple", sampling: sampling, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
    var iterator = try await pipeline.trajectory(recipe).makeAsyncIterator()
    var times: [Double] = []
    let clock = ContinuousClock()
    var start = clock.now
    let begin = start
    // For a large network, the requested seconds allow only a few steps.
    while times.count < 4 || clock.now - begin < .seconds(10 * seconds),
      try await iterator.next() != nil
    {
      if times.isEmpty { report.timeToFirstStepMs = ProcessFacts.millisecondsSinceStart() }
      times.append((clock.now - start).milliseconds)
      start = clock.now
    }
    report.guidedStepMs = .init(times.dropFirst().sorted())
    report.peakMemoryMb = ProcessFacts.peakMemory().map { Double($0) / 1e6 }
    report.attentionMapFactor = try await measureMaps(pipeline, recipe)
  }

  /// The time of an evaluation of one sample with attention maps, relative to one without: medians of alternating
  /// evaluations.
  private func measureMaps(_ pipeline: Pipeline, _ recipe: Recipe) async throws -> Double {
    let run = try await pipeline.trajectory(recipe)
    let (sample, timestep) = (run.start, run.timesteps[0])
    let condition = try await pipeline.encode(recipe.prompt)
    let clock = ContinuousClock()
    var times: (without: [Double], with: [Double]) = ([], [])
    let end = clock.now + .seconds(seconds / 2)
    // The first of each kind packs weights and allocates memory.
    while times.with.count < 6 || clock.now < end {
      let start = clock.now
      _ = try await run.denoiser.predict(sample, timestep: timestep, conditions: [condition])
      let middle = clock.now
      _ = try await pipeline.attentionMaps(
        sample: sample, timestep: timestep, condition: condition)
      times.without.append((middle - start).milliseconds)
      times.with.append((clock.now - middle).milliseconds)
    }
    func median(_ times: [Double]) -> Double {
      BenchReport.Times(times.dropFirst().sorted()).median
    }
    return median(times.with) / median(times.without)
  }
}

/// Results that are printed as text or as one line of JSON.
protocol BenchFigures: Encodable {
  var text: String { get }
}

extension BenchFigures {
  func json() throws -> String { try StandardOutput.jsonLine(self) }
}

/// The results of `bench --training`.
struct TrainingReport: BenchFigures {
  let precision: String
  let batch: Int
  let threads: Int
  let stepMs: BenchReport.Times
  let picturesPerSecond: Double
  let gflopPerStep: Double
  let gflops: Double
  let peakGflops: Double
  let shareOfPeak: Double
  let activationMb: Double
  let peakMemoryMb: Double?

  init(_ measured: TrainingBenchmark, precision: String, threads: Int, peak: Double) {
    (self.precision, self.threads, batch) = (precision, threads, measured.batch)
    stepMs = .init(measured.milliseconds)
    picturesPerSecond = measured.picturesPerSecond
    (gflopPerStep, gflops) = (measured.gigaflop, measured.speed)
    (peakGflops, shareOfPeak) = (peak, measured.speed / peak)
    activationMb = Double(measured.activationBytes) / 1e6
    peakMemoryMb = ProcessFacts.peakMemory().map { Double($0) / 1e6 }
  }

  var text: String {
    func number(_ x: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", x) }
    return [
      "precision           \(precision), \(threads) threads, oneDNN \(Processor.oneDNNVersion)",
      "step                \(number(stepMs.median)) ms (best \(number(stepMs.min))), batch \(batch)",
      "pictures per second \(number(picturesPerSecond))",
      "work                \(number(gflopPerStep)) GFLOP per step",
      "speed               \(number(gflops, 0)) GFLOP/s",
      "peak                \(number(peakGflops, 0)) GFLOP/s",
      "share of peak       \(number(shareOfPeak * 100))%",
      "activations         \(number(activationMb)) MB",
      "peak memory         \(number(peakMemoryMb ?? 0, 0)) MB",
    ].joined(separator: "\n")
  }
}

extension MeasuredPart: ExpressibleByArgument {}

/// The results of `bench --part`.
struct PartReport: BenchFigures {
  let part: String
  let precision: String
  let evaluationMs: BenchReport.Times
  let gflopPerEvaluation: Double
  let gflops: Double
  let activationMb: Double
  let peakMemoryMb: Double?

  init(_ measured: PartBenchmark, part: MeasuredPart, precision: String) {
    (self.part, self.precision) = (part.rawValue, precision)
    evaluationMs = .init(measured.milliseconds)
    gflopPerEvaluation = measured.gigaflop
    gflops = measured.gigaflop / evaluationMs.median * 1000
    activationMb = Double(measured.activationBytes) / 1e6
    peakMemoryMb = ProcessFacts.peakMemory().map { Double($0) / 1e6 }
  }

  var text: String {
    func number(_ x: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", x) }
    return [
      "\(part.padding(toLength: 20, withPad: " ", startingAt: 0))\(precision)",
      "evaluation          \(number(evaluationMs.median)) ms (best \(number(evaluationMs.min)))",
      "work                \(number(gflopPerEvaluation)) GFLOP",
      "speed               \(number(gflops, 0)) GFLOP/s",
      "activations         \(number(activationMb)) MB",
    ].joined(separator: "\n")
  }
}

/// The results of `bench`.
struct BenchReport: BenchFigures {
  struct Times: Encodable {
    let median: Double
    let min: Double
    let max: Double

    init(_ sorted: some Collection<Double>) {
      let all = Array(sorted)
      median = all.isEmpty ? 0 : all[all.count / 2]
      min = all.first ?? 0
      max = all.last ?? 0
    }
  }

  let precision: String
  let batch: Int
  let threads: Int
  var oneDNN = Processor.oneDNNVersion
  var evaluationMs: Times?
  var keptEvaluationMs: Times?
  var guidedStepMs: Times?
  var attentionMapFactor: Double?
  var cancelMs: Times?
  var gflopPerEvaluation = 0.0
  var gflops = 0.0
  var peakGflops: [String: Double] = [:]
  var shareOfPeak = 0.0
  var timeToFirstStepMs: Double?
  var peakMemoryMb: Double?
  var weightMb = 0.0
  var activationMb = 0.0

  init(precision: String, batch: Int, threads: Int) {
    (self.precision, self.batch, self.threads) = (precision, batch, threads)
  }

  var text: String {
    func number(_ x: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", x) }
    func times(_ t: Times) -> String { "\(number(t.median, 2)) ms (best \(number(t.min, 2)))" }
    var lines = ["precision           \(precision), \(threads) threads, oneDNN \(oneDNN)"]
    if let t = timeToFirstStepMs { lines.append("start to first step \(number(t, 0)) ms") }
    if let t = guidedStepMs { lines.append("guided step         \(times(t))") }
    if let factor = attentionMapFactor {
      lines.append("with attention maps \(number(factor, 2)) times an evaluation")
    }
    if let t = evaluationMs { lines.append("evaluation          \(times(t)), batch \(batch)") }
    if let t = keptEvaluationMs { lines.append("  prompt kept       \(times(t))") }
    if let t = cancelMs {
      lines.append("cancelled within    \(number(t.max)) ms (median \(number(t.median)) ms)")
    }
    lines.append("work                \(number(gflopPerEvaluation, 2)) GFLOP per evaluation")
    lines.append("speed               \(number(gflops, 0)) GFLOP/s")
    for (type, peak) in peakGflops.sorted(by: { $0.key > $1.key }) {
      lines.append(
        "peak \(type.padding(toLength: 15, withPad: " ", startingAt: 0))\(number(peak, 0)) GFLOP/s")
    }
    lines.append("share of peak       \(number(shareOfPeak * 100))%")
    lines.append(
      "weights packed      \(number(weightMb)) MB, activations \(number(activationMb)) MB")
    if let m = peakMemoryMb { lines.append("peak memory         \(number(m, 0)) MB") }
    return lines.joined(separator: "\n")
  }
}
