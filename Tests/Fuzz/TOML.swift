import TOML

/// A TOML document, as themes and the configuration are.
func readTOML(_ bytes: [UInt8]) throws {
  let document = TOMLDocument(bytes)
  try require(
    document.errors.count <= TOMLDocument.mostErrors, "\(document.errors.count) errors")
  try read(document.table)
}

private func read(_ table: TOMLTable) throws {
  for entry in table.entries {
    try require(table[entry.key] != nil, "a key that is not found")
    try requirePrintable(TOMLValue.shown(entry.key))
    try requirePrintable(entry.value.summary)
    for value in entry.value.array ?? [] { try value.table.map(read) }
    try entry.value.table.map(read)
  }
}
