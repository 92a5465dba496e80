import Testing

@testable import Explorer

/// Paths as terminals and file managers paste them.
@Suite struct TypedPathTests {
  @Test(arguments: [
    ("fish.png", "fish.png"), ("  ~/x.webp\n", "~/x.webp"), ("'/a b/c.png'", "/a b/c.png"),
    ("\"/it's.png\"", "/it's.png"), ("/a\\ b/c\\(1\\).png", "/a b/c(1).png"),
    ("file:///a%20b/caf%C3%A9.png", "/a b/café.png"), ("file://host/x.png", "/x.png"),
    ("file:///50%.png", "/50%.png"), ("file:///%ff.png", "/%ff.png"), ("'", "'"), ("\\", "\\"),
    ("C:\\new", "C:\\new"), ("", ""),
  ])
  func isWhatWasMeant(typed: String, path: String) {
    #expect(TypedPath(typed).path == path)
  }
}
