/// Something that can be done with a key or from the palette: its name, its keys, what is said of it, and what it does, in
/// one place. A new action is one here, and its name in ``all``.
struct Action: Sendable {
  /// What a configuration file calls it.
  let id: String
  /// The keys that it has where a configuration file does not say otherwise.
  let keys: [ExplorerKey]
  /// A word or two for the status line; empty where it is not shown there.
  let hint: String
  /// A sentence without its full stop, for the help and the palette.
  let help: String
  /// Other words that people look for it by, as ``FuzzyQuery/name(of:)`` has them.
  let words: [String]
  /// Does it. The number is that of the key among the action's keys.
  let perform: @Sendable (inout Explorer, Int) -> [Effect]

  init(
    _ id: String, _ keys: [ExplorerKey], hint: String = "", _ help: String, words: String = "",
    perform: @escaping @Sendable (inout Explorer, Int) -> [Effect]
  ) {
    (self.id, self.keys, self.hint, self.help) = (id, keys, hint, help)
    self.words = words.split(separator: ",").map { FuzzyQuery.name(of: String($0)) }
    self.perform = perform
  }

  init(
    _ id: String, _ keys: [ExplorerKey], hint: String = "", _ help: String, words: String = "",
    perform: @escaping @Sendable (inout Explorer) -> [Effect]
  ) {
    self.init(id, keys, hint: hint, help, words: words) { explorer, _ in perform(&explorer) }
  }
}

