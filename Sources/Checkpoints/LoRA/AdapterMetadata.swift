#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What PEFT writes beside its matrices: how the changes are scaled where no `alpha` stands among the tensors.
struct AdapterMetadata: Sendable {
  private let values: [String: Value]

  private enum Value: Decodable, Sendable {
    case number(Float)
    case flag(Bool)
    case numbers([String: Float])
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Float.self) {
        self = .number(number)
      } else if let numbers = try? container.decode([String: Float].self) {
        self = .numbers(numbers)
      } else {
        self = .other
      }
    }
  }

  /// `nil` for a text that says nothing.
  init?(_ text: String) {
    guard let values = try? JSONDecoder().decode([String: Value].self, from: Data(text.utf8)) else {
      return nil
    }
    self.values = values
  }

  /// What the change of a layer, such as `unet.mid_block…to_q`, is multiplied by; `nil` where that is not said.
  func scale(of layer: String, rank: Int) -> Float? {
    guard let dot = layer.firstIndex(of: "."), rank > 0 else { return nil }
    let (part, module) = (layer[..<dot], layer[layer.index(after: dot)...])
    var alpha: Float?
    if case .number(let number)? = values["\(part).lora_alpha"] { alpha = number }
    if case .numbers(let pattern)? = values["\(part).alpha_pattern"],
      let own = pattern.first(where: { module == $0.key || module.hasSuffix("." + $0.key) })
    {
      alpha = own.value
    }
    guard let alpha else { return nil }
    // Rank-stabilised (Kalajdzievski 2023).
    if case .flag(true)? = values["\(part).use_rslora"] { return alpha / Float(rank).squareRoot() }
    return alpha / Float(rank)
  }
}
