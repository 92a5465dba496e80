import Checkpoints
import Remote

/// A CLIP text encoder on a server, with the inputs and outputs of its ONNX files: `input_ids` `(N, T)` in,
/// `last_hidden_state` `(N, T, C)`, `hidden_states.K` and `pooler_output` or `text_embeds` `(N, P)` out.
struct RemoteTextEncoder: CLIPTextNetwork {
  let configuration: CLIPTextConfiguration
  private let part: RemotePart

  /// An encoder that replaces a local one with this configuration.
  ///
  /// - Parameter skipped: How many of the last layers to skip; `nil` for the states after the final normalisation.
  /// - Throws: `RemoteError` when its inputs or outputs differ.
  init(
    _ part: RemotePart, insteadOf configuration: CLIPTextConfiguration, skipped: Int?
  ) throws {
    (self.part, self.configuration) = (part, configuration)
    let known: Set = ["input_ids", "attention_mask"]
    if let other = part.metadata.inputs.first(where: { !known.contains($0.name) }) {
      throw part.mismatched("the input input_ids", other.summaryWithName)
    }
    // Other types cannot hold the identifiers of all tokens.
    let ids = part.metadata.input("input_ids")
    guard let ids, ["INT32", "INT64"].contains(ids.datatype) else {
      throw part.mismatched(
        "the input input_ids as INT32 or INT64", ids.map(\.summary) ?? "none")
    }
    let pooled = configuration.projectionSize == nil ? [] : [Self.projected]
    for name in [statesName(skipped: skipped)] + pooled
    where part.metadata.output(name) == nil {
      throw part.mismatched("the output \(name)", "none")
    }
  }

  private static let projected = "text_embeds"

  private func statesName(skipped: Int?) -> String {
    skipped.map { "hidden_states.\(configuration.layers - $0)" } ?? "last_hidden_state"
  }

  func encode(
    _ texts: [[Int32]], skipped: Int, normalised: Bool
  ) async throws -> CLIPTextEncoder.Output {
    let (count, length) = (texts.count, texts.first?.count ?? 0)
    guard !normalised || skipped == 0 else {
      throw part.mismatched(
        "states of an earlier layer after its normalisation", "none; leave out --clip-skip")
    }
    let inputs = try part.metadata.inputs.map { tensor in
      try part.input(
        tensor.name,
        tensor.name == "input_ids"
          ? texts.flatMap { $0.map { Float($0) } } : Array(repeating: 1, count: count * length),
        shape: [count, length])
    }
    let size = configuration.projectionSize
    var outputs = [
      try part.output(
        statesName(skipped: normalised ? nil : skipped),
        shape: [count, length, configuration.hiddenSize])
    ]
    let pooled = size == nil ? "pooler_output" : Self.projected
    if part.metadata.output(pooled) != nil {
      outputs.append(
        try part.output(pooled, shape: [count, size ?? configuration.hiddenSize]))
    }
    let values = try await part.infer(inputs, outputs)
    return CLIPTextEncoder.Output(
      states: values[0], pooled: values.count > 1 ? values[1] : [])
  }

  func rest() async {}
}
