import CKernels

extension Graph {
  /// The largest size of an attention head.
  public nonisolated static var largestHead: Int { 512 }

  /// `softmax(Q K^T / sqrt(D) + mask) V` for every head (Vaswani et al. 2017), without ever holding all scores.
  ///
  /// - Parameters:
  ///   - q: Columns of `(N, Tq, 1, ...)`; head `h` begins at column `h * dim` of them.
  ///   - k: Columns of `(N, Tk, 1, ...)`.
  ///   - v: Columns of `(N, Tk, 1, ...)`.
  ///   - mask: float32 `(N, 1, 1, Tk)`, added to the scores.
  ///   - heads: The number of heads.
  ///   - dim: Channels of a head: even, and at most ``largestHead``.
  /// - Returns: `(N, Tq, 1, heads * dim)`, with the height and width of `q`.
  public func attention(
    q: Columns, k: Columns, v: Columns, mask: Value? = nil, heads: Int, dim: Int
  ) -> Value {
    precondition(dim % 2 == 0 && dim <= Graph.largestHead, "heads of \(dim) channels")
    let (queries, keys) = (q.value.shape, k.value.shape)
    var attention = hl_attention()
    (attention.n, attention.heads) = (Int64(queries.n), Int64(heads))
    (attention.t_q, attention.t_k) = (Int64(queries.pixels), Int64(keys.pixels))
    attention.dim = Int64(dim)
    attention.q_stride = Int64(queries.c)
    attention.k_stride = Int64(keys.c)
    attention.v_stride = Int64(v.value.shape.c)
    attention.out_stride = Int64(heads * dim)
    attention.scale = 1 / Float(dim).squareRoot()
    let products = 4 * Double(queries.rows) * Double(keys.pixels) * Double(heads * dim)
    let parts = divided(attention, flops: products)
    return addParts(
      "attention \(queries.pixels)x\(keys.pixels)",
      inputs: [q.value, k.value, v.value] + (mask.map { [$0] } ?? []),
      shape: queries.with(channels: heads * dim), type: q.value.type, flops: products,
      scratchBytes: parts.map(Graph.scratchBytes).max() ?? 0
    ) { output, memory in
      parts.map { part in
        var attention = part
        attention.q = UnsafeRawPointer(memory(q))
        attention.k = UnsafeRawPointer(memory(k))
        attention.v = UnsafeRawPointer(memory(v))
        attention.out = memory(output)
        attention.mask = mask.map { UnsafePointer(memory($0).assumingMemoryBound(to: Float.self)) }
        attention.scratch = memory.scratch
        let (ready, type) = (attention, q.value.type)
        return {
          var attention = ready
          type == .f32 ? hl_attention_f32(&attention) : hl_attention_bf16(&attention)
        }
      }
    }
  }

  private nonisolated static func scratchBytes(_ attention: hl_attention) -> Int {
    var attention = attention
    return hl_attention_scratch(&attention)
  }

  /// Some heads at a time, or some queries of one head where that alone is too much.
  private func divided(_ attention: hl_attention, flops: Double) -> [hl_attention] {
    let heads = attention.n * attention.heads
    // Scores are made and weighed at half the speed of large products.
    let limit = largestPart / 2
    let perHead = flops / Double(heads)
    let headsAtOnce = Int64(min(Double(heads), max(1, limit / perHead)))
    let slices = Int64(min(Double(attention.t_q), max(1, (perHead / limit).rounded(.up))))
    let queriesAtOnce = (attention.t_q + slices - 1) / slices
    return stride(from: 0, to: heads, by: Int(headsAtOnce)).flatMap { head in
      stride(from: 0, to: attention.t_q, by: Int(queriesAtOnce)).map { query in
        var part = attention
        (part.first_head, part.head_count) = (head, min(headsAtOnce, heads - head))
        (part.first_query, part.query_count) = (query, min(queriesAtOnce, attention.t_q - query))
        return part
      }
    }
  }
}
