import Checkpoints
import Tensors

/// How a network's weights are stored in memory between two uses.
public enum WeightForm: String, Sendable, Hashable, CaseIterable {
  /// As eight-bit numbers if the file is no more precise and the whole weights would take more than a gigabyte;
  /// otherwise whole.
  case auto
  /// In the precision of computing.
  case whole
  /// Large ones as eight-bit numbers with a scale for every 32, expanded before each use: half the memory of bf16, a
  /// quarter of float32, with an error in each weight of at most 1/250 of the largest in its block.
  case eightBit = "8-bit"

  /// Whether to keep these weights as eight-bit numbers.
  func holdsEightBits(_ weights: WeightStore, type: NumberFormat) -> Bool {
    switch self {
    case .whole: false
    case .eightBit: true
    case .auto: weights.bitsPerWeight <= 9 && weights.parameterCount * type.size > 1 << 30
    }
  }
}
