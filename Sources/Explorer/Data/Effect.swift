import Cells
import Pictures
import Recipes

/// Everything that the explorer asks of the world.
public enum Effect: Sendable, Hashable {
  /// Computes a run; a branch begins with the sample that another run had at a step.
  case start(run: Int, Recipe, from: BranchPoint?)
  case cancel(run: Int)
  case pause(run: Int)
  case resume(run: Int)
  case stepOnce(run: Int)
  /// Another steering from the next step of a run on.
  case steer(run: Int, Steering)
  /// Nothing of a run is needed any more.
  case forget(run: Int)
  case measurePrompt(String)
  /// Saves something of a run; `nil` where the model that is loaded made it of a run of another.
  case save(SaveRequest, run: Int?)
  /// Adds a prompt to the history that is kept.
  case remember(String)
  /// The theme and the glyphs that the explorer opens with another time.
  case rememberDisplay(theme: String, glyphs: GlyphSet)
  /// Keeps a run's recipe among the favourites, or takes it out.
  case favour(Recipe, Bool)
  case listFavourites
  /// The prompts that the model is known to paint.
  case listIdeas
  /// The lesson that the tour is to go on with another time.
  case rememberLesson(Int)
  /// The pictures in the folder: those that can hold a run, or all that can be looked at.
  case listPictures(onlySaved: Bool)
  case openPicture(String)
  /// Reads a picture that runs are to begin with.
  case readStart(path: String, strength: Double)
  case listModels
  /// Loads the model in a folder, or the embedded one.
  case loadModel(path: String?)
  case listLoRAs
  /// Looks for the LoRA that was typed.
  case findLoRA(path: String, weight: Float?)
  /// Loads the model anew with these LoRAs and no others.
  case useLoRAs([ChosenLoRA])
  /// Makes these studies, the first first, and no others any more.
  case study([Study])
  /// Takes the mouse, or leaves it to the terminal.
  case useMouse(Bool)
  /// Decodes a step's picture in full.
  case decode(FramePlace)
  /// Decoding is wanted no more.
  case cancelDecoding
  /// Puts text on the clipboard.
  case copy(CopyRequest)
  case suspend
  case quit
}

/// What is to be saved.
public enum SaveRequest: Sendable, Hashable {
  /// A picture; `frameStep` counts from 1 and is `nil` for a finished one. `decoding` says where the full picture comes
  /// from where this one is a quick one.
  case picture(Picture, Recipe, frameStep: Int?, view: String?, decoding: FramePlace? = nil)
  /// A run as an animation and as a strip: the pictures of its steps, and what it came to; of one that was cut short the
  /// number of its last step.
  case run([Picture], last: Picture?, lastStep: Int?, Recipe, view: String)
  /// A picture as text in colours.
  case text(CellBuffer, Recipe, frameStep: Int?, view: String?)
}

/// What is to be put on the clipboard.
public enum CopyRequest: Sendable, Hashable {
  case text(String)
  /// Settings as saved pictures hold them; `frameStep` counts from 1 and is `nil` for a finished picture.
  case settings(Recipe, frameStep: Int?, view: String?)
}
