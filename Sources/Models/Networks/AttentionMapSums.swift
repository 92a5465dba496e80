import Tensors

/// The cross-attention maps of a U-Net, those of one size added up.
@Compute
final class AttentionMapSums {
  /// The maps of all layers that work at one size.
  struct Sum {
    /// `(1, h, w, T)`.
    var value: Value
    /// How many layers it is the sum of.
    var layers: Int

    /// As the program calls it.
    var name: String { "maps \(value.shape.h)x\(value.shape.w)" }
  }

  /// The sums, one for each size.
  private(set) var sums: [Sum] = []

  /// Adds the map of a layer, `(1, h, w, T)`.
  func add(_ map: Value, to graph: Graph) {
    guard let index = sums.firstIndex(where: { $0.value.shape == map.shape }) else {
      sums.append(Sum(value: map, layers: 1))
      return
    }
    sums[index].value = graph.sum(sums[index].value, map)
    sums[index].layers += 1
  }

  /// What an evaluation found.
  func read(_ program: Program) -> [AttentionMaps.LayerSum] {
    sums.map {
      AttentionMaps.LayerSum(
        height: $0.value.shape.h, width: $0.value.shape.w, layers: $0.layers,
        values: program.output($0.name))
    }
  }
}
