import Files
import Pictures

/// Draw Things's settings: a JSON object in the Exif comment within Adobe's XMP.
enum DrawThings: MetadataDialect {
  static func read(
    _ texts: MetadataTexts, name: String
  ) throws(InfotextError) -> Infotext.Contents? {
    let own = texts[PictureTexts.xmpKeyword].flatMap(comment).flatMap { JSONValue($0) }
    let found = ([own].compactMap(\.self) + texts.objects).first {
      $0["c"] != nil && $0["uc"] != nil
    }
    guard let found else { return nil }
    var reader = SettingsReader(program: "Draw Things")
    reader.prompts(
      found["c"]?.text ?? "", negative: found["uc"]?.text ?? "", syntax: .comfyUI)
    reader.recipe.model = SettingsReader.stem(found["model"]?.text ?? "")
    reader.seed(found["seed"]?.text)
    reader.steps(found["steps"]?.text)
    reader.guidance(found["scale"]?.text, key: "scale")
    reader.size(found["size"]?.text)
    reader.sampler(found["sampler"]?.text)
    for lora in found["lora"]?.items ?? [] {
      guard let name = lora["model"]?.text else { continue }
      reader.lora(name, weight: lora["weight"]?.text)
    }
    if let strength = found["strength"]?.text, Double(strength) != 1 {
      reader.leaveOut("starting picture (strength \(strength))")
    }
    // Only one of its noise modes matches PyTorch.
    if let mode = found["seed_mode"]?.text, !mode.lowercased().contains("cpu") {
      reader.leaveOut("its own noise (seed mode \(mode))")
    }
    for (key, label) in [
      ("control", "ControlNet"), ("upscaler", "upscaler"), ("refiner", "refiner"),
      ("hires_fix", "hires pass"),
    ] where found[key]?.isNothing == false {
      reader.leaveOut(label)
    }
    return reader.contents
  }

  /// The Exif comment of an XMP document.
  private static func comment(_ xmp: String) -> String? {
    let bytes = Array(xmp.utf8)
    guard let tag = place(of: "<exif:UserComment", in: bytes, from: 0),
      let start = bytes[tag...].firstIndex(of: UInt8(ascii: "{")),
      let end = place(of: "</", in: bytes, from: start)
    else { return nil }
    return unescaped(String(decoding: bytes[start..<end], as: UTF8.self))
  }

  private static func place(of text: String, in bytes: [UInt8], from start: Int) -> Int? {
    let wanted = Array(text.utf8)
    return bytes[start...].indices.first {
      bytes[$0] == wanted[0] && bytes[$0...].starts(with: wanted)
    }
  }

  /// Decodes XML's five named entities and its numeric line breaks.
  private static func unescaped(_ text: String) -> String {
    let signs = [
      ("&quot;", "\""), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&#xA;", "\n"),
      ("&#10;", "\n"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ]
    return signs.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
