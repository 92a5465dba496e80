import Foundation

/// A result, and its required value.
struct Figure {
  let name: String
  let value: String
  let goal: String
}

/// The measurements, each with the real program in a pseudo-terminal.
struct Measurements {
  let program: String
  let folder: URL

  func session(_ arguments: [String], width: Int, height: Int) throws -> Session {
    try Session(program, arguments, width: width, height: height, folder: folder)
  }

  private func ms(_ value: Double) -> String { String(format: "%.1f ms", value) }

  /// The time from a key to the end of the frame that responds to it, while a run of a thousand steps uses every core.
  ///
  /// The explorer is scrubbed back, so that only keys change the picture: each press of an arrow must change the step
  /// number.
  func keyToPaint(keys: Int) throws -> [Figure] {
    var times: [Double] = []
    while times.count < keys {
      let session = try session(
        ["a red apple", "--steps", "1000", "--sampler", "Heun"], width: 120, height: 40)
      defer { session.quit() }
      // Heun evaluates the network twice per step, so a run lasts long enough for many keys.
      try session.wait(for: "of 1000")
      while session.total < 300_000 { guard session.read(milliseconds: 100) else { break } }
      session.goToPicture()
      session.terminal.write("\u{1b}[H")
      session.drain(quiet: 15)
      var step = 1
      let deadline = ContinuousClock.now + .seconds(8)
      while times.count < keys, ContinuousClock.now < deadline {
        let isForward = step < 12 && (step < 2 || Bool.random())
        let start = ContinuousClock.now
        session.terminal.write(isForward ? "\u{1b}[C" : "\u{1b}[D")
        step += isForward ? 1 : -1
        guard let time = answer(session, since: start) else {
          throw MeasureError("a key was not answered in a second")
        }
        times.append(time)
        // The run's own frames, and the pause between two keys of a person.
        let pause = ContinuousClock.now + .milliseconds(Int.random(in: 15...60))
        while ContinuousClock.now < pause { _ = session.frame(milliseconds: 5) }
      }
    }
    let all = Distribution(times)
    return [
      Figure(name: "key to changed screen, median", value: ms(all.quantile(0.5)), goal: ""),
      Figure(
        name: "key to changed screen, 99th percentile", value: ms(all.quantile(0.99)),
        goal: "16 ms"),
      Figure(
        name: "key to changed screen, longest of \(times.count)",
        value: ms(all.sorted.last ?? .nan), goal: ""),
    ]
  }

  /// Waits for the frame in which the picture changes: it has far more bytes than the timeline's next mark.
  private func answer(_ session: Session, since start: ContinuousClock.Instant) -> Double? {
    while let frame = session.frame(milliseconds: 1000) {
      if frame.count > 5000 { return (ContinuousClock.now - start).milliseconds }
    }
    return nil
  }

  /// Frames per second and bytes per frame while scrubbing through a finished run as fast as possible: with the
  /// embedded model, and with one whose pictures fill the canvas.
  func scrubbing(frames: Int) throws -> [Figure] {
    try scrubbing("64x64 twice", ["--steps", "50"], frames: frames)
      + scrubbing(
        "canvas filled",
        ["--steps", "24", "--model", try enlargedModel(side: 256).path], frames: frames)
  }

  private func scrubbing(_ what: String, _ options: [String], frames: Int) throws -> [Figure] {
    let session = try session(["a red apple"] + options, width: 200, height: 60)
    defer { session.quit() }
    try session.wait(for: "the picture after", seconds: 120)
    session.goToPicture()
    session.drain(quiet: 200)
    let before = session.total
    let start = ContinuousClock.now
    for index in 0..<frames {
      session.terminal.write(index / 20 % 2 == 0 ? "\u{1b}[D" : "\u{1b}[C")
      guard session.frame(milliseconds: 1000) != nil else {
        throw MeasureError("a key was not answered in a second")
      }
    }
    let seconds = (ContinuousClock.now - start).milliseconds / 1000
    let bytes = Double(session.total - before) / Double(frames)
    return [
      Figure(
        name: "scrubbing at 200x60, \(what)",
        value: String(format: "%.0f frames a second", Double(frames) / seconds), goal: "60"),
      Figure(name: "  bytes a frame", value: String(format: "%.0f", bytes), goal: ""),
    ]
  }

