import Files

/// A node in ComfyUI's graph.
struct ComfyNode: Sendable {
  let id: String
  /// Its class.
  let kind: String
  /// Values, and links to other nodes.
  let inputs: [String: JSONValue]

  subscript(_ input: String) -> JSONValue? { inputs[input] }

  /// The first of these inputs that exists.
  func first(_ names: String...) -> JSONValue? { names.lazy.compactMap { inputs[$0] }.first }

  /// Whether it creates a picture's latent from noise.
  var isSampler: Bool {
    let isCustom = kind.hasPrefix("SamplerCustom") && inputs["sigmas"] != nil
    return isCustom
      || inputs["latent_image"] != nil && inputs["steps"] != nil
        && first("seed", "noise_seed") != nil
  }

  /// The schedule given by its class; `nil` if an input gives it.
  var schedule: String? {
    let ending = "Scheduler"
    return kind.hasSuffix(ending) && kind != "BasicScheduler"
      ? String(kind.dropLast(ending.count)) : nil
  }

  /// Whether a recipe can express everything that the node does.
  var isKnown: Bool { isSampler || schedule != nil || Self.known.contains(kind) }

  private static let known: Set<String> = [
    "CheckpointLoaderSimple", "CheckpointLoader", "UNETLoader", "CLIPLoader", "DualCLIPLoader",
    "TripleCLIPLoader", "CLIPTextEncode", "CLIPTextEncodeSDXL", "EmptyLatentImage",
    "EmptySD3LatentImage", "VAEDecode", "VAEDecodeTiled", "SaveImage", "PreviewImage",
    "LoraLoader", "LoraLoaderModelOnly", "Power Lora Loader (rgthree)", "BasicScheduler",
    "KSamplerSelect", "RandomNoise", "CFGGuider", "BasicGuider", "Reroute", "PrimitiveNode",
    "PrimitiveInt", "PrimitiveFloat", "PrimitiveString", "PrimitiveStringMultiline",
    "Efficient Loader", "Seed (rgthree)", "LoadImage",
  ]
}

/// The graph of nodes that ComfyUI ran.
struct ComfyGraph: Sendable {
  /// The maximum length of a chain of nodes to follow.
  static let deepest = 64
  /// The maximum number of nodes in a graph.
  private static let mostNodes = 4096

  private let nodes: [String: ComfyNode]

  /// `nil` if the value is not such a graph.
  init?(_ value: JSONValue) {
    guard !value.members.isEmpty, value.members.count <= Self.mostNodes else { return nil }
    nodes = value.members.reduce(into: [:]) { nodes, member in
      guard let kind = member.value["class_type"]?.string else { return }
      nodes[member.key] = ComfyNode(
        id: member.key, kind: kind, inputs: member.value["inputs"]?.members ?? [:])
    }
    if nodes.isEmpty { return nil }
  }

  /// The classes of its nodes.
  var classes: [String] { Set(nodes.values.map(\.kind)).sorted() }

  // MARK: Following links

  /// The node that a link leads to, and the index of its output.
  private func target(_ value: JSONValue?) -> (node: ComfyNode, output: Int)? {
    guard let items = value?.items, items.count == 2, let id = items[0].text,
      let output = items[1].text.flatMap(Int.init), let node = nodes[id]
    else { return nil }
    return (node, output)
  }

  /// The node that a link leads to; `nil` if the value is not a link.
  func node(_ value: JSONValue?) -> ComfyNode? { target(value)?.node }

  /// The node that an input of another node is linked to.
  func origin(of input: String, of other: ComfyNode) -> ComfyNode? { node(other[input]) }

  /// A value as text; links are followed through nodes that only contain a value. If it comes from another node, that
  /// node's name is used, so that the value does not count as missing.
  func text(_ value: JSONValue?) -> String? { text(value, depth: 0) }

  private func text(_ value: JSONValue?, depth: Int) -> String? {
    guard let value else { return nil }
    guard let node = node(value) else { return value.text }
    let held = node.first(
      "value", "seed", "noise_seed", "int", "number", "float", "text", "string", "prompt", "Number",
      "Text")
    if depth < Self.deepest, let held { return text(held, depth: depth + 1) }
    return "from the node \(node.kind)"
  }

  /// The text of a conditioning; `nil` if no known node on the way has one.
  func conditioning(_ value: JSONValue?, isPositive: Bool, depth: Int = 0) -> String? {
    if let text = value?.string { return text }
    guard depth < Self.deepest, let (node, output) = target(value) else { return nil }
    if node.kind == "ConditioningZeroOut" { return "" }
    if let text = node.first("text", "text_g", "t5xxl", "prompt") { return literal(text) }
    // Nodes that change both sides output them in this order; loaders output the model first.
    if node["positive"] != nil, node["negative"] != nil {
      let isFirst = node["positive"]?.string == nil ? output == 0 : isPositive
      return conditioning(
        node[isFirst ? "positive" : "negative"], isPositive: isPositive, depth: depth + 1)
    }
    let next = node.first(
      "conditioning", "conditioning_1", "conditioning_to", "conditioning1", "CONDITIONING", "",
      "any")
    return conditioning(next, isPositive: isPositive, depth: depth + 1)
  }

  /// The text in an input, or in a node that only contains a text.
  private func literal(_ value: JSONValue, depth: Int = 0) -> String? {
    if let text = value.string { return text }
    guard depth < Self.deepest, let node = node(value) else { return nil }
    return node.first("text", "string", "value", "prompt", "Text", "STRING", "")
      .flatMap { literal($0, depth: depth + 1) }
  }

  // MARK: Used nodes

  /// The nodes that the saved picture depends on, by number; all nodes if none saves a picture.
  var used: [ComfyNode] {
    let savers = sorted(
      nodes.values.filter { $0.kind.contains("Save") || $0.kind == "PreviewImage" })
    let first = savers.first { $0.kind == "SaveImage" } ?? savers.first
    guard let first else { return sorted(Array(nodes.values)) }
    let found = sorted([first] + nodesBehind(first))
    return found.contains(where: \.isSampler) ? found : sorted(Array(nodes.values))
  }

  /// The sampler that does not depend on another.
  var firstSampler: ComfyNode? {
    let samplers = used.filter(\.isSampler)
    return samplers.prefix(16).first { !nodesBehind($0).contains(where: \.isSampler) }
      ?? samplers.first
  }

  /// Every node that a node's inputs depend on, directly or indirectly.
  private func nodesBehind(_ node: ComfyNode) -> [ComfyNode] {
    var (known, found, waiting) = (Set([node.id]), [ComfyNode](), [node])
    while let next = waiting.popLast() {
      for value in next.inputs.values {
        guard let origin = self.node(value), known.insert(origin.id).inserted else { continue }
        found.append(origin)
        waiting.append(origin)
      }
    }
    return found
  }

  private func sorted(_ nodes: [ComfyNode]) -> [ComfyNode] {
    nodes.sorted { first, second in
      switch (Int(first.id), Int(second.id)) {
      case (let first?, let second?): first < second
      default: first.id < second.id
      }
    }
  }
}
