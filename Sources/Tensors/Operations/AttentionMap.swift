import CKernels

extension Graph {
  /// `softmax(Q K^T / sqrt(D) + mask)` averaged over the heads: how much each query attends to each key.
  ///
  /// It is computed in addition to ``attention(q:k:v:mask:heads:dim:causal:)``, which never stores these numbers, and
  /// costs about half as much: what attention needs to compute the scores.
  ///
  /// - Parameters:
  ///   - q: Columns of `(N, Tq, 1, ...)`; head `h` begins at column `h * dim` of them.
  ///   - k: Columns of `(N, Tk, 1, ...)`.
  ///   - mask: float32 `(N, 1, 1, Tk)`, added to the scores.
  ///   - heads: The number of heads.
  ///   - dim: Channels of a head: even, and at most ``largestHead``.
  /// - Returns: float32 `(N, Tq, 1, Tk)`, with the height and width of `q`; the values of a query add up to 1.
  public func attentionMap(q: Columns, k: Columns, mask: Value? = nil, heads: Int, dim: Int)
    -> Value
  {
    precondition(dim % 2 == 0 && dim <= Graph.largestHead, "heads of \(dim) channels")
    precondition(tape == nil, "attention maps cannot be trained")
    let (queries, keys) = (q.value.shape, k.value.shape)
    var map = hl_attention_map()
    (map.n, map.heads, map.dim) = (Int64(queries.n), Int64(heads), Int64(dim))
    (map.t_q, map.t_k) = (Int64(queries.pixels), Int64(keys.pixels))
    (map.q_stride, map.k_stride) = (Int64(queries.c), Int64(keys.c))
    map.scale = 1 / Float(dim).squareRoot()
    let flops = 2 * Double(queries.rows) * Double(keys.pixels) * Double(heads * dim)
    // Scores are computed at half the speed of large products.
    let parts = Int64(min(Double(map.t_q), max(1, (flops / (largestPart / 2)).rounded(.up))))
    let queriesAtOnce = (map.t_q + parts - 1) / parts
    let whole = map
    return addParts(
      "attention map \(queries.pixels)x\(keys.pixels)",
      inputs: [q.value, k.value] + (mask.map { [$0] } ?? []),
      shape: queries.with(channels: keys.pixels), type: .f32, flops: flops,
      scratchBytes: hl_attention_map_scratch(&map)
    ) { output, memory in
      stride(from: 0, to: whole.t_q, by: Int(queriesAtOnce)).map { first in
        var map = whole
        map.q = UnsafeRawPointer(memory(q))
        map.k = UnsafeRawPointer(memory(k))
        map.out = memory.floats(output)
        map.mask = mask.map { UnsafePointer(memory.floats($0)) }
        map.scratch = memory.scratch
        (map.first_query, map.query_count) = (first, min(queriesAtOnce, whole.t_q - first))
        let (ready, type) = (map, q.value.type)
        return {
          var map = ready
          type == .f32 ? hl_attention_map_f32(&map) : hl_attention_map_bf16(&map)
        }
      }
    }
  }
}
