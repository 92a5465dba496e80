import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The rotation of each token's channel pairs by rotary positions (Su et al. 2021), prepared for all layers of a
/// network.
///
/// Channel `j` of a head forms a pair with channel `j + dim / 2`, as in LLaMA.
@Compute
public final class RotaryTable {
  let cosines: Arena
  let sines: Arena
  let tokens: Int
  /// Half the channels of a head.
  let pairs: Int

  /// A table of these angles in radians, `(tokens, dim / 2)`.
  public init(angles: [Float], tokens: Int) throws {
    precondition(tokens > 0 && angles.count % tokens == 0, "an angle for each pair of each token")
    (self.tokens, pairs) = (tokens, angles.count / tokens)
    cosines = try Arena(angles.map { cos($0) })
    sines = try Arena(angles.map { sin($0) })
  }
}

/// Columns of a tensor that contain the heads of an attention side by side, with the operations applied to them before
/// it.
public struct Heads {
  let columns: Columns
  let scale: Parameter?
  let epsilon: Float
  let turns: RotaryTable?

  /// Unchanged heads.
  ///
  /// - Parameters:
  ///   - columns: Columns of `(N, H, W, ...)`.
  ///   - scale: `(dim)`; if given, each head is divided by its root mean square and multiplied by it.
  ///   - epsilon: Added to the mean square.
  ///   - turns: The rotation of each token's heads after that.
  public init(
    _ columns: Columns, scale: Parameter? = nil, epsilon: Float = 1e-6, turns: RotaryTable? = nil
  ) {
    (self.columns, self.scale, self.epsilon, self.turns) = (columns, scale, epsilon, turns)
  }
}

extension Graph {
  /// The heads of several tensors as one sequence of tokens, normalised and rotated in the same pass.
  ///
  /// - Parameters:
  ///   - sequence: For each part of the sequence, the values that its tokens have side by side, such as keys and
  ///     values; all parts have the same number of them.
  ///   - count: The number of heads in each of these.
  ///   - dim: Channels of a head: even, and at most ``largestHead``.
  /// - Returns: `(N, T, 1, parts * count * dim)` with the tokens of all parts in sequence; for a single part, the
  ///   height and width are kept.
  public func placed(_ sequence: [[Heads]], count: Int, dim: Int) throws -> Value {
    precondition(dim % 2 == 0 && dim <= Graph.largestHead, "heads of \(dim) channels")
    precondition(tape == nil, "rotated heads cannot be trained")
    guard let first = sequence.first?.first?.columns.value, let width = sequence.first?.count,
      sequence.allSatisfy({ $0.count == width })
    else { preconditionFailure("a sequence of parts with as much side by side") }
    let tokens = sequence.reduce(0) { $0 + ($1.first?.columns.value.shape.pixels ?? 0) }
    let channels = width * count * dim
    let shape =
      sequence.count == 1
      ? first.shape.with(channels: channels) : Shape(first.shape.n, tokens, 1, channels)
    var placings: [(heads: Heads, spec: hl_heads, column: Int)] = []
    var token = 0
    for part in sequence {
      let pixels = part.first?.columns.value.shape.pixels ?? 0
      for (index, heads) in part.enumerated() {
        let value = heads.columns.value
        precondition(
          value.shape.n == first.shape.n && value.shape.pixels == pixels && value.type == first.type
            && heads.columns.offset + count * dim <= value.shape.c, "heads of one batch and type")
        if let turns = heads.turns {
          precondition(turns.tokens == pixels && turns.pairs == dim / 2, "angles of other tokens")
        }
        var spec = hl_heads()
        (spec.n, spec.tokens) = (Int64(value.shape.n), Int64(pixels))
        (spec.heads, spec.dim, spec.epsilon) = (Int64(count), Int64(dim), heads.epsilon)
        (spec.x_stride, spec.out_stride) = (Int64(value.shape.c), Int64(channels))
        (spec.out_tokens, spec.first_token) = (Int64(shape.pixels), Int64(token))
        if let scale = heads.scale {
          precondition(scale.shape == [dim], "\(scale.key) must have \(dim) channels")
          spec.gamma = UnsafePointer(try vector(scale))
        }
        placings.append((heads, spec, index * count * dim))
      }
      token += pixels
    }
    let all = placings
    return add(
      "heads \(shape.pixels)x\(channels)", inputs: all.map(\.heads.columns.value), shape: shape,
      type: first.type
    ) { output, memory in
      let ready = all.map { heads, spec, column in
        var spec = spec
        spec.x = UnsafeRawPointer(memory(heads.columns))
        spec.out = memory(Columns(output, from: column))
        spec.cosines = heads.turns.map { UnsafePointer($0.cosines.floats) }
        spec.sines = heads.turns.map { UnsafePointer($0.sines.floats) }
        return spec
      }
      let (tables, type) = (all.compactMap(\.heads.turns), output.type)
      return {
        withExtendedLifetime(tables) {
          for spec in ready {
            var spec = spec
            type == .f32 ? hl_place_heads_f32(&spec) : hl_place_heads_bf16(&spec)
          }
        }
      }
    }
  }
}
