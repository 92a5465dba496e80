/// An action that a key or the palette can start: its name, its keys, its help and its code, in one place. To add an
/// action, define it here and list it in ``all``.
struct Action: Sendable {
  /// The name that a configuration file uses for it.
  let id: String
  /// Its default keys, which a configuration file can change.
  let keys: [ExplorerKey]
  /// A word or two for the status line; empty if it is not shown there.
  let hint: String
  /// A sentence without its full stop, for the help and the palette.
  let help: String
  /// Other words that people may search for, in the format of ``FuzzyQuery/name(of:)``.
  let words: [String]
  /// Performs the action. The number is the index of the pressed key among the action's keys.
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
  /// Every action, in the order of the help: the ones that newcomers need come first.
  static let all: [Action] =
    [
      .backOne, .onOne, .pause, .turnPictureKind, .adopt, .views, .save, .randomSeed, .editPrompt,
      .ideas,
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
    "on-one", [.right, .character("l")], "one step forward, towards the picture",
    words: "next,forward"
  ) { $0.left(1) }
  static let pause = Action(
    "pause", [.character(" ")], hint: "pause", "pause or continue the run",
    words: "resume,continue,stop,freeze"
  ) { $0.pause() }
  static let turnPictureKind = Action(
    "view", [.character("x")], hint: "view", "switch: noisy picture (x_t), guess (x0), noise",
    words: "latent,prediction,denoised,preview"
  ) { $0.turnPictureKind() }
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
    "start the tour of nine short lessons, or leave it",
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
    "field-before", [.backTab], "go to the previous field"
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
    "first", [.home], "the first step: what the run starts from", words: "beginning,noise"
  ) { $0.scrub(to: 0) }
  static let last = Action(
    "last", [.end], "the latest step; then follow the run",
    words: "end,result,finished,follow"
  ) { $0.scrub(to: .max) }
  static let leapBack = Action(
    "leap-back", [.shiftLeft, .pageUp], "back by a tenth of the run"
  ) { $0.leap(-1) }
  static let leapOn = Action(
    "leap-on", [.shiftRight, .pageDown], "forward by a tenth of the run"
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
    "step", [.character(".")], hint: "one step", "pause, then compute one step at a time",
    words: "single step"
  ) { $0.stepOnce() }
  static let cancel = Action(
    "cancel", [.control("c")], "cancel the run; press again to quit",
    words: "abort,interrupt,stop,kill"
  ) { $0.interrupt() }
  static let runBefore = Action(
    "run-before", [.character("[")], "show the previous run", words: "previous"
  ) { $0.turnRun(-1) }
  static let runAfter = Action(
    "run-after", [.character("]")], "show the next run", words: "next"
  ) { $0.turnRun(1) }
  static let runs = Action(
    "runs", [.character("v")], hint: "runs", "choose a run of this session",
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
    "save-run", [.character("S")], "save the whole run as an animation and a strip",
    words: "gif,animation,animated,video,film,movie,apng,export run,export"
  ) { $0.saveRun() }
  static let saveText = Action(
    "save-text", [.character("A")], "save the picture shown as coloured text",
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
    "copy-path", [], "copy the path of the last saved file to the clipboard",
    words: "clipboard,yank,file name"
  ) { $0.copyPath() }
  static let open = Action(
    "open", [.character("o")], "open a saved picture and its run",
    words: "load,import,file,restore"
  ) { $0.look(for: .files([]), .listPictures(onlySaved: true)) }
  static let beginWith = Action(
    "begin-with", [.character("I")], "start from a picture, or from noise alone again",
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
    "seed-mode", [.character("n")],
    "switch how the next run gets its seed: fixed, counting up, random",
    words: "seed,lock seed"
  ) { $0.turnSeedMode() }
  static let models = Action(
    "model", [.character("m")], "choose a model", words: "checkpoint,network,weights,load model"
  ) { $0.look(for: .models([]), .listModels) }
  static let loras = Action(
    "lora", [.character("a")], "add a LoRA to the model, or remove one", words: "adapter,style"
  ) { $0.look(for: .loras([]), .listLoRAs) }
  static let turnGlyphs = Action(
    "glyphs", [.character("g")], "switch glyphs: halves, pixels, quadrants, sextants, shades",
    words: "sharper,resolution,pixels,blocks,detail"
  ) { $0.turnGlyphs() }
  static let turnTheme = Action(
    "theme", [.character("t")], hint: "theme", "switch to the next theme",
    words: "light,dark,colours,colors,background,appearance,contrast"
  ) { $0.turnTheme() }
  static let fullScreen = Action(
    "full-screen", [.character("f")], hint: "full screen",
    "show the picture full screen, or bring the fields back",
    words: "zoom,maximize,maximise,enlarge,bigger,larger,hide,distraction free"
  ) { $0.toggleFullScreen() }
  static let present = Action(
    "present", [.character("F")],
    "start presenting to a class (one large picture and its caption), or stop",
    words: "presentation,class,teach,projector,beamer,big,large,slideshow,show"
  ) { $0.togglePresenting() }
  static let toggleMouse = Action(
    "mouse", [.character("M")],
    "turn mouse capture on or off; when it is off, the terminal can select text",
    words: "select,copy,click"
  ) { $0.toggleMouse() }
  static let back = Action(
    "back", [.escape], "go back to the picture", words: "close,picture,leave"
  ) { $0.goBack() }
  static let suspend = Action(
    "suspend", [.control("z")], "suspend the program and return to the shell; fg resumes it",
    words: "background,shell,stop"
  ) { _ in [.suspend] }
  static let quit = Action(
    "quit", [.character("q")], hint: "quit", "quit", words: "exit,close,leave,end,bye"
  ) { $0.quit() }
  static let help = Action(
    "help", [.character("?")], hint: "help", "show every key and where you are",
    words: "keys,shortcuts,bindings,manual,hotkeys"
  ) { $0.list(.help) }
}
