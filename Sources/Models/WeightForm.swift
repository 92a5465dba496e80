import Checkpoints
import Tensors

/// How a network's weights are held in memory between two uses.
public enum WeightForm: String, Sendable, Hashable, CaseIterable {
  /// As eight-bit numbers where the file has no finer ones and whole ones would take more than a gigabyte; else whole.
  case auto
  /// In the precision of computing.
  case whole
  /// Large ones as eight-bit numbers with a scale for every 32, written out before each use: a half of the memory in
  /// bf16, a quarter in float32, and each weight off by at most 1/250 of the largest in its block.
  case eightBit = "8-bit"

  /// Whether the weights of a store are held as eight-bit numbers.
  func holdsEightBits(_ weights: WeightStore, type: NumberFormat) -> Bool {
    switch self {
    case .whole: false
    case .eightBit: true
    case .auto: weights.bitsPerWeight <= 9 && weights.parameterCount * type.size > 1 << 30
    }
  }
}
