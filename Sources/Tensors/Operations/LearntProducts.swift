import COneDNN

extension Graph {
  /// `conv(x, W) + b [+ residual]` with trained weights; a matrix product is a 1x1 convolution.
  ///
  /// Only the residual is fused: activations and factors need their input again in the backward pass.
  func learntProduct(
    _ x: Value, _ weight: Parameter, bias: Parameter?, stride: Int, padding: Padding,
    residual: Value?, type: NumberFormat?
  ) throws -> Value {
    guard let tape else { preconditionFailure("this graph is not for training") }
    let (out, kernel) = (weight.shape[0], weight.shape.count > 2 ? weight.shape[2] : 1)
    var spec = hl_spec(
      convolving: x, out: out, kernel: kernel, stride: stride, padding: padding,
      type: type ?? self.type)
    let shape = Shape(x.shape.n, Int(spec.dst_h), Int(spec.dst_w), out)
    precondition(residual == nil || residual?.shape.count == shape.count, "a residual of \(shape)")
    spec.bias = bias != nil
    spec.accumulate = residual != nil
    spec.learns = true

    let forward = try Operation(spec, name: weight.key)
    let byWeights = try Operation(hl_by_weights, of: forward, spec)
    let byData = tape.isLearnt(x) ? try Operation(hl_by_data, of: forward, spec) : nil
    let product = try tape.weights.product(
      weight, forward: forward, byData: byData, byWeights: byWeights)
    let offsets = try bias.map { try tape.weights.vector($0) }
    let flops = 2 * Double(shape.count) * Double(x.shape.c * kernel * kernel)
    let stream = try Engine.shared.get().stream
    let result = addParts(
      weight.key, inputs: [x], shape: shape, type: type, accumulates: residual, flops: flops,
      scratchBytes: forward.scratchBytes
    ) { output, memory in
      try forward.bind(
        source: memory(x), weights: product.forward.base, bias: offsets?.arena(.value),
        destination: memory(output), factor: nil, scratch: memory.scratch)
      return [{ try forward.run(stream) }]
    }

    tape.record(result) { graph, gradient in
      // The residual's gradient equals the result's, whatever happens to the weights.
      if let residual { tape.contribute(gradient, to: residual, in: graph) }
      let gradient = x.type == .bf16 ? graph.narrowed(gradient) : gradient
      graph.add(
        Node(
          name: "\(weight.key) by weights", inputs: [x, gradient], outputs: [], flops: flops,
          scratchBytes: byWeights.scratchBytes,
          bind: { memory in
            try byWeights.bindByWeights(
              source: memory(x), destination: memory(gradient),
              weights: UnsafeMutableRawPointer(product.tensor.gradient),
              bias: offsets.map { UnsafeMutableRawPointer($0.gradient) }, scratch: memory.scratch)
            return [{ try byWeights.run(stream) }]
          }))
      guard let byData, let packed = product.backward else { return }
      let slope = graph.addParts(
        "\(weight.key) by data", inputs: [gradient], shape: x.shape, type: x.type, flops: flops,
        scratchBytes: byData.scratchBytes
      ) { output, memory in
        try byData.bindByData(
          source: memory(output), weights: packed, destination: memory(gradient),
          scratch: memory.scratch)
        return [{ try byData.run(stream) }]
      }
      tape.contribute(slope, to: x, in: graph)
    }
    return result
  }
}
