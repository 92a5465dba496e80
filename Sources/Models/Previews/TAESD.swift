import Checkpoints
import Files
import Foundation
import Tensors

/// madebyollin's TAESD decoders, included in the program: small networks distilled from Stable Diffusion's autoencoders
/// that produce nearly the same pictures with a tenth of the computation.
package enum TAESD {
  /// The decoder for the latents of a family, or `nil` when the resource bundle lacks it.
  ///
  /// - Throws: `CheckpointError` when its file is invalid.
  package static func decoder(_ family: ModelFamily, type: NumberFormat) throws -> Autoencoder? {
    let name = family == .stableDiffusionXL ? "taesdxl_decoder" : "taesd_decoder"
    guard let file = ResourceFolder.url("TAESD/\(name).safetensors", of: "Models")
    else { return nil }
    let weights = try WeightStore(files: [file]).renamed(libraryName)
    return Autoencoder(
      try AutoencoderConfiguration(
        json: Data(#"{"_class_name": "AutoencoderTiny"}"#.utf8), name: file.path),
      source: CheckpointParameters(store: weights), type: type)
  }

  /// diffusers' name of a layer: the file's numbering also counts the layer that compresses the input, which has no
  /// weights.
  private static func libraryName(_ name: String) -> String {
    guard let dot = name.firstIndex(of: "."), let number = Int(name[..<dot]) else { return name }
    return "decoder.layers.\(number - 1)\(name[dot...])"
  }
}
