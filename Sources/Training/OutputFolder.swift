import Files
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The folder of a training run, locked so that no second run trains in it at the same time.
public final class OutputFolder {
  private let folder: URL
  private let isNew: Bool
  /// The lock lasts as long as this is open; the system releases it, however the process ends.
  private let lock: Int32

  /// Throws unless a run can be stored in the folder: it must not exist yet, be empty, or contain a run.
  ///
  /// Other contents of a folder must not be overwritten, least of all a model that was not trained there.
  ///
  /// - Throws: ``OutputFolderError``; `FileError` when it is not writable.
  public static func check(_ folder: URL) throws {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      if (try? manager.destinationOfSymbolicLink(atPath: folder.path)) != nil {
        throw OutputFolderError(folder, "it is a broken link", "Choose another name")
      }
      if folder.lastPathComponent.utf8.count > 255 {
        throw OutputFolderError(folder, "its name is too long", "Choose a shorter one")
      }
      return try checkParent(folder.standardizedFileURL.deletingLastPathComponent(), of: folder)
    }
    guard isFolder.boolValue else {
      throw OutputFolderError(folder, "it is a file", "Give the name of a folder")
    }
    guard manager.isWritableFile(atPath: folder.path),
      let names = try? manager.contentsOfDirectory(atPath: folder.path)
    else { throw FileError(.notAllowed, path: folder.path) }
    let runs = [beginning(in: folder), Trainer.checkpoint(in: folder)]
    guard !runs.contains(where: { manager.fileExists(atPath: $0.path) }) else { return }
    let training = folder.appendingPathComponent("training").path
    let inside = (try? manager.contentsOfDirectory(atPath: training)) ?? []
    let others =
      names.filter { !$0.hasPrefix(".") && $0 != "training" }
      + inside.filter { !$0.hasPrefix(".") }.map { "training/\($0)" }
    guard !others.isEmpty else { return }
    if others.contains("model_index.json") {
      // The marker shows that a model was once trained there.
      let problem =
        manager.fileExists(atPath: mark(in: folder).path)
        ? "it contains a model, but training/checkpoint.safetensors is missing, so training cannot continue"
        : "it contains a model that was not trained in it"
      throw OutputFolderError(
        folder, problem, "Start from it with --init, and choose another --output")
    }
    throw OutputFolderError(
      folder, "it contains other files, such as \(others.min() ?? "")",
      "Choose a folder that is new or empty")
  }

  /// Throws unless a folder could be created in the nearest existing parent.
  private static func checkParent(_ parent: URL, of folder: URL) throws {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: parent.path, isDirectory: &isFolder) else {
      return parent.path == "/"
        ? () : try checkParent(parent.deletingLastPathComponent(), of: folder)
    }
    guard isFolder.boolValue else {
      throw OutputFolderError(folder, "\(parent.path) is a file", "Choose another name")
    }
    guard manager.isWritableFile(atPath: parent.path) else {
      throw FileError(.notAllowed, path: folder.path)
    }
  }

  /// Creates the folder if it does not exist, and removes half-written files of a killed run.
  ///
  /// - Throws: ``OutputFolderError``, also while another run trains in it; `FileError` when it cannot be created.
  init(_ folder: URL) throws {
    try Self.check(folder)
    self.folder = folder
    let manager = FileManager.default
    isNew = !manager.fileExists(atPath: folder.path)
    let training = folder.appendingPathComponent("training")
    do {
      try manager.createDirectory(at: training, withIntermediateDirectories: true)
    } catch {
      throw FileError(error, path: folder.path)
    }
    let mark = Self.mark(in: folder)
    lock = open(mark.path, O_CREAT | O_RDWR | O_CLOEXEC, 0o666)
    guard lock >= 0 else { throw FileError(path: mark.path, number: errno) }
    // Some network file systems do not support locks; there, the user must prevent this.
    if flock(lock, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      throw OutputFolderError(
        folder, "another halflight train is using it",
        "Wait for it, or choose another --output")
    }
    removeHalfWritten()
  }

  deinit {
    if lock >= 0 { close(lock) }
  }

  /// Throws if the disk has no room for a second file as large as this one; both exist while the file is replaced.
  func requireRoom(forAnother file: URL) throws {
    let manager = FileManager.default
    guard
      let size = try? manager.attributesOfItem(atPath: file.path)[.size] as? NSNumber,
      let free = try? manager.attributesOfFileSystem(forPath: file.path)[.systemFreeSize]
        as? NSNumber, free.int64Value < size.int64Value
    else { return }
    func megabytes(_ bytes: NSNumber) -> String { "\(bytes.int64Value / 1_000_000) MB" }
    throw OutputFolderError(
      folder,
      "the disk has \(megabytes(free)) free, but saving needs \(megabytes(size))",
      "Free some space, or choose another --output")
  }

  /// Marks the folder as one without a complete model, so that a run that is ended now can be started again.
  ///
  /// - Throws: `FileError` when it cannot be written.
  func markBeginning() throws {
    try SafeFile.write(Data(), to: Self.beginning(in: folder), force: true)
  }

  /// Records that the folder now contains a run.
  func markBegun() {
    try? FileManager.default.removeItem(at: Self.beginning(in: folder))
  }

  /// Removes the folder if it was created just now, since nothing in it is complete.
  func removeIfNew() {
    if isNew { try? FileManager.default.removeItem(at: folder) }
  }

  private static func mark(in folder: URL) -> URL {
    folder.appendingPathComponent("training/.lock")
  }

  private static func beginning(in folder: URL) -> URL {
    folder.appendingPathComponent("training/.beginning")
  }

  private func removeHalfWritten() {
    let manager = FileManager.default
    let parts = ["training", "unet", "scheduler", "text_encoder", "tokenizer", "licences"]
    for part in [folder] + parts.map({ folder.appendingPathComponent($0) }) {
      for name in (try? manager.contentsOfDirectory(atPath: part.path)) ?? []
      where PendingFile.isUnfinished(name) {
        try? manager.removeItem(at: part.appendingPathComponent(name))
      }
    }
  }
}

/// A folder in which a run cannot be stored.
public struct OutputFolderError: Error, Sendable, CustomStringConvertible {
  /// One sentence with the folder and what is wrong with it, and one with what to do.
  public let description: String

  init(_ folder: URL, _ problem: String, _ advice: String) {
    description = "\(folder.path) cannot be the output folder: \(problem). \(advice)."
  }
}
