/// Everything that can be done with a key or from the palette.
enum Action: Sendable, Hashable {
  case run, cancel, pause, step, branch
  case scrub(Int), leap(Int), first, last, tenth(Int)
  case play(Int), pace(Int)
  case turnView, turnGlyphs, turnTheme, compare, fullScreen
  case nextRun(Int), adopt, runs, models, loras, history, palette, help
  case randomSeed, turnSeedMode
  case lens(String), lenses, tour
  case save, saveRun, saveText, open, beginWith
  case nextPane(Int), edit(Explorer.Focus), adjust(Int), back, toggleMouse, suspend, quit
}

/// A row of the table that keys are looked up in and that the help, the palette and the hints are made from.
struct Binding: Sendable, Hashable {
  /// What a configuration file calls it.
  let id: String
  var keys: [ExplorerKey]
  /// A word or two for the status line; empty where it is not shown there.
  let hint: String
  /// A sentence without its full stop, for the help and the palette.
  let help: String
  let action: Action
  /// Other words that people look for it by, as ``FuzzyQuery/name(of:)`` has them.
  let words: [String]
  /// How its keys are written; longer than one key for those of tenths.
  var label: String

  init(
    _ id: String, _ keys: [ExplorerKey], _ action: Action, hint: String = "", _ help: String,
    words: String = ""
  ) {
    self.id = id
    self.words = words.split(separator: ",").map { FuzzyQuery.name(of: String($0)) }
    self.keys = keys
    self.hint = hint
    self.help = help
    self.action = action
    label = Binding.label(of: keys)
  }

  /// The first two keys: enough to know, and short.
  static func label(of keys: [ExplorerKey]) -> String {
    keys.prefix(2).map(\.name).joined(separator: " ")
  }
}

/// The keys outside text fields, as built in or as a configuration file has them.
public struct Keymap: Sendable, Hashable {
  /// Every binding, those that newcomers need first at the head.
  private(set) var bindings = Keymap.builtIn

  /// The built-in keys.
  public init() {}

  /// The names that a configuration file may give keys to.
  public static var ids: [String] { builtIn.map(\.id) }

  /// Gives other keys to an action. Keys that it takes are taken from others.
  public mutating func bind(_ id: String, to keys: [ExplorerKey]) {
    for index in bindings.indices {
      if bindings[index].id == id {
        bindings[index].keys = keys
      } else {
        bindings[index].keys.removeAll { keys.contains($0) }
      }
      if bindings[index].id != "tenth" || bindings[index].keys.count != 10 {
        bindings[index].label = Binding.label(of: bindings[index].keys)
      }
    }
  }

  func action(for key: ExplorerKey) -> Action? {
    guard let binding = bindings.first(where: { $0.keys.contains(key) }) else { return nil }
    guard case .tenth = binding.action else { return binding.action }
    return .tenth(binding.keys.firstIndex(of: key) ?? 0)
  }

  /// The row of an action.
  func binding(of action: Action) -> Binding? { bindings.first { $0.action == action } }

  /// How the key of an action is written; `nil` if it has none.
  func label(of action: Action) -> String? {
    bindings.first { $0.action == action && !$0.keys.isEmpty }?.keys.first?.name
  }

  /// How to press an action's key; where one types, a key that is no character, or esc before one.
  func key(for action: Action, whileTyping: Bool) -> String? {
    guard let binding = bindings.first(where: { $0.action == action && !$0.keys.isEmpty }),
      let first = binding.keys.first
    else { return nil }
    guard whileTyping else { return first.name }
    let other = binding.keys.first { if case .character = $0 { false } else { true } }
    return other?.name ?? "esc \(first.name)"
  }

  /// What to press for an action, as a sentence says it: its key, or its name among all actions where it has none.
  func way(to action: Action) -> String {
    if let label = label(of: action) { return label }
    let name = binding(of: action)?.id ?? ""
    return "“\(name)” (\(label(of: .palette) ?? "alt-x"))"
  }

