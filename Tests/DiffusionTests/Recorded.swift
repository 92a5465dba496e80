import Diffusion
import Synchronization

/// Latents made by the rule in `Tests/Reference/reference.py`.
enum Recorded {
  static let shape = LatentShape(height: 2, width: 2, channels: 4)

  static func latent(_ name: String, shape: LatentShape = shape) -> Latent {
    let start = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    let values = (0..<shape.count).map { index -> Float in
      var x = start &+ UInt64(index) &+ 0x9e37_79b9_7f4a_7c15
      x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
      x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
      return (Float((x ^ (x >> 31)) >> 40) / Float(1 << 23) - 1) * 1.7
    }
    return Latent(shape: shape, values: values)
  }
}

/// Answers with recorded outputs, one after the other; those without the condition have names of their own.
final class RecordedDenoiser: Denoiser {
  let prediction: Prediction
  private let calls = Mutex(0)

  init(prediction: Prediction) { self.prediction = prediction }

  func predict(_ sample: Latent, timestep: Float, conditions: [Void]) async throws -> [Latent] {
    let call = calls.withLock { calls in
      defer { calls += 1 }
      return calls
    }
    return zip(conditions, ["output", "unconditional"]).map { _, name in
      Recorded.latent("\(name).\(call)")
    }
  }
}

/// A network with a simple formula: its output depends on its input, and it counts its calls.
final class ReckonedDenoiser: Denoiser {
  let prediction: Prediction
  let batches = Mutex<[Int]>([])
  let failsAt: Int?

  init(prediction: Prediction = .epsilon, failsAt: Int? = nil) {
    self.prediction = prediction
    self.failsAt = failsAt
  }

  func predict(_ sample: Latent, timestep: Float, conditions: [Float]) async throws -> [Latent] {
    let call = batches.withLock { batches in
      batches.append(conditions.count)
      return batches.count
    }
    return conditions.map { condition in
      var output = sample
      for i in output.values.indices {
        output.values[i] = sample.values[i] * 0.5 + condition + timestep / 1000
      }
      if call == failsAt { output.values[0] = .nan }
      return output
    }
  }
}
