import Explorer
import Models
import Pictures
import Recipes

extension Recipe {
  /// How the model differs from the one that painted this, in a sentence; `nil` where it is the same as far as is known.
  /// Reads its weights where only they can tell.
  ///
  /// - Parameter size: The size that it is painted in, where that is known.
  package func remark(on model: ModelSignature, size: PictureSize? = nil) -> String? {
    let name = model.blank.model
    if let remark = remark(onModelNamed: name) {
      let left = leftOut(by: model.blank, size: size)
      return left.isEmpty ? remark : remark + ", but for " + left.joined(separator: ", ")
    }
    let remark = remark(onPrecisionOf: model.blank)
    // AUTOMATIC1111 wrote eight digits of something else once.
    guard let modelHash, modelHash.count == 10 else { return remark }
    let own = model.hashOfWeights
    guard own != modelHash.lowercased() else { return remark }
    // One file and a folder of the same weights have two hashes.
    return
      "made by different files also named \(name) (\(modelHash), these are \(own)): the picture may differ"
  }

  /// Recorded settings that another model does not take over.
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
