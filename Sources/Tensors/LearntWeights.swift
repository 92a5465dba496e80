import CKernels
import COneDNN
import Foundation

/// A tensor by its name in a checkpoint.
public struct NamedTensor: Sendable {
  /// Its name in the checkpoint.
  public let name: String
  /// In PyTorch's layout.
  public let shape: [Int]
  /// The values, as many as the shape has elements.
  public var values: [Float]

  /// A tensor with these values.
  public init(name: String, shape: [Int], values: [Float]) {
    (self.name, self.shape, self.values) = (name, shape, values)
  }
}

/// The values stored for every weight during training.
public enum LearntPart: String, Sendable, CaseIterable {
  /// The weight itself.
  case value
  /// Its moving average, which gives better pictures.
  case average
  /// AdamW's moving average of the gradient.
  case firstMoment
  /// AdamW's moving average of the gradient's square.
  case secondMoment
  /// The gradient of the last batch.
  case gradient
}

/// The AdamW update (Loshchilov & Hutter 2019), with the gradient's norm limited and a moving average of the weights.
public struct AdamW: Sendable {
  /// The learning rate.
  public var rate: Float
  /// The decay of the gradient's average.
  public var beta1: Float = 0.9
  /// The decay of the squared gradient's average.
  public var beta2: Float = 0.99
  /// Prevents a division by zero.
  public var epsilon: Float = 1e-8
  /// The weight decay of matrices, relative to the rate; biases and scales have none.
  public var decay: Float = 0.01
  /// The maximum norm of the gradient of all weights together.
  public var largestNorm: Float = 1
  /// The decay of the weights' moving average.
  public var averageDecay: Float = 0.999

  /// The default update at this learning rate.
  public init(rate: Float) { self.rate = rate }
}

/// The weights of a network in training, in float32, each in the layout in which oneDNN computes its gradient, with all
/// of AdamW's state.
@Compute
public final class LearntWeights {
  /// The memory of a weight: as many floats as its layout needs.
  final class Tensor {
    let parameter: Parameter
    /// Its layout, if it is not the plain one.
    let layout: Operation?
    let count: Int
    private let parts: [LearntPart: Arena]

    @Compute
    init(_ parameter: Parameter, layout: Operation?) throws {
      self.parameter = parameter
      self.layout = layout
      count = layout.map { $0.gradientBytes / 4 } ?? parameter.shape.reduce(1, *)
      var parts: [LearntPart: Arena] = [:]
      for part in LearntPart.allCases { parts[part] = try Arena(zeros: count) }
      self.parts = parts
    }

    func arena(_ part: LearntPart) -> Arena {
      guard let arena = parts[part] else { preconditionFailure("no \(part)") }
      return arena
    }

    var value: UnsafeMutablePointer<Float> { arena(.value).floats }
    var gradient: UnsafeMutablePointer<Float> { arena(.gradient).floats }

    /// Fills a part from values in PyTorch's layout.
    @Compute
    func set(_ part: LearntPart, _ values: [Float]) throws {
      precondition(
        values.count == parameter.shape.reduce(1, *), "\(parameter.key) has a wrong size")
      if let layout {
        try layout.learn(values, into: arena(part).base)
      } else {
        values.withUnsafeBufferPointer {
          if let from = $0.baseAddress { arena(part).floats.update(from: from, count: $0.count) }
        }
      }
    }

    /// A part in PyTorch's layout.
    @Compute
    func plain(_ part: LearntPart) throws -> [Float] {
      let size = parameter.shape.reduce(1, *)
      if let layout { return try layout.learnt(arena(part).base, count: size) }
      return Array(UnsafeBufferPointer(start: arena(part).floats, count: size))
    }
  }

  /// A weight with the copies that its operation reads.
  final class Product {
    let tensor: Tensor
    let forward: Arena
    let backward: Arena?

    init(tensor: Tensor, forward: Arena, backward: Arena?) {
      (self.tensor, self.forward, self.backward) = (tensor, forward, backward)
    }
  }

  private var tensors: [String: Tensor] = [:]
  /// The order in which the graph used them.
  private var order: [Tensor] = []
  /// The copies that operations read; operations keep only pointers into them.
  private var products: [Product] = []
  private var copies: [Reorder] = []
  private var learnt: [hl_learnt] = []
  private var squares: [Double] = []

  /// The number of steps so far.
  public var steps = 0

  /// Starts without weights: a graph under construction adds those that it uses.
  public nonisolated init() {}

  /// A bias or a normalisation's scale.
  func vector(_ parameter: Parameter) throws -> Tensor {
    if let known = tensors[parameter.key] { return known }
    return try add(parameter, layout: nil)
  }

