import Foundation

// Reasons why a request is impossible, checked before a model is opened.

extension RenderCommand {
  /// The error in the combination of options; `nil` if there is none.
  var problem: String? {
    if words != nil, prompt != nil { return "give one prompt, as an argument or with --prompt" }
    if !hasPrompt, model.model == nil { return Self.lacksPrompt }
    if let problem = outputProblem ?? recording.problem ?? sheet.problem ?? sheetProblem {
      return problem
    }
    if quickFrames, frames == nil, !recording.request.isGiven {
      return "--quick-frames needs --frames, --animate or --cast"
    }
    if !(1...64).contains(scale) { return "--scale must be 1 to 64" }
    if !(1...100_000).contains(count) { return "--count must be 1 to 100000" }
    if let problem = ThreadCount.problem(threads) { return problem }
    guard let width, let height else { return nil }
    return recording.request.scaleProblem(scale, width: width, height: height)
  }

  /// Why `--output` is not a valid name.
  private var outputProblem: String? {
    guard let output else { return nil }
    guard output != "-" else { return standardOutputProblem }
    let suffix = (output as NSString).pathExtension.lowercased()
    guard ["jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"].contains(suffix) else { return nil }
    let name = ((output as NSString).lastPathComponent as NSString).deletingPathExtension
    let animation =
      ["gif", "webp"].contains(suffix) ? "; --animate \(name).\(suffix) saves the run" : ""
    return "pictures are saved as PNG, not as .\(suffix): call it \(name).png\(animation)"
  }

  /// Why the picture cannot go to standard output.
  private var standardOutputProblem: String? {
    if isatty(STDOUT_FILENO) == 1 {
      return
        "standard output is a terminal: redirect the picture, as in --output - > apple.png"
    }
    let others = [("--ansi", ansi), ("--json", json), ("--count", count > 1)]
    return others.first(where: \.1).map {
      "--output - writes one picture and nothing else to standard output: leave out \($0.0)"
    }
  }

  /// Options that cannot be combined with a contact sheet.
  private var sheetProblem: String? {
    guard sheet.sheet != nil else { return nil }
    if sheet.prompts != nil, words != nil || prompt != nil {
      return "give either a prompt or a file of prompts with --prompts"
    }
    let doubles = [
      ("--seed", sampling.seed != nil && sheet.seeds != nil, "--seeds"),
      ("--guidance", sampling.guidance != nil && sheet.guidances != nil, "--guidances"),
      ("--steps", sampling.steps != nil && sheet.stepCounts != nil, "--step-counts"),
    ]
    if let double = doubles.first(where: \.1) { return "give either \(double.0) or \(double.2)" }
    let others = [
      ("--output", output != nil), ("--count", count > 1), ("--frames", frames != nil),
      ("--animate", recording.animate != nil), ("--cast", recording.cast != nil),
      ("--ansi", ansi), ("--json", json),
    ]
    return others.first(where: \.1).map { "--sheet saves one file: leave out \($0.0)" }
  }
}
