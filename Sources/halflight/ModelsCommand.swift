import ArgumentParser
import Cells
import DefaultModel
import Foundation
import Models
import Session

struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the models on this machine.",
    discussion: """
      Lists the diffusers folders and single files in halflight/models in $XDG_DATA_HOME \
      (~/.local/share) and in the Hugging Face cache. A model elsewhere can be used with --model.
      """)

  @Flag(help: "Print one line of JSON for each model.")
  var json = false

  private struct Line: Encodable {
    let name: String
    let path: String
    let width: Int?
    let height: Int?
    let parameters: Int?
    let readsTime: Bool?
    let problem: String?
  }

  func run() async throws {
    for found in FoundModel.all {
      let line = describe(found)
      if found.isShared, line.problem != nil { continue }
      if json {
        try StandardOutput.json(line)
      } else if let problem = line.problem {
        StandardOutput.line(PlainText.of("\(line.name)  cannot be used: \(problem)"))
      } else {
        let size = "\(line.width ?? 0)x\(line.height ?? 0)"
        let millions = String(format: "%.1fM", Double(line.parameters ?? 0) / 1e6)
        StandardOutput.line(
          PlainText.of(
            "\(line.name)  \(size) pixels, \(millions) parameters"
              + (line.readsTime == false ? ", sees the noise level only in the picture" : "")
              + "  \(line.path)"))
      }
    }
    if DefaultModel.folder == nil { throw MissingDefaultModel() }
  }

  private func describe(_ found: FoundModel) -> Line {
    let path = found.path ?? found.url.path
    do {
      let pipeline = try found.opened()
      return Line(
        name: pipeline.name, path: path, width: pipeline.width, height: pipeline.height,
        parameters: pipeline.parameterCount, readsTime: pipeline.readsTime, problem: nil)
    } catch {
      return Line(
        name: found.url.lastPathComponent, path: path, width: nil, height: nil, parameters: nil,
        readsTime: nil, problem: "\(error)")
    }
  }
}
