import Files

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Finds models by name that Hugging Face's tools have downloaded; nothing is ever downloaded here.
///
/// The layout (https://huggingface.co/docs/huggingface_hub/guides/manage-cache): `models--ORG--NAME/refs/main` contains
/// the name of a folder in `models--ORG--NAME/snapshots`, whose files are links into `models--ORG--NAME/blobs`.
public struct HubCache: Sendable, Hashable {
  /// The display name of a model's folder: its own name, or the name on the hub if the folder is named after a commit.
  package static func name(of folder: URL) -> String {
    let snapshots = folder.deletingLastPathComponent()
    let repository = snapshots.deletingLastPathComponent().lastPathComponent
    let parts = repository.components(separatedBy: "--")
    guard snapshots.lastPathComponent == "snapshots", parts.count == 3, parts[0] == "models" else {
      return folder.lastPathComponent
    }
    return parts[2]
  }

  /// A model's name on the hub, such as `stabilityai/sd-turbo`, with an optional revision.
  public struct Name: Sendable, Hashable, CustomStringConvertible {
    /// The publisher.
    public let organization: String
    /// The model.
    public let model: String
    /// A branch, a tag or a commit; `main` by default.
    public let revision: String?

    /// Reads `ORG/NAME` or `ORG/NAME@REVISION`; `nil` for any other text, such as most paths.
    public init?(_ text: String) {
      let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ Name.isSound($0) }) else { return nil }
      organization = String(parts[0])
      model = String(parts[1])
      guard halves.count == 2 else {
        revision = nil
        return
      }
      // A branch name may contain slashes; each part is then a folder of refs.
      let revision = halves[1].split(separator: "/", omittingEmptySubsequences: false)
      guard revision.allSatisfy({ Name.isSound($0) }) else { return nil }
      self.revision = String(halves[1])
    }

    /// `ORG/NAME`, with `@REVISION` if one was given.
    public var description: String {
      "\(organization)/\(model)" + (revision.map { "@\($0)" } ?? "")
    }

    /// The names that the hub allows, which cannot lead out of a folder or into a shell.
    private static func isSound(_ part: Substring) -> Bool {
      !part.isEmpty && part.utf8.count <= 96 && part.first != "." && part.first != "-"
        && !part.contains("..")
        && part.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
          default: false
          }
        }
    }
  }

  /// The folder of all models.
  public let folder: URL

  /// A cache in this folder.
  public init(folder: URL) { self.folder = folder }

  /// The user's cache: `$HF_HUB_CACHE`, `$HUGGINGFACE_HUB_CACHE`, `$HF_HOME/hub`, `$XDG_CACHE_HOME/huggingface/hub`, or
  /// `~/.cache/huggingface/hub`, the first that is set, as in huggingface_hub; `nil` if not even `HOME` is set.
  public init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let places: [(variable: String, below: String)] = [
      ("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub"),
      ("XDG_CACHE_HOME", "huggingface/hub"), ("HOME", ".cache/huggingface/hub"),
    ]
    for place in places {
      guard var path = environment[place.variable], !path.isEmpty else { continue }
      if path == "~" || path.hasPrefix("~/"), let home { path = home + path.dropFirst() }
      let url = URL(fileURLWithPath: path)
      folder = place.below.isEmpty ? url : url.appendingPathComponent(place.below)
      return
    }
    return nil
  }

  /// The folder of a model's files.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, with the command that downloads it.
  public func snapshot(of name: Name) throws -> URL {
    let model = folder.appendingPathComponent("models--\(name.organization)--\(name.model)")
    guard Self.isFolder(model) else {
      throw missing(name, at: model, found: "no such model in the cache")
    }
    let snapshots = model.appendingPathComponent("snapshots")
    // A commit names its folder directly; branches and tags are looked up.
    if let revision = name.revision, !revision.contains("/") {
      let folder = snapshots.appendingPathComponent(revision)
      if Self.isFolder(folder) { return folder }
    }
    let reference = model.appendingPathComponent("refs/\(name.revision ?? "main")")
    guard let data = try? SafeFile.read(reference, limit: 256) else {
      throw missing(name, at: reference, found: "only other revisions of the model")
    }
    let commit = String(decoding: data, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard !commit.isEmpty, commit.utf8.allSatisfy(Self.isHexadecimal) else {
      throw CheckpointError(
        .malformed, file: reference.path, expected: "the name of a commit",
        found: CheckpointError.quoted(commit), advice: "Run \(Self.command(for: name)) again")
    }
    let found = snapshots.appendingPathComponent(commit)
    guard Self.isFolder(found) else {
      throw missing(name, at: found, found: "no such folder, though the cache refers to it")
    }
    return found
  }

  /// The location of a model that the user gave as a path or as a name on the hub; a path takes precedence.
  ///
  /// - Throws: ``CheckpointError`` when it is neither, or a model that is not in the cache.
  public static func locate(
    _ text: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> URL {
    // An empty path would be the current folder.
    if !text.isEmpty {
      let url = URL(fileURLWithPath: text)
      var isFolder = false
      if FileSignature.exists(url, isFolder: &isFolder) { return url }
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: url.path) {
        throw CheckpointError(
          .missing, file: CheckpointError.quoted(text), expected: "a model's folder or file",
          found: "a link to \(CheckpointError.quoted(target)), which does not exist",
          advice: "Correct the link, or give the model's own path")
      }
    }
    guard let name = Name(text), let cache = HubCache(environment: environment) else {
      throw CheckpointError(
        .missing, file: CheckpointError.quoted(text), expected: "a model's folder or file",
        found: text.isEmpty ? "no name" : "nothing with this name",
        advice: "Check the name, or give a Hugging Face model's name, such as stabilityai/sd-turbo")
    }
    do {
      return try cache.snapshot(of: name)
    } catch let error as CheckpointError where error.kind == .missing {
      // A mistyped path looks like a name.
      throw CheckpointError(
        .missing, file: error.file, key: error.key, expected: error.expected,
        found: "\(error.found), and no folder or file \(CheckpointError.quoted(text)) either",
        advice: error.advice)
    }
  }

  /// The names of all models in the cache, sorted.
  public var names: [Name] {
    let listed = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return listed.sorted().compactMap { entry in
      guard entry.hasPrefix("models--") else { return nil }
      let parts = entry.dropFirst("models--".count).components(separatedBy: "--")
      // A model without an organisation is one of the hub's first models, none of which paints.
      guard parts.count >= 2 else { return nil }
      return Name("\(parts[0])/\(parts.dropFirst().joined(separator: "--"))")
    }
  }

  /// The command that downloads a model into the cache.
  public static func command(for name: Name) -> String {
    "hf download \(name.organization)/\(name.model)"
      + (name.revision.map { " --revision \($0)" } ?? "")
  }

  private func missing(_ name: Name, at url: URL, found: String) -> CheckpointError {
    CheckpointError(
      .missing, file: url.path, expected: "the model \(name)", found: found,
      advice:
        "To download it, run: \(Self.command(for: name)) (hf is part of"
        + " \"pip install huggingface_hub\")")
  }

  private static func isFolder(_ url: URL) -> Bool {
    var isFolder = false
    return FileSignature.exists(url, isFolder: &isFolder) && isFolder
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}
