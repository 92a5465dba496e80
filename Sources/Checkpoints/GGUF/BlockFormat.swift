/// The supported block formats of GGML, by their number in a GGUF file.
///
/// (https://github.com/ggml-org/ggml, `ggml-common.h`)
enum BlockFormat: UInt32, Sendable, Hashable, CaseIterable {
  case q4_0 = 2
  case q4_1 = 3
  case q5_0 = 6
  case q5_1 = 7
  case q8_0 = 8
  case q2K = 10
  case q3K = 11
  case q4K = 12
  case q5K = 13
  case q6K = 14
  case iq4NL = 20
  case iq4XS = 23

  /// Numbers in a block.
  var count: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4NL: 32
    case .q2K, .q3K, .q4K, .q5K, .q6K, .iq4XS: 256
    }
  }

  /// Bytes in a block.
  var byteCount: Int {
    switch self {
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q2K: 84
    case .q3K: 110
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    case .iq4NL: 18
    case .iq4XS: 136
    }
  }

  /// GGML's name.
  var name: String {
    switch self {
    case .q4_0: "Q4_0"
    case .q4_1: "Q4_1"
    case .q5_0: "Q5_0"
    case .q5_1: "Q5_1"
    case .q8_0: "Q8_0"
    case .q2K: "Q2_K"
    case .q3K: "Q3_K"
    case .q4K: "Q4_K"
    case .q5K: "Q5_K"
    case .q6K: "Q6_K"
    case .iq4NL: "IQ4_NL"
    case .iq4XS: "IQ4_XS"
    }
  }
}

extension TensorEncoding {
  /// The formats with separately stored elements, by their number in a GGUF file.
  private static let plain: [UInt32: ElementType] = [
    0: .f32, 1: .f16, 24: .i8, 25: .i16, 26: .i32, 27: .i64, 28: .f64, 30: .bf16,
  ]

  /// Names of GGML formats that this program does not support.
  private static let foreign: [UInt32: String] = [
    9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 21: "IQ3_S",
    22: "IQ2_S", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
  ]

  /// The supported weight formats of a GGUF file, for messages.
  static let ggufFormats =
    "F32, F16, BF16, " + BlockFormat.allCases.map(\.name).joined(separator: ", ")

  /// The format with this number in a GGUF file, or `nil` if it is unknown.
  init?(ggufType number: UInt32) {
    if let type = Self.plain[number] {
      self = .elements(type)
    } else if let format = BlockFormat(rawValue: number) {
      self = .blocks(format)
    } else {
      return nil
    }
  }

  /// The name of an unsupported format.
  static func foreignName(ggufType number: UInt32) -> String {
    foreign[number] ?? "format number \(number)"
  }
}
