import Tensors

/// A block with two streams (Esser et al. 2024, section 4): text and picture have separate layers, but every token
/// attends to the tokens of both streams.
struct JointBlock: Sendable {
  let text: StreamLayers
  let picture: StreamLayers
  let heads: HeadShape
}

extension TransformerGraph {
  /// Both streams after a joint block.
  ///
  /// - Parameters:
  ///   - text: `(N, T, 1, C)`.
  ///   - picture: `(N, H, W, D)`.
  ///   - turns: The rotary positions for the heads of each stream.
  ///   - needsText: Whether the text is used after the block.
  ///   - maps: The sum to which it adds each picture position's attention to each token, `(N, H, W, T + H W)`.
  func jointBlock(
    _ block: JointBlock, text: Value, picture: Value,
    turns: (text: RotaryTable, picture: RotaryTable), needsText: Bool, maps: AttentionMapSums?
  ) throws -> (text: Value?, picture: Value) {
    let heads = block.heads
    let ofText = try attention(of: text, block.text, heads: heads, turns: turns.text)
    let ofPicture = try attention(of: picture, block.picture, heads: heads, turns: turns.picture)
    let keys = try keysAndValues([ofText, ofPicture])
    let queries = try queries(of: ofPicture)
    maps?.add(
      graph.attentionMap(
        q: Columns(queries), k: Columns(keys), heads: heads.count, dim: heads.size), to: graph)
    let nextPicture = try finished(
      picture, attended: attend(queries, to: keys, heads: heads), block.picture)
    guard needsText else { return (nil, nextPicture) }
    let textQueries = try self.queries(of: ofText)
    return (
      try finished(text, attended: attend(textQueries, to: keys, heads: heads), block.text),
      nextPicture
    )
  }
}