  /// The time from an arrow key to the next frame in each view, right after the view was opened, while at least part of
  /// it is being computed.
  func views(keys: Int) throws -> [Figure] {
    let session = try session(["a red apple", "--steps", "50"], width: 120, height: 40)
    defer { session.quit() }
    try session.wait(for: "the picture after", seconds: 120)
    session.goToPicture()
    return try "TGWLRDCB".map { view in
      session.drain(quiet: 200)
      session.terminal.write(String(view))
      _ = session.frame(milliseconds: 1000)
      var times: [Double] = []
      for index in 0..<keys {
        let start = ContinuousClock.now
        session.terminal.write(index / 10 % 2 == 0 ? "\u{1b}[D" : "\u{1b}[C")
        guard session.frame(milliseconds: 1000) != nil else {
          throw MeasureError("a key was not answered in a second in the view \(view)")
        }
        times.append((ContinuousClock.now - start).milliseconds)
      }
      session.terminal.write("\u{1b}")
      return Figure(
        name: "key to a frame while view \(view) computes, 99%",
        value: ms(Distribution(times).quantile(0.99)), goal: "16 ms")
    }
  }

  /// The bytes of each frame of a run on a canvas of 64 columns and 32 rows, and what chafa prints for the same
  /// pictures.
  func bytesPerFrame() throws -> [Figure] {
    let session = try session(
      ["a red apple", "--steps", "25", "--seed", "7"], width: 80, height: 44)
    defer { session.quit() }
    try session.wait(for: "the picture after")
    session.goToPicture()
    session.drain(quiet: 200)
    session.terminal.write("\u{1b}[H")
    let first = session.frame(milliseconds: 1000)?.count ?? 0
    var later: [Double] = []
    for _ in 1..<25 {
      session.terminal.write("\u{1b}[C")
      later.append(Double(session.frame(milliseconds: 1000)?.count ?? 0))
    }
    var figures = [
      Figure(name: "bytes of a frame, 64x64, all of it", value: "\(first)", goal: ""),
      Figure(
        name: "  of the next 24 steps, mean",
        value: String(format: "%.0f", Distribution(later).mean),
        goal: ""),
    ]
    if let chafa = try chafa() {
      figures += [
        Figure(name: "  chafa, the same first frame", value: "\(chafa.first ?? 0)", goal: ""),
        Figure(
          name: "  chafa, the next 24, mean",
          value: String(format: "%.0f", Distribution(chafa.dropFirst().map(Double.init)).mean),
          goal: ""),
      ]
    }
    return figures
  }

  private func chafa() throws -> [Int]? {
    let pictures = folder.appendingPathComponent("frames")
    guard
      try run(
        program,
        ["render", "a red apple", "--seed", "7", "--steps", "25", "--frames", pictures.path])
        != nil
    else { return nil }
    let names = try FileManager.default.contentsOfDirectory(atPath: pictures.path).sorted()
    var sizes: [Int] = []
    for name in names {
      let file = pictures.appendingPathComponent(name).path
      guard
        let output = try run(
          "/usr/bin/env",
          ["chafa", "-f", "symbols", "--symbols", "vhalf", "-c", "full", "--size", "64x32", file])
      else { return nil }
      sizes.append(output.count)
    }
    return sizes.isEmpty ? nil : sizes
  }

