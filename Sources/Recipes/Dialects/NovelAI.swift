/// NovelAI's settings: a JSON object under `Comment`.
enum NovelAI: MetadataDialect {
  static func read(
    _ texts: MetadataTexts, name: String
  ) throws(InfotextError) -> Infotext.Contents? {
    guard let found = texts.object("Comment"), found["sampler"] != nil, found["scale"] != nil else {
      return nil
    }
    var reader = SettingsReader(program: "NovelAI")
    let (caption, other) = (found["v4_prompt"]?["caption"], found["v4_negative_prompt"]?["caption"])
    let prompt = found.first("prompt") ?? caption?["base_caption"]
    reader.prompts(
      prompt?.text ?? texts["Description"] ?? "",
      negative: (found.first("uc", "negative_prompt") ?? other?["base_caption"])?.text ?? "",
      syntax: .braces)
    reader.recipe.model = texts["Source"] ?? ""
    reader.seed(found["seed"]?.text)
    reader.steps(found["steps"]?.text)
    reader.guidance(found["scale"]?.text, key: "scale")
    if let part = found["cfg_rescale"], !part.isNothing {
      reader.guidanceRescale(part.text, key: "cfg_rescale")
    }
    reader.size(width: found["width"]?.text, height: found["height"]?.text)
    reader.sampler(
      found["sampler"]?.text, schedule: found["noise_schedule"]?.text, scheduleKey: "noise_schedule"
    )
    if let type = found["request_type"]?.text, type != "PromptGenerateRequest" {
      reader.leaveOut("starting picture (strength \(found["strength"]?.text ?? "unknown"))")
    }
    if caption?["char_captions"]?.isNothing == false { reader.leaveOut("prompts of characters") }
    for (key, label) in [
      ("sm", "SMEA"), ("sm_dyn", "SMEA DYN"), ("dynamic_thresholding", "dynamic thresholding"),
      ("reference_image_multiple", "vibe transfer"), ("controlnet_model", "ControlNet"),
      ("skip_cfg_above_sigma", "guidance that begins late"),
    ] where found[key]?.isNothing == false {
      reader.leaveOut(label)
    }
    return reader.contents
  }
}
