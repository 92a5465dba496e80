import Files

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// PEFT's metadata: how changes are scaled if there is no `alpha` tensor.
struct AdapterMetadata: Sendable {
  private let values: [String: Value]
  /// Whether the keys begin with the part that they are for, such as `unet.`.
  private let namesParts: Bool

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

  /// Reads the metadata; `nil` for a text without this information.
  init?(_ text: String) {
    guard let values = try? JSONDecoder().decode([String: Value].self, from: Data(text.utf8)) else {
      return nil
    }
    self.values = values
    namesParts = true
  }

  /// The `adapter_config.json` that PEFT writes beside its `adapter_model.safetensors`; `nil` if there is none.
  init?(beside file: URL) {
    let url = file.deletingLastPathComponent().appendingPathComponent("adapter_config.json")
    guard file.lastPathComponent == "adapter_model.safetensors",
      let data = try? SafeFile.read(url, limit: 1 << 20),
      let values = try? JSONDecoder().decode([String: Value].self, from: data)
    else { return nil }
    self.values = values
    namesParts = false
  }

  /// The factor for the change of a layer, such as `unet.mid_block…to_q`; `nil` if unknown.
  func scale(of layer: String, rank: Int) -> Float? {
    guard let dot = layer.firstIndex(of: "."), rank > 0 else { return nil }
    let module = layer[layer.index(after: dot)...]
    let part = namesParts ? "\(layer[..<dot])." : ""
    var alpha: Float?
    if case .number(let number)? = values["\(part)lora_alpha"] { alpha = number }
    if case .numbers(let pattern)? = values["\(part)alpha_pattern"],
      let own = pattern.first(where: { module == $0.key || module.hasSuffix("." + $0.key) })
    {
      alpha = own.value
    }
    guard let alpha else { return nil }
    // Rank-stabilised (Kalajdzievski 2023).
    if case .flag(true)? = values["\(part)use_rslora"] { return alpha / Float(rank).squareRoot() }
    return alpha / Float(rank)
  }
}
