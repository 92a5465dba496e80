#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The scale of a quantised tensor's numbers, in ComfyUI's form: a tensor `NAME.scale_weight` or `NAME.weight_scale`
/// beside `NAME.weight`, with one number for all or one for each row (https://github.com/comfyanonymous/ComfyUI,
/// `QUANTIZATION.md`).
struct TensorScale: Sendable, Hashable {
  /// The scale's name in the file.
  let key: String
  /// Its number format.
  let type: ElementType
  /// Its shape.
  let shape: [Int]
  /// Where its bytes are, in bytes from the start of the file.
  let range: Range<Int>
  /// The range of the JSON text that names the weight's format; `nil` if there is none.
  private(set) var description: Range<Int>?

  private static let suffixes = [".scale_weight", ".weight_scale"]
  /// The scale of the activations on a processor that computes in eight bits.
  private static let inputSuffixes = [".scale_input", ".input_scale"]
  private static let descriptionSuffix = ".comfy_quant"
  /// An empty tensor that marks a file or a part of it.
  private static let mark = "scaled_fp8"

  /// The tensors of a file with their scales; auxiliary tensors are no longer listed.
  static func attached(to tensors: [String: LocatedTensor]) -> [String: LocatedTensor] {
    var result = tensors
    for suffix in suffixes {
      for (key, tensor) in tensors where key.hasSuffix(suffix) {
        let layer = key.dropLast(suffix.count)
        guard case .elements(let type) = tensor.encoding,
          [.f32, .f16, .bf16, .f64].contains(type), let weight = result["\(layer).weight"],
          weight.scale == nil
        else { continue }
        var scale = TensorScale(key: key, type: type, shape: tensor.shape, range: tensor.range)
        let text = "\(layer)\(descriptionSuffix)"
        scale.description = tensors[text]?.range
        result["\(layer).weight"]?.scale = scale
        (result[key], result[text]) = (nil, nil)
      }
    }
    for key in tensors.keys {
      let isForInputs = inputSuffixes.contains { suffix in
        key.hasSuffix(suffix) && tensors["\(key.dropLast(suffix.count)).weight"] != nil
      }
      if isForInputs || key == mark || key.hasSuffix(".\(mark)") { result[key] = nil }
    }
    return result
  }

  /// The numbers: a single one, or one for each row.
  ///
  /// - Parameters:
  ///   - file: The file that contains it.
  ///   - rows: The rows of the tensor that it belongs to.
  /// - Throws: ``CheckpointError`` when their number is neither one nor that of the rows, one is infinite or NaN, or
  ///   the weights' format needs more than a multiplication.
  func values(in file: TensorFile, rows: Int) throws -> [Float] {
    try checkFormat(in: file)
    let isSingle = shape.allSatisfy { $0 == 1 }
    let isForRows = shape.first == rows && shape.dropFirst().allSatisfy { $0 == 1 }
    guard isSingle || isForRows,
      let values = ElementDecoding.floats(file.bytes(in: range), type: type)
    else {
      throw CheckpointError(
        .mismatched, file: file.name, key: key, expected: "one number, or \(rows), one per row",
        found: "the shape \(shape)", advice: Self.advice)
    }
    guard values.allSatisfy(\.isFinite) else {
      throw CheckpointError(
        .malformed, file: file.name, key: key, expected: "finite numbers",
        found: "infinity or NaN", advice: CheckpointError.chooseAnother)
    }
    return values
  }

  private static let advice = "Use a copy in F16 or BF16, or in FP8 with one scale per tensor"

  private struct Format: Decodable { let format: String }

  private func checkFormat(in file: TensorFile) throws {
    guard let description else { return }
    let format = try? JSONDecoder().decode(Format.self, from: file.bytes(in: description)).format
    guard let format, format.hasPrefix("float8_e") else {
      throw CheckpointError(
        .unsupported, file: file.name, key: key, expected: "weights in FP8",
        found: format.map { CheckpointError.quoted($0) } ?? "an unnamed format",
        advice: Self.advice)
    }
  }
}