  private func run(_ path: String, _ arguments: [String]) throws -> Data? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }

  /// The time from Ctrl-C to the last moment in which the program used the processor, with a network so large that an
  /// evaluation takes seconds.
  func cancelling(times: Int) throws -> [Figure] {
    // About 1.4 TFLOP an evaluation.
    let model = try enlargedModel(side: 1024)
    let session = try session(
      ["a red apple", "--model", model.path], width: 120, height: 40)
    defer { session.quit() }
    try session.wait(for: "computing the first step", seconds: 60)
    var delays: [Double] = []
    for _ in 0..<times {
      // Somewhere in the first evaluation, which a fast processor completes in a second and a half.
      let pause = ContinuousClock.now + .milliseconds(Int.random(in: 300...1200))
      while ContinuousClock.now < pause { session.read(milliseconds: 20) }
      session.drain(quiet: 0)
      session.terminal.write("\u{3}")
      delays.append(session.millisecondsUntilStill(since: .now))
      guard session.hasRead("cancelled") else { throw MeasureError("Ctrl-C was not answered") }
      session.terminal.write("\r")
      session.drain(quiet: 100)
    }
    let all = Distribution(delays)
    return [
      Figure(
        name: "cancel, from key to stopped network, median", value: ms(all.quantile(0.5)), goal: ""),
      Figure(
        name: "cancel, longest of \(times)", value: ms(all.sorted.last ?? .nan), goal: "100 ms"),
    ]
  }

  /// The embedded model, modified to paint pictures with this side; it folds two by two pixels into a position.
  private func enlargedModel(side: Int) throws -> URL {
    struct Line: Decodable { let path: String }
    guard let lines = try run(program, ["models", "--json"]),
      let first = lines.split(separator: UInt8(ascii: "\n")).first
    else { throw MeasureError("the program names no model") }
    let embedded = URL(fileURLWithPath: try JSONDecoder().decode(Line.self, from: first).path)
    let large = folder.appendingPathComponent("large-\(side)")
    try FileManager.default.copyItem(at: embedded, to: large)
    let file = large.appendingPathComponent("unet/config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing(/"sample_size": *[0-9]+/, with: "\"sample_size\": \(side / 2)")
      .write(to: file, atomically: true, encoding: .utf8)
    return large
  }

  /// The program's processor time while nothing happens.
  func idle(seconds: Double) throws -> [Figure] {
    let session = try session(["a red apple"], width: 120, height: 40)
    defer { session.quit() }
    try session.wait(for: "the picture after")
    // OpenMP's threads go to sleep a moment after the last step.
    session.drain(quiet: 500)
    let (time, bytes) = (session.processorSeconds, session.total)
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end { session.read(milliseconds: 100) }
    let used = (session.processorSeconds - time) / seconds * 100
    return [
      Figure(
        name: "idle processor use", value: String(format: "%.1f%%", used), goal: "0"),
      Figure(name: "  bytes sent meanwhile", value: "\(session.total - bytes)", goal: "0"),
    ]
  }

  /// The memory after a long run, and after many changes of the window's size.
  func memory(resizes: Int) throws -> [Figure] {
    let session = try session(["a red apple", "--steps", "1000"], width: 120, height: 40)
    defer { session.quit() }
    try session.wait(for: "the picture after", seconds: 120)
    session.goToPicture()
    session.drain(quiet: 200)
    let afterRun = session.megabytes
    for index in 0..<resizes {
      session.terminal.resize(width: .random(in: 5...220), height: .random(in: 3...70))
      if index % 8 == 0 { session.read(milliseconds: 1) }
      session.drain(quiet: 0)
    }
    session.terminal.resize(width: 120, height: 40)
    session.drain(quiet: 300)
    session.terminal.write("\u{1b}[H")
    guard session.frame(milliseconds: 2000) != nil else {
      throw MeasureError("the explorer did not answer after \(resizes) changes of size")
    }
    return [
      Figure(
        name: "memory after a run of 1,000 steps", value: String(format: "%.0f MB", afterRun),
        goal: "bounded"),
      Figure(
        name: "  and \(resizes) changes of size",
        value: String(format: "%.0f MB", session.megabytes), goal: "bounded"),
    ]
  }

  /// The memory while runs of 300 steps follow one another and every view is opened on each, with random keys pressed:
  /// the maximum in each quarter of the time.
  func endurance(minutes: Double) throws -> [Figure] {
    let session = try session(["a red apple", "--steps", "300"], width: 200, height: 60)
    defer { session.quit() }
    try session.wait(for: "of 300")
    session.goToPicture()
    let views = Array("TGWLRDCJBKHY")
    let keys = ["\u{1b}[C", "\u{1b}[D", "\u{1b}[H", "\u{1b}[F", "x", "5", "+", "-"]
    let length = minutes * 60
    var (quarters, view) = ([0.0, 0, 0, 0], 0)
    let start = ContinuousClock.now
    while true {
      let passed = (ContinuousClock.now - start).milliseconds / 1000
      guard passed < length else { break }
      // Another run, then another view of it, shown for a while.
      if view % views.count == 0 { session.terminal.write("r") }
      session.terminal.write(String(views[view % views.count]))
      view += 1
      for index in 0..<30 {
        session.read(milliseconds: 100)
        if index % 3 == 0 { session.terminal.write(keys.randomElement() ?? "x") }
        session.drain(quiet: 0)
      }
      session.terminal.write("\u{1b}")
      // Escape immediately followed by a key would be one key with Alt.
      session.drain(quiet: 150)
      let quarter = min(3, Int(passed / length * 4))
      quarters[quarter] = max(quarters[quarter], session.megabytes)
    }
    return quarters.enumerated().map { quarter, megabytes in
      Figure(
        name: "peak memory in quarter \(quarter + 1) of \(Int(minutes)) min of switching views",
        value: String(format: "%.0f MB", megabytes), goal: "bounded")
    }
  }
}
