import CKernels

extension Graph {
  /// The largest size of an attention head.
  public nonisolated static var largestHead: Int { 512 }

  /// `softmax(scale * Q K^T + mask + bias) V` for every head (Vaswani et al. 2017), without storing all scores at once.
  ///
  /// - Parameters:
  ///   - q: Columns of `(N, Tq, 1, ...)`; head `h` begins at column `h * dim` of them.
  ///   - k: Columns of `(N, Tk, 1, ...)`.
  ///   - v: Columns of `(N, Tk, 1, ...)`.
  ///   - mask: float32 `(N, 1, 1, Tk)`, added to the scores.
  ///   - bias: float32 `(heads, Tk, 1, Tq)`, added to the scores of every text or picture; its rows are the keys.
  ///   - heads: The number of heads.
  ///   - dim: Channels of a head: even, and at most ``largestHead``.
  ///   - scale: The factor of the products; `1 / sqrt(dim)` by default.
  ///   - causal: Whether a query attends only to keys up to its own position.
  /// - Returns: `(N, Tq, 1, heads * dim)`, with the height and width of `q`.
  public func attention(
    q: Columns, k: Columns, v: Columns, mask: Value? = nil, bias: Value? = nil, heads: Int,
    dim: Int, scale: Float? = nil, causal: Bool = false
  ) -> Value {
    precondition(dim % 2 == 0 && dim <= Graph.largestHead, "heads of \(dim) channels")
    let (queries, keys) = (q.value.shape, k.value.shape)
    precondition(
      bias == nil || bias?.shape == Shape(heads, keys.pixels, 1, queries.pixels),
      "a bias for \(heads) heads, \(keys.pixels) keys and \(queries.pixels) queries")
    precondition(bias == nil || bias?.type == .f32, "a bias in float32")
    var attention = hl_attention()
    (attention.n, attention.heads) = (Int64(queries.n), Int64(heads))
    (attention.t_q, attention.t_k) = (Int64(queries.pixels), Int64(keys.pixels))
    attention.dim = Int64(dim)
    attention.q_stride = Int64(queries.c)
    attention.k_stride = Int64(keys.c)
    attention.v_stride = Int64(v.value.shape.c)
    attention.out_stride = Int64(heads * dim)
    attention.scale = scale ?? 1 / Float(dim).squareRoot()
    attention.causal = causal
    let products = 4 * Double(queries.rows) * Double(keys.pixels) * Double(heads * dim)
    let parts = divided(attention, flops: products)
    let result = addParts(
      "attention \(queries.pixels)x\(keys.pixels)",
      inputs: [q.value, k.value, v.value] + [mask, bias].compactMap { $0 },
      shape: queries.with(channels: heads * dim), type: q.value.type, flops: products,
      scratchBytes: parts.map(Graph.scratchBytes).max() ?? 0
    ) { output, memory in
      parts.map { part in
        var attention = part
        attention.q = UnsafeRawPointer(memory(q))
        attention.k = UnsafeRawPointer(memory(k))
        attention.v = UnsafeRawPointer(memory(v))
        attention.out = memory(output)
        attention.mask = mask.map { UnsafePointer(memory.floats($0)) }
        attention.bias = bias.map { UnsafePointer(memory.floats($0)) }
        attention.scratch = memory.scratch
        let (ready, type) = (attention, q.value.type)
        return {
          var attention = ready
          type == .f32 ? hl_attention_f32(&attention) : hl_attention_bf16(&attention)
        }
      }
    }
    precondition(
      tape == nil || !causal && bias == nil, "causal or biased attention cannot be trained")
    tape?.record(result, from: [q.value, k.value, v.value]) { graph, gradient in
      graph.attentionBackward(q: q, k: k, v: v, mask: mask, gradient, attention)
    }
    return result
  }

  /// Adds the gradients of the attention's inputs; they must include all columns of their tensors.
  private func attentionBackward(
    q: Columns, k: Columns, v: Columns, mask: Value?, _ gradient: Value, _ attention: hl_attention
  ) {
    let wholes = Dictionary([q, k, v].map { ($0.value.id, $0.value) }) { first, _ in first }
    let gradients = wholes.mapValues { newValue($0.shape, $0.type) }
    func gradientColumns(_ part: Columns) -> Columns {
      guard let whole = gradients[part.value.id] else { preconditionFailure("no gradient") }
      return Columns(whole, from: part.offset)
    }
    let (byQ, byK, byV) = (gradientColumns(q), gradientColumns(k), gradientColumns(v))
    let width = Int(attention.heads * attention.dim)
    for whole in wholes.values {
      let columns = [q, k, v].filter { $0.value.id == whole.id }.count * width
      precondition(columns == whole.shape.c, "attention to a part of a tensor cannot be trained")
    }
    var backward = hl_attention_backward()
    (backward.n, backward.heads, backward.dim) = (attention.n, attention.heads, attention.dim)
    (backward.t_q, backward.t_k, backward.scale) = (attention.t_q, attention.t_k, attention.scale)
    (backward.q_stride, backward.k_stride) = (attention.q_stride, attention.k_stride)
    (backward.v_stride, backward.out_stride) = (attention.v_stride, attention.out_stride)
    let shape = backward
    add(
      Node(
        name: "attention \(attention.t_q)x\(attention.t_k) backward",
        inputs: wholes.values.sorted { $0.id < $1.id } + [gradient] + (mask.map { [$0] } ?? []),
        outputs: gradients.values.sorted { $0.id < $1.id }.map { Output(value: $0) },
        flops: 10 * Double(attention.n * attention.t_q * attention.t_k) * Double(width),
        scratchBytes: hl_attention_backward_scratch(&backward),
        bind: { memory in
          var backward = shape
          backward.q = UnsafeRawPointer(memory(q))
          backward.k = UnsafeRawPointer(memory(k))
          backward.v = UnsafeRawPointer(memory(v))
          backward.grad_out = UnsafeRawPointer(memory(gradient))
          backward.mask = mask.map { UnsafePointer(memory.floats($0)) }
          (backward.grad_q, backward.grad_k, backward.grad_v) = (
            memory(byQ), memory(byK), memory(byV)
          )
          backward.scratch = memory.scratch.assumingMemoryBound(to: Float.self)
          let (ready, type) = (backward, q.value.type)
          return [
            {
              var backward = ready
              type == .f32
                ? hl_attention_backward_f32(&backward) : hl_attention_backward_bf16(&backward)
            }
          ]
        }))
    for (id, whole) in wholes {
      if let part = gradients[id] { tape?.contribute(part, to: whole, in: self) }
    }
  }

  private nonisolated static func scratchBytes(_ attention: hl_attention) -> Int {
    var attention = attention
    return hl_attention_scratch(&attention)
  }

  /// Several heads at a time, or some queries of one head if that alone is too much.
  private func divided(_ attention: hl_attention, flops: Double) -> [hl_attention] {
    let heads = attention.n * attention.heads
    // Scores are computed at half the speed of large products.
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
