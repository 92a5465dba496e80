import Tensors

/// The sums of a U-Net's cross-attention maps, one for each size.
@Compute
final class AttentionMapSums {
  /// The sum of the maps of all layers with one size.
  struct Sum {
    /// `(1, h, w, T)`.
    var value: Value
    /// The number of layers in the sum.
    var layers: Int

    /// Its name in the program.
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

  /// Reads the sums after an evaluation.
  func read(_ program: Program) -> [AttentionMaps.LayerSum] {
    sums.map {
      AttentionMaps.LayerSum(
        height: $0.value.shape.h, width: $0.value.shape.w, layers: $0.layers,
        values: program.output($0.name))
    }
  }
}
