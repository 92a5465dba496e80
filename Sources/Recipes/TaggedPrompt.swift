/// A prompt and the LoRAs that it names in AUTOMATIC1111's tags, such as `<lora:ink:0.7>`.
public struct TaggedPrompt: Sendable, Hashable {
  /// A LoRA that a tag names.
  public struct LoRA: Sendable, Hashable {
    /// Its file's name without the ending.
    public let name: String
    /// How strongly it is to change the model.
    public let weight: Float
  }

  /// The prompt without its tags, which no text encoder is to read.
  public let plain: String
  /// The LoRAs, in their order.
  public let loras: [LoRA]

  /// Reads a prompt.
  public init(_ prompt: String) {
    guard prompt.contains("<") else {
      (plain, loras) = (prompt, [])
      return
    }
    let tags = PromptTags(prompt, .tags)
    plain = tags.plain
    loras = tags.loras.map { lora in
      let weight = lora.weight.flatMap(SettingsReader.number) ?? 1
      return LoRA(name: SettingsReader.stem(lora.name), weight: weight)
    }
  }
}