extension Action: Hashable {
  static func == (one: Action, other: Action) -> Bool { one.id == other.id }
  func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension Action {
  /// Every action, in the order of the help: those that newcomers need come first.
  static let all: [Action] =
    [
      .backOne, .onOne, .pause, .turnView, .adopt, .views, .save, .randomSeed, .editPrompt, .ideas,
      .run,
      .branch, .palette, .tour, .lessons, .nextField, .fieldBefore, .raise, .lower, .first, .last,
      .leapBack,
      .leapOn, .tenth, .play, .playBack, .slower, .faster, .step, .cancel, .runBefore, .runAfter,
      .runs, .favourite, .favourites, .compare, .saveRun, .saveText, .copySettings, .copyPrompt,
      .copyPath, .open, .beginWith, .history,
      .editNegative,
      .turnSeedMode, .models, .loras, .turnGlyphs, .turnTheme, .fullScreen, .present, .toggleMouse,
      .back,
      .suspend, .quit, .help,
    ] + ofViews

  /// The views that explain a run.
  private static let ofViews = ViewTable.entries.map { entry in
    Action(entry.id, [entry.key], entry.help) { $0.toggleView(entry.id) }
  }

  /// The action that opens a view.
  static func view(_ id: String) -> Action? { ofViews.first { $0.id == id } }

  static let backOne = Action(
    "back-one", [.left, .character("h")], "one step back, towards noise", words: "previous,rewind"
  ) { $0.left(-1) }
  static let onOne = Action(
    "on-one", [.right, .character("l")], "one step on, towards the picture", words: "next,forward"
  ) { $0.left(1) }
  static let pause = Action(
    "pause", [.character(" ")], hint: "pause", "pause or continue the run",
    words: "resume,continue,stop,freeze"
  ) { $0.pause() }
  static let turnView = Action(
    "view", [.character("x")], hint: "view", "switch: noisy picture (x_t), guess (x0), noise",
    words: "latent,prediction,denoised,preview"
  ) { $0.turnView() }
  static let adopt = Action(
    "take-settings", [.character("y")], hint: "its settings", "use the settings of this run",
    words: "use settings,copy settings,reuse,parameters"
  ) { $0.adoptShown() }
  static let views = Action(
    "see-why", [.character("z")], hint: "explain", "explain: choose a view",
    words: "explain,explanation,attention,analyse,analyze,inspect"
  ) { $0.list(.views) }
  static let save = Action(
    "save", [.character("s")], hint: "save",
    "save the picture shown as a PNG with its settings inside",
    words: "export,download,write,keep,png,image,file,screenshot"
  ) { $0.save() }
  static let randomSeed = Action(
    "other-noise", [.character("r")], hint: "new seed",
    "run a new seed: different noise, different picture",
    words: "new seed,random,random seed,reroll,another,variation,again,dice"
  ) { $0.runNewSeed() }
  static let editPrompt = Action(
    "edit", [.character("e"), .character("i"), .alt("e")], hint: "prompt", "type another prompt",
    words: "write,text,change prompt,insert,words"
  ) { $0.enter(.prompt) }
  static let ideas = Action(
    "ideas", [.character("!"), .alt("i")], hint: "ideas", "what it can paint: a list of prompts",
    words: "examples,suggestions,inspiration,prompts,what can it paint,gallery"
  ) { $0.look(for: .ideas([]), .listIdeas) }
  static let run = Action(
    "run", [.enter], hint: "run", "run with the settings shown",
    words: "generate,start,go,create,draw,make,paint,render"
  ) { $0.run() }
  static let branch = Action(
    "branch", [.character("b"), .altEnter], hint: "branch",
    "branch: continue from here with the current prompt and guidance", words: "fork,split,steer"
  ) { $0.branch() }
  static let palette = Action(
    "palette", [.control("k"), .alt("x"), .character(":")], hint: "all actions",
    "find any action by its name", words: "command,commands,menu,search,find"
  ) { $0.list(.palette) }
  static let tour = Action(
    "tour", [.character("Z"), .alt("t")], hint: "tour",
    "a tour in nine short lessons; once more leaves it",
    words: "tutorial,lesson,learn,introduction,intro,guide,demo"
  ) { $0.toggleTour() }
  static let lessons = Action(
    "lessons", [.character("E")], "go to any lesson of the tour",
    words: "lesson,resume,continue the tour,chapters,contents,tutorial"
  ) { $0.listLessons() }
  static let nextField = Action(
    "next-field", [.tab], hint: "fields", "go to the next field",
    words: "steps,guidance,cfg,cfg scale,sampler,scheduler,settings"
  ) { $0.move(by: 1) }
  static let fieldBefore = Action(
    "field-before", [.backTab], "go to the field before"
  ) { $0.move(by: -1) }
  static let raise = Action(
    "raise", [.up, .character("+"), .character("="), .character("k")],
    "raise the value of the field", words: "increase,more,plus"
  ) { $0.adjust(1) }
  static let lower = Action(
    "lower", [.down, .character("-"), .character("j")], "lower the value of the field",
    words: "decrease,less,minus"
  ) { $0.adjust(-1) }
  static let first = Action(
    "first", [.home], "the first step: what the run begins with", words: "beginning,noise"
  ) { $0.scrub(to: 0) }
  static let last = Action(
    "last", [.end], "the last step so far, and follow the run",
    words: "end,result,finished,follow"
  ) { $0.scrub(to: .max) }
  static let leapBack = Action(
    "leap-back", [.shiftLeft, .pageUp], "a tenth of the run back"
  ) { $0.leap(-1) }
  static let leapOn = Action(
    "leap-on", [.shiftRight, .pageDown], "a tenth of the run on"
  ) { $0.leap(1) }
  static let tenth = Action(
    "tenth", "0123456789".map { .character($0) }, "jump to 0–90% of the run", words: "seek,percent"
  ) { $0.jump(toTenth: $1) }
  static let play = Action(
    "play", [.character("p")], hint: "play", "play the steps, or stop", words: "animate,watch"
  ) { $0.play(1) }
  static let playBack = Action(
    "play-back", [.character("P")], "play the steps backwards, or stop", words: "reverse,rewind"
  ) { $0.play(-1) }
  static let slower = Action(
    "slower", [.character("<"), .character(",")], "play more slowly", words: "speed,slow"
  ) { $0.pace(-1) }
  static let faster = Action(
    "faster", [.character(">")], "play faster", words: "speed,fast"
  ) { $0.pace(1) }
  static let step = Action(
    "step", [.character(".")], hint: "one step", "pause, and compute one step at a time",
    words: "single step"
  ) { $0.stepOnce() }
  static let cancel = Action(
    "cancel", [.control("c")], "cancel the run; a second time, quit",
    words: "abort,interrupt,stop,kill"
  ) { $0.interrupt() }
  static let runBefore = Action(
    "run-before", [.character("[")], "show the run before", words: "previous"
  ) { $0.turnRun(-1) }
  static let runAfter = Action(
    "run-after", [.character("]")], "show the run after", words: "next"
  ) { $0.turnRun(1) }
  static let runs = Action(
    "runs", [.character("v")], hint: "runs", "choose among the runs of this session",
    words: "gallery,list,pictures,images"
  ) { $0.list(.runs) }
  static let favourite = Action(
    "favourite", [.character("*")], "mark this run as a favourite, or unmark it",
    words: "favorite,star,bookmark,like,remember,pin"
  ) { $0.toggleFavourite() }
  static let favourites = Action(
    "favourites", [.character("O")], "the favourites of this session and earlier ones",
    words: "favorites,starred,bookmarks,liked"
  ) { $0.look(for: .favourites([]), .listFavourites) }
  static let compare = Action(
    "compare", [.character("c")], hint: "compare", "show the previous run beside this one",
    words: "side by side,difference,diff"
  ) { $0.compare() }
  static let saveRun = Action(
    "save-run", [.character("S")], "save the whole run: an animation and a strip",
    words: "gif,animation,animated,video,film,movie,apng,export run,export"
  ) { $0.saveRun() }
  static let saveText = Action(
    "save-text", [.character("A")], "save the picture shown as text in colours",
    words: "ansi,ascii,export text,export"
  ) { $0.saveText() }
  static let copySettings = Action(
    "copy-settings", [.character("u")], "copy the settings of the picture shown to the clipboard",
    words: "clipboard,yank,parameters,share"
  ) { $0.copySettings() }
  static let copyPrompt = Action(
    "copy-prompt", [], "copy the prompt to the clipboard", words: "clipboard,yank"
  ) { $0.copyPrompt() }
  static let copyPath = Action(
    "copy-path", [], "copy the path of the file saved last to the clipboard",
    words: "clipboard,yank,file name"
  ) { $0.copyPath() }
  static let open = Action(
    "open", [.character("o")], "open a saved picture, and get its run back",
    words: "load,import,file,restore"
  ) { $0.look(for: .files([]), .listPictures(onlySaved: true)) }
  static let beginWith = Action(
    "begin-with", [.character("I")], "begin with a picture, or with noise alone again",
    words: "img2img,image to image,init image,starting picture,strength,import"
  ) { $0.look(for: .starts([]), .listPictures(onlySaved: false)) }
  static let history = Action(
    "history", [.control("r"), .character("/")], "find an earlier prompt",
    words: "previous prompts,recent,search"
  ) { $0.list(.history) }
  static let editNegative = Action(
    "not", [.character("N")], "type the negative prompt: things to leave out",
    words: "negative,negative prompt,leave out,exclude,avoid,without"
  ) { $0.enter(.negative) }
  static let turnSeedMode = Action(
    "seed-mode", [.character("n")], "turn the next run's seed: fixed, counting up, random",
    words: "seed,lock seed"
  ) { $0.turnSeedMode() }
  static let models = Action(
    "model", [.character("m")], "choose a model", words: "checkpoint,network,weights,load model"
  ) { $0.look(for: .models([]), .listModels) }
  static let loras = Action(
    "lora", [.character("a")], "add a LoRA to the model, or take it off", words: "adapter,style"
  ) { $0.look(for: .loras([]), .listLoRAs) }
  static let turnGlyphs = Action(
    "glyphs", [.character("g")], "switch glyphs: halves, quadrants, sextants, shades",
    words: "sharper,resolution,pixels,blocks,detail"
  ) { $0.turnGlyphs() }
  static let turnTheme = Action(
    "theme", [.character("t")], hint: "theme", "turn through the themes",
    words: "light,dark,colours,colors,background,appearance,contrast"
  ) { $0.turnTheme() }
  static let fullScreen = Action(
    "full-screen", [.character("f")], hint: "full screen",
    "give the picture the whole screen, or bring the fields back",
    words: "zoom,maximize,maximise,enlarge,bigger,larger,hide,distraction free"
  ) { $0.toggleFullScreen() }
  static let present = Action(
    "present", [.character("F")],
    "present to a class: one large picture and its caption; once more leaves it",
    words: "presentation,class,teach,projector,beamer,big,large,slideshow,show"
  ) { $0.togglePresenting() }
  static let toggleMouse = Action(
    "mouse", [.character("M")], "turn mouse capture on or off; off, the terminal selects text",
    words: "select,copy,click"
  ) { $0.toggleMouse() }
  static let back = Action(
    "back", [.escape], "back to the picture", words: "close,picture,leave"
  ) { $0.goBack() }
  static let suspend = Action(
    "suspend", [.control("z")], "leave the terminal to the shell; fg comes back",
    words: "background,shell,stop"
  ) { _ in [.suspend] }
  static let quit = Action(
    "quit", [.character("q")], hint: "quit", "quit", words: "exit,close,leave,end,bye"
  ) { $0.quit() }
  static let help = Action(
    "help", [.character("?")], hint: "help", "every key, and where you are",
    words: "keys,shortcuts,bindings,manual,hotkeys"
  ) { $0.list(.help) }
}
