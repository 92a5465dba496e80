#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The type of a file, detected from its first bytes, never from its name.
enum FileSignature: Sendable, Hashable {
  /// A safetensors file: a length, then a JSON object.
  case safetensors
  /// A GGUF file.
  case gguf
  /// Python's pickle, bare or in PyTorch's archive.
  case pickled(String)
  /// Anything else, with a description of what it seems to be.
  case foreign(String?)

  /// Reads the beginning of a file.
  init(of data: Data) {
    let head = [UInt8](data.prefix(512))
    func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
    func begins(_ text: String) -> Bool { head.starts(with: text.utf8) }
    if begins("GGUF") || begins("FUGG") {
      self = .gguf
    } else if begins([0x50, 0x4B, 0x03, 0x04]) {
      // PyTorch's archive has NAME/data.pkl first; other archives do not contain a known model.
      self =
        Self.contains("data.pkl", in: head)
        ? .pickled("PyTorch's archive of pickled objects (data.pkl)") : .foreign("a zip archive")
    } else if begins([0x50, 0x4B]) {
      self = .foreign("a zip archive")
    } else if head.count > 1, head[0] == 0x80, (2...5).contains(head[1]), !Self.hasHeader(head) {
      self = .pickled("pickled Python objects")
    } else if Self.hasHeader(head) {
      self = .safetensors
    } else if begins("version https://git-lfs") {
      self = .foreign("a Git LFS pointer instead of the file itself")
    } else if Self.beginsWithMarkup(head) {
      self = .foreign("a web page, perhaps because the download needed a login")
    } else if begins([0x89, 0x48, 0x44, 0x46]) {
      self = .foreign("an HDF5 file")
    } else if begins([0x1F, 0x8B]) {
      self = .foreign("a gzip file")
    } else if begins("ggml") || begins("lmgg") || begins("fmgg") || begins("tjgg") {
      self = .foreign("a GGML format older than GGUF")
    } else {
      self = .foreign(nil)
    }
  }

  private static func hasHeader(_ head: [UInt8]) -> Bool {
    head.count > 8 && head[8] == UInt8(ascii: "{")
  }

  private static func contains(_ text: String, in head: [UInt8]) -> Bool {
    let wanted = Array(text.utf8)
    guard head.count >= wanted.count else { return false }
    return (0...head.count - wanted.count).contains { head[$0...].starts(with: wanted) }
  }

  private static func beginsWithMarkup(_ head: [UInt8]) -> Bool {
    let start = head.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.prefix(9)
    let text = String(decoding: start, as: UTF8.self).lowercased()
    return text.hasPrefix("<!doctype") || text.hasPrefix("<html")
  }

  // MARK: Opening and rejecting

  /// The bytes of a file, mapped and not copied.
  ///
  /// - Throws: ``CheckpointError`` when it is missing or cannot be read.
  static func mapped(_ url: URL) throws -> Data {
    let path = url.path
    var isFolder = false
    guard exists(url, isFolder: &isFolder) else {
      throw CheckpointError(
        .missing, file: path, expected: "a file of weights", found: "no such file",
        advice: "Check the name, or copy the missing file to this place")
    }
    do {
      guard !isFolder else { throw CocoaError(.fileReadUnknown) }
      return try FileMapping.data(of: url)
    } catch {
      throw CheckpointError(
        .unreadable, file: path, expected: "a readable file",
        found: isFolder ? "a folder" : "an error when opening it",
        advice: "Check that it is a file and that you may read it")
    }
  }

  /// Whether a path exists, and whether it is a folder.
  static func exists(_ url: URL, isFolder: inout Bool) -> Bool {
    #if canImport(ObjectiveC)
      var flag: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &flag)
      isFolder = flag.boolValue
    #else
      let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    #endif
    return exists
  }

  /// Why a pickled file is not opened, and how to convert it.
  static func pickleRefusal(file: String, kind: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file, expected: "weights in a safetensors or GGUF file", found: kind,
      advice:
        "Unpickling can run any code in the file, so it is not opened: look for the model's"
        + " .safetensors file, or convert a file you trust in Python with"
        + " safetensors.torch.save_file(torch.load(FILE, weights_only=True), \"FILE.safetensors\")"
        + " (a .ckpt keeps its tensors under the key \"state_dict\")")
  }

  static func foreignRefusal(file: String, found: String) -> CheckpointError {
    CheckpointError(
      .malformed, file: file, expected: "a safetensors or GGUF file", found: found,
      advice: "Download the model's .safetensors or .gguf file itself")
  }
}
