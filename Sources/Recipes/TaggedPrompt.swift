/// A prompt and the LoRAs in its tags in AUTOMATIC1111's syntax, such as `<lora:ink:0.7>`.
public struct TaggedPrompt: Sendable, Hashable {
  /// A LoRA in a tag.
  public struct LoRA: Sendable, Hashable {
    /// Its file's name without the extension.
    public let name: String
    /// Its weight.
    public let weight: Float
  }

  /// The prompt without its tags, which must not reach a text encoder.
  public let plain: String
  /// The LoRAs, in order.
  public let loras: [LoRA]

  /// Parses a prompt.
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
