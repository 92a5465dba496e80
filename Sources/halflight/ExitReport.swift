import ArgumentParser
import Cells
import Checkpoints
import Diffusion
import Files
import Foundation
import Models
import Pictures
import Recipes
import Remote
import Session
import Tensors
import Terminal
import Training
import TrainingData

/// How a failed command ends: one sentence, and an exit code of sysexits.h.
struct ExitReport {
  /// The exit codes of sysexits.h in use.
  enum Code: Int32 {
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case inputOutput = 74
    case configuration = 78
    case interrupted = 130
  }

  let code: Int32
  /// The message for standard error, or for standard output if `code` is 0.
  let message: String

  private init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: any Error) {
    switch error {
    case is CancellationError:
      self.init(.interrupted, "cancelled; no unfinished files were kept")
    case let error as TrainingInterrupted: self.init(.interrupted, error.description)
    case let error as UnsavedTraining: self.init(Self.code(error.error), "\(error)")
    case let error as OutputFolderError: self.init(.cannotCreate, "\(error)")
    case let error as TrainingDataError: self.init(.noInput, "\(error)")
    case let error as TrainingMemoryError: self.init(.unavailable, "\(error)")
    case let error as TrainingError: self.init(.data, "\(error)")
    case let error as CheckpointError:
      // If the file exists and only lacks a tensor, its data is at fault.
      self.init(error.kind == .missing && error.key == nil ? .noInput : .data, "\(error)")
    case is PictureFileError, is FewCaptionsError: self.init(.data, "\(error)")
    case is NeededFileError, is MissingPictureError: self.init(.noInput, "\(error)")
    case let error as FileError: self.init(Self.code(error), "\(error)")
    case is OutputError: self.init(.inputOutput, "\(error)")
    case is PNGError, is AnimationError, is InfotextError: self.init(.data, "\(error)")
    case SamplingError.notFinite, is NotFinitePictureError: self.init(.data, "\(error)")
    case is SamplingError, is SizeError, is AdditionError: self.init(.usage, "\(error)")
    case is PrecisionError, is ScreenError, is RemoteError: self.init(.unavailable, "\(error)")
    case is ServerAddressError, is AccessTokenError: self.init(.usage, "\(error)")
    case is ThemeError: self.init(.configuration, "\(error)")
    case let error as EngineError where error.status == EngineError.noMemory:
      self.init(
        .unavailable,
        "\(error); close other programs, choose a smaller model or size, or try --weights 8-bit")
    case is MissingDefaultModel, is MissingProgramFiles: self.init(.unavailable, "\(error)")
    case is EngineError: self.init(.software, "\(error)")
    default: self.init(parserError: error)
    }
  }

  private init(_ code: Code, _ message: String) {
    self.init(
      code: code.rawValue, message: "halflight: " + message.replacing("\n", with: " "))
  }

  /// Help and the version also arrive as errors, with code 0; everything else is wrong usage.
  private init(parserError error: any Error) {
    let status = Halflight.exitCode(for: error).rawValue
    if status == 0 {
      // Completions have every option.
      let completes = CommandLine.arguments.contains {
        $0.hasPrefix("--generate-completion-script")
      }
      let message = FullHelp.$listsRareOptions.withValue(completes) {
        Halflight.fullMessage(for: error)
      }
      self.init(code: 0, message: message)
    } else {
      // The message about a value lists the valid ones, also of a rare option.
      var message = FullHelp.$listsRareOptions.withValue(true) { Halflight.message(for: error) }
      if message.hasSuffix(".") { message.removeLast() }
      self.init(.usage, message + "; see \(Self.help)")
    }
  }

  /// The help command that lists the options of the called command.
  private static var help: String {
    let called = CommandLine.arguments.dropFirst().first
    let names = Halflight.configuration.subcommands.map { $0._commandName }
    guard let called, names.contains(called) else { return "halflight --help" }
    return "halflight \(called) --help"
  }

  private static func code(_ error: FileError) -> Code {
    switch error.kind {
    case .missing, .noFile: .noInput
    case .exists, .noFolder, .notAllowed: .cannotCreate
    case .full, .other: .inputOutput
    }
  }

  /// Prints the message and ends the process.
  func leave() -> Never {
    if code == 0 {
      StandardOutput.write(message + "\n")
      do {
        try StandardOutput.finish()
      } catch {
        ExitReport(error).leave()
      }
    } else {
      // The message may contain a file name or text from a file.
      let plain = PlainText.of(message, keepsLines: true)
      StandardError.write(plain + "\n")
    }
    exit(code)
  }
}
