import ArgumentParser
import Checkpoints
import DefaultModel
import Foundation
import Models

struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the models that are found.",
    discussion: """
      Models are folders in the layout of diffusers, in halflight/models below $XDG_DATA_HOME (~/.local/share), or \
      anywhere with --model FOLDER.
      """)

  @Flag(help: "Print one line of JSON for each.")
  var json = false

  private struct Line: Encodable {
    let name: String
    let path: String
    let width: Int?
    let height: Int?
    let parameters: Int?
    let problem: String?
  }

  func run() async throws {
    for url in ModelFolder.discover(embedded: DefaultModel.folder) {
      let line = describe(url)
      if json {
        try StandardOutput.json(line)
      } else if let problem = line.problem {
        StandardOutput.line("\(line.name)  cannot be used: \(problem)")
      } else {
        let size = "\(line.width ?? 0)x\(line.height ?? 0)"
        let millions = String(format: "%.1fM", Double(line.parameters ?? 0) / 1e6)
        StandardOutput.line(
          "\(line.name)  \(size) pixels, \(millions) parameters  \(line.path)")
      }
    }
  }

  private func describe(_ folder: URL) -> Line {
    do {
      let pipeline = try Pipeline(contentsOf: folder, precision: .f32)
      return Line(
        name: pipeline.name, path: folder.path, width: pipeline.width, height: pipeline.height,
        parameters: pipeline.parameterCount, problem: nil)
    } catch {
      return Line(
        name: folder.lastPathComponent, path: folder.path, width: nil, height: nil,
        parameters: nil, problem: "\(error)")
    }
  }
}