  /// A convolution's weights, with a copy for each direction that reads them.
  func product(
    _ parameter: Parameter, forward: Operation, byData: Operation?, byWeights: Operation
  ) throws -> Product {
    precondition(tensors[parameter.key] == nil, "\(parameter.key) is used twice")
    let tensor = try add(parameter, layout: byWeights)
    let product = Product(
      tensor: tensor, forward: try Arena(bytes: forward.weightsBytes),
      backward: try byData.map { try Arena(bytes: $0.weightsBytes) })
    products.append(product)
    copies.append(try Reorder(from: byWeights, tensor.value, to: forward, product.forward.base))
    if let byData, let backward = product.backward {
      copies.append(try Reorder(from: byWeights, tensor.value, to: byData, backward.base))
    }
    return product
  }

  private func add(_ parameter: Parameter, layout: Operation?) throws -> Tensor {
    let tensor = try Tensor(parameter, layout: layout)
    let values = try parameter.load()
    try tensor.set(.value, values)
    try tensor.set(.average, values)
    tensors[parameter.key] = tensor
    order.append(tensor)
    learnt.append(
      hl_learnt(
        value: tensor.value, gradient: tensor.gradient, first: tensor.arena(.firstMoment).floats,
        second: tensor.arena(.secondMoment).floats, average: tensor.arena(.average).floats,
        count: Int64(tensor.count), decays: parameter.shape.count > 1))
    return tensor
  }

  /// Fills a part of every weight from a checkpoint.
  ///
  /// - Throws: The errors of `source` if a tensor is missing or has another shape.
  public func load(_ part: LearntPart, from source: any ParameterSource) throws {
    for tensor in order { try tensor.set(part, try tensor.parameter.load(from: source)) }
  }

  /// A part of every weight as the tensors of a checkpoint, sorted by name.
  public func tensors(_ part: LearntPart) throws -> [NamedTensor] {
    var named: [String: NamedTensor] = [:]
    for tensor in order {
      guard let regions = tensor.parameter.regions else { continue }
      let values = try tensor.plain(part)
      var position = 0
      for region in regions {
        var whole =
          named[region.name]
          ?? NamedTensor(
            name: region.name, shape: region.shape,
            values: Array(repeating: 0, count: region.shape.reduce(1, *)))
        // Moved out of the dictionary while it changes, so that it is not copied for every region.
        named[region.name] = nil
        let width = region.columns.count
        for row in region.rows {
          let start = row * region.stride + region.columns.lowerBound
          whole.values.replaceSubrange(
            start..<(start + width), with: values[position..<(position + width)])
          position += width
        }
        named[region.name] = whole
      }
    }
    return named.values.sorted { $0.name < $1.name }
  }

  /// Updates the copies that operations read; call this before the first evaluation, and after loading weights.
  public func refresh() throws {
    let stream = try Engine.shared.get().stream
    for copy in copies { try copy.run(stream) }
    try check(dnnl_stream_wait(stream), "copying weights")
  }

  /// Takes one step along the gradients.
  ///
  /// - Returns: The norm of the gradients. If it is not finite, the step is skipped.
  public func step(_ rule: AdamW) throws -> Float {
    let norm = gradientNorm()
    guard norm.isFinite else { return norm }
    steps += 1
    var adamw = hl_adamw()
    (adamw.rate, adamw.beta1, adamw.beta2) = (rule.rate, rule.beta1, rule.beta2)
    (adamw.epsilon, adamw.decay) = (rule.epsilon, rule.decay)
    adamw.correction1 = Float(1 - pow(Double(rule.beta1), Double(steps)))
    adamw.correction2 = Float(1 - pow(Double(rule.beta2), Double(steps)))
    adamw.gradient_scale = norm > rule.largestNorm ? rule.largestNorm / norm : 1
    // The weights of the first steps are of little value, so at first the average covers only a few steps.
    let decay = min(rule.averageDecay, Float(1 + steps) / Float(10 + steps))
    adamw.average_share = 1 - decay
    hl_adamw_step(learnt, Int64(learnt.count), &adamw)
    try refresh()
    return norm
  }

  /// The Euclidean norm of all gradients together.
  public func gradientNorm() -> Float {
    let needed = hl_gradient_square_sum_scratch(learnt, Int64(learnt.count))
    if squares.count < needed { squares = Array(repeating: 0, count: needed) }
    return Float(hl_gradient_square_sum(learnt, Int64(learnt.count), &squares).squareRoot())
  }
}
