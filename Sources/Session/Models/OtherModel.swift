import Explorer
import Models
import Pictures
import Recipes

extension Recipe {
  /// A sentence about how the model differs from the one that painted this picture; `nil` if it is the same, as far as
  /// is known. Reads its weights if only their hash can tell.
  ///
  /// - Parameter size: The size that it is painted at, if known.
  package func remark(on model: ModelSignature, size: PictureSize? = nil) -> String? {
    let name = model.blank.model
    if let remark = remark(onModelNamed: name) {
      let left = leftOut(by: model.blank, size: size)
      return left.isEmpty ? remark : remark + ", but for " + left.joined(separator: ", ")
    }
    let remark = remark(onPrecisionOf: model.blank)
    // Old versions of AUTOMATIC1111 wrote eight digits of a different hash.
    guard let modelHash, modelHash.count == 10 else { return remark }
    guard let own = model.hashOfWeights, own != modelHash.lowercased() else { return remark }
    // A single file and a folder with the same weights have different hashes.
    return
      "made by other files with the name \(name) (hash \(modelHash), not \(own)): the picture may differ"
  }

  /// Recorded settings that another model does not adopt.
  private func leftOut(by blank: Recipe, size: PictureSize?) -> [String] {
    var left: [String] = []
    if let size, width > 0, height > 0, PictureSize(self) != size {
      left.append("its size \(PictureSize(self))")
    }
    if let clipSkip, clipSkip != blank.clipSkip { left.append("clip skip \(clipSkip)") }
    if let prediction, prediction != blank.prediction {
      left.append("prediction \(prediction.rawValue)")
    }
    left += loras.filter { one in !blank.loras.contains { $0.file == one.file } }.map(\.file)
    left += embeddings.filter { one in !blank.embeddings.contains { $0.file == one.file } }
      .map(\.file)
    return left
  }
}
