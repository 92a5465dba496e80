extension Picker {
  /// The text with which the rows are compared.
  private var filter: String {
    if case .loras = kind { LoRAQuery(query.text).text } else { query.text }
  }

  /// Whether the right column of a row is another name for it.
  private var looksIntoDetails: Bool {
    if case .loras = kind { false } else { true }
  }

  /// The rows that match the query, the best matches first.
  func filtered(_ all: [Item]) -> [Item] {
    let query = FuzzyQuery(filter)
    guard !query.isEmpty else { return all }
    let found = all.enumerated().compactMap { order, item -> (Int, Int, Item)? in
      var item = item
      // A user who types a key wants to know what it does.
      if item.mark.split(separator: " ").contains(Substring(query.typed)) {
        return (.max, order, item)
      }
      // A user who types a complete name means it.
      let name = FuzzyQuery.name(of: item.detail)
      let isNamed = looksIntoDetails && !query.name.isEmpty && name.hasPrefix(query.name)
      let whole = isNamed && name == query.name ? 1000 : score(of: query, in: item.words)
      // A key or an action's short name also finds its row, or ranks it higher among matching rows.
      let other = query.match(item.mark) ?? (looksIntoDetails ? query.match(item.detail) : nil)
      guard let match = query.match(item.text) else {
        guard whole > 0 || other != nil else { return nil }
        return ((other?.score ?? 8) - 8 + whole, order, item)
      }
      item.places = match.places
      // An action's short name that starts with the query is most likely meant; the shortest comes first.
      let named = isNamed ? max(0, 24 - item.detail.count) : 0
      // Names are short; nobody types a long text in full.
      let text = item.text.utf8.count <= 200 ? FuzzyQuery.name(of: item.text) : ""
      let isWhole = !text.isEmpty && (text == query.name || text.hasPrefix(query.name + "."))
      let extra = named + max(whole, isWhole ? 1000 : 0)
      return (match.score + max(0, other?.score ?? 0) / 2 + extra, order, item)
    }
    return found.sorted { ($1.0, $0.1) < ($0.0, $1.1) }.map(\.2)
  }

  /// The score of a query that equals one of a row's other words, or starts one.
  private func score(of query: FuzzyQuery, in words: [String]) -> Int {
    if words.contains(query.name) { return 900 }
    return query.name.count >= 3 && words.contains { $0.hasPrefix(query.name) } ? 30 : 0
  }
}
