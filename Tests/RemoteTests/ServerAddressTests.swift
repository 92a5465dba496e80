import Testing

@testable import Remote

@Suite struct ServerAddressTests {
  @Test(arguments: [
    ("http://host:8000", "http://host:8000", "host:8000"),
    ("host:8000", "http://host:8000", "host:8000"),
    ("https://host/gateway/", "https://host/gateway", "host"),
    ("http://localhost:8000/v2/", "http://localhost:8000", "localhost:8000"),
    ("http://[::1]:8000", "http://[::1]:8000", "[::1]:8000"),
    ("http://v2", "http://v2", "v2"),
  ])
  func addressesAreRead(text: String, base: String, name: String) throws {
    let address = try ServerAddress(text)
    #expect(address.base == base)
    #expect(address.name == name)
    #expect(address.isEncrypted == text.hasPrefix("https"))
    #expect(address.isThisMachine == (text.contains("localhost") || text.contains("::1")))
  }

  @Test(arguments: [
    "", "http://", "ftp://host", "http://host/?a=b", "http://ho st", "http://h\u{1b}[2J",
    "http://h%1b", "http://host/?token=s3cret",
  ])
  func othersAreRefused(text: String) {
    let error = #expect(throws: ServerAddressError.self) { try ServerAddress(text) }
    #expect(error?.kind == .noAddress)
    #expect(error?.description.contains("\u{1b}") == false)
    #expect(error?.description.contains("s3cret") == false)
  }

  @Test func onlyLoopbackIsThisMachine() throws {
    #expect(try ServerAddress("127.0.0.2:8000").isThisMachine)
    #expect(try !ServerAddress("127.example.com").isThisMachine)
  }

  // The second one is not an address in any case, because of the unencoded signs.
  @Test(arguments: ["http://me:s3cret@host", "http://me:s3cret#^ @host"])
  func passwordsAreRefusedWithoutBeingShown(text: String) {
    let error = #expect(throws: ServerAddressError.self) { try ServerAddress(text) }
    #expect(error?.kind == .hasPassword)
    #expect(error?.description.contains("s3cret") == false)
  }
}