  /// Hints for those of some actions that have a key.
  func hints(_ actions: [(action: Action, word: String)]) -> [(key: String, word: String)] {
    actions.compactMap { action, word in label(of: action).map { ($0, word) } }
  }

  /// A sentence whose braces, which hold what a configuration file calls an action, become the ways to them.
  func filled(_ sentence: String) -> String {
    bindings.reduce(sentence) { sentence, binding in
      sentence.replacing("{\(binding.id)}", with: way(to: binding.action))
    }
  }

  private static let builtIn: [Binding] = {
    var table = [
      Binding(
        "back-one", [.left, .character("h")], .scrub(-1), "one step back, towards noise",
        words: "previous,rewind"),
      Binding(
        "on-one", [.right, .character("l")], .scrub(1), "one step on, towards the picture",
        words: "next,forward"),
      Binding(
        "pause", [.character(" ")], .pause, hint: "pause", "pause or continue the run",
        words: "resume,continue,stop,freeze"),
      Binding(
        "view", [.character("x")], .turnView, hint: "view",
        "switch: noisy picture (x_t), guess (x0), noise",
        words: "latent,prediction,denoised,preview"),
      Binding(
        "take-settings", [.character("y")], .adopt, hint: "its settings",
        "use the settings of this run",
        words: "use settings,copy settings,reuse,parameters"),
      Binding(
        "see-why", [.character("z")], .lenses, hint: "explain",
        "explain: choose a view",
        words: "explain,explanation,attention,analyse,analyze,inspect"),
      Binding(
        "save", [.character("s")], .save, hint: "save",
        "save the picture shown as a PNG with its settings inside",
        words: "export,download,write,keep,png,image,file,screenshot"),
      Binding(
        "other-noise", [.character("r")], .randomSeed, hint: "new seed",
        "run a new seed: different noise, different picture",
        words: "new seed,random,random seed,reroll,another,variation,again,dice"),
      Binding(
        "edit", [.character("e"), .character("i"), .alt("e")], .edit(.prompt), hint: "prompt",
        "type another prompt", words: "write,text,change prompt,insert,words"),
      Binding(
        "run", [.enter], .run, hint: "run", "run with the settings shown",
        words: "generate,start,go,create,draw,make,paint,render"),
      Binding(
        "branch", [.character("b"), .altEnter], .branch, hint: "branch",
        "branch: continue from here with the current prompt and guidance", words: "fork,split,steer"
      ),
      Binding(
        "palette", [.control("k"), .alt("x"), .character(":")], .palette, hint: "all actions",
        "find any action by its name", words: "command,commands,menu,search,find"),
      Binding(
        "tour", [.character("Z"), .alt("t")], .tour, hint: "tour",
        "a tour in eight short lessons; once more leaves it",
        words: "tutorial,lesson,lessons,learn,introduction,intro,guide,demo"),
      Binding(
        "next-field", [.tab], .nextPane(1), hint: "fields", "go to the next field",
        words: "steps,guidance,cfg,cfg scale,sampler,scheduler,settings"),
      Binding("field-before", [.backTab], .nextPane(-1), "go to the field before"),
      Binding(
        "raise", [.up, .character("+"), .character("="), .character("k")], .adjust(1),
        "raise the value of the field", words: "increase,more,plus"),
      Binding(
        "lower", [.down, .character("-"), .character("j")], .adjust(-1),
        "lower the value of the field", words: "decrease,less,minus"),
      Binding(
        "first", [.home], .first, "the first step: what the run begins with",
        words: "beginning,noise"),
      Binding(
        "last", [.end], .last, "the last step there is, and follow the run",
        words: "end,result,finished,follow"),
      Binding("leap-back", [.shiftLeft, .pageUp], .leap(-1), "a tenth of the run back"),
      Binding("leap-on", [.shiftRight, .pageDown], .leap(1), "a tenth of the run on"),
      Binding(
        "tenth", "0123456789".map { .character($0) }, .tenth(0), "jump to 0–90% of the run",
        words: "seek,percent"),
      Binding(
        "play", [.character("p")], .play(1), hint: "play", "play the steps, or stop",
        words: "animate,watch"),
      Binding(
        "play-back", [.character("P")], .play(-1), "play the steps backwards, or stop",
        words: "reverse,rewind"),
      Binding(
        "slower", [.character("<"), .character(",")], .pace(-1), "play more slowly",
        words: "speed,slow"),
      Binding("faster", [.character(">")], .pace(1), "play faster", words: "speed,fast"),
      Binding(
        "step", [.character(".")], .step, hint: "one step", "pause, and compute one step at a time",
        words: "single step"),
      Binding(
        "cancel", [.control("c")], .cancel, "cancel the run; a second time, quit",
        words: "abort,interrupt,stop,kill"),
      Binding(
        "run-before", [.character("[")], .nextRun(-1), "show the run before", words: "previous"),
      Binding("run-after", [.character("]")], .nextRun(1), "show the run after", words: "next"),
      Binding(
        "runs", [.character("v")], .runs, hint: "runs", "choose among the runs of this session",
        words: "gallery,list,pictures,images"),
      Binding(
        "compare", [.character("c")], .compare, hint: "compare",
        "show the run looked at before beside this one", words: "side by side,difference,diff"),
      Binding(
        "save-run", [.character("S")], .saveRun,
        "save the whole run: an animated PNG and a strip",
        words: "gif,animation,animated,video,film,movie,apng,export run,export"),
      Binding(
        "save-text", [.character("A")], .saveText, "save the picture shown as text in colours",
        words: "ansi,ascii,export text,export"),
      Binding(
        "open", [.character("o")], .open, "open a saved picture, and get its run back",
        words: "load,import,file,restore"),
      Binding(
        "begin-with", [.character("I")], .beginWith,
        "begin with a picture, or with noise alone again",
        words: "img2img,image to image,init image,starting picture,strength,import"),
      Binding(
        "history", [.control("r"), .character("/")], .history, "find an earlier prompt",
        words: "previous prompts,recent,search"),
      Binding(
        "not", [.character("N")], .edit(.negative),
        "type the negative prompt: things to leave out",
        words: "negative,negative prompt,leave out,exclude,avoid,without"),
      Binding(
        "seed-mode", [.character("n")], .turnSeedMode,
        "turn the next run's seed: fixed, counting up, random", words: "seed,lock seed"),
      Binding(
        "model", [.character("m")], .models, "choose a model",
        words: "checkpoint,network,weights,load model"),
      Binding(
        "lora", [.character("a")], .loras, "add a LoRA to the model, or take it off",
        words: "adapter,style"),
      Binding(
        "glyphs", [.character("g")], .turnGlyphs,
        "switch glyphs: halves, quadrants, sextants, shades",
        words: "sharper,resolution,pixels,blocks,detail"),
      Binding(
        "theme", [.character("t")], .turnTheme, hint: "theme", "turn through the themes",
        words: "light,dark,colours,colors,background,appearance,contrast"),
      Binding(
        "full-screen", [.character("f")], .fullScreen, hint: "full screen",
        "give the picture the whole screen, or bring the fields back",
        words: "zoom,maximize,maximise,enlarge,bigger,larger,hide,distraction free"),
      Binding(
        "mouse", [.character("M")], .toggleMouse,
        "turn mouse capture on or off; off, the terminal selects text",
        words: "select,copy,click"),
      Binding("back", [.escape], .back, "back to the picture", words: "close,picture,leave"),
      Binding(
        "suspend", [.control("z")], .suspend, "leave the terminal to the shell; fg comes back",
        words: "background,shell,stop"),
      Binding(
        "quit", [.character("q")], .quit, hint: "quit", "quit",
        words: "exit,close,leave,end,bye"),
      Binding(
        "help", [.character("?")], .help, hint: "help", "every key, and where one is",
        words: "keys,shortcuts,bindings,manual,hotkeys"),
    ]
    table += LensTable.entries.map { Binding($0.id, [$0.key], .lens($0.id), $0.help) }
    for index in table.indices where table[index].id == "tenth" { table[index].label = "0 … 9" }
    return table
  }()
}
