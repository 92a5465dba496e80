import Cells
import Pictures
import Recipes

/// A request from the explorer to the outside world.
public enum Effect: Sendable, Hashable {
  /// Computes a run; a branch starts with the sample that another run had at a step.
  case start(run: Int, Recipe, from: BranchPoint?)
  case cancel(run: Int)
  case pause(run: Int)
  case resume(run: Int)
  case stepOnce(run: Int)
  /// Changes the steering of a run from its next step on.
  case steer(run: Int, Steering)
  /// Releases everything that is stored for a run.
  case forget(run: Int)
  case measurePrompt(String)
  /// Saves part of a run; `nil` if the loaded model made it from another model's run.
  case save(SaveRequest, run: Int?)
  /// Adds a prompt to the saved history.
  case remember(String)
  /// Saves the theme and the glyphs for the next start of the explorer.
  case rememberDisplay(theme: String, glyphs: GlyphSet)
  /// Adds a run's recipe to the favourites, or removes it.
  case favour(Recipe, Bool)
  case listFavourites
  /// Requests the prompts that the model is known to paint.
  case listIdeas
  /// Finds the training picture of the thing that an idea names.
  case findIdeaPicture(String)
  /// Saves the lesson at which the tour can be resumed.
  case rememberLesson(Int)
  /// Requests the pictures in the folder: only those that can contain a run, or all readable ones.
  case listPictures(onlySaved: Bool)
  case openPicture(String)
  /// Reads a starting picture.
  case readStart(path: String, strength: Double)
  case listModels
  /// Loads the model in a folder, or the embedded model.
  case loadModel(path: String?)
  case listLoRAs
  /// Looks for a typed LoRA.
  case findLoRA(path: String, weight: Float?)
  /// Reloads the model with exactly these LoRAs.
  case useLoRAs([ChosenLoRA])
  /// Computes these studies in this order, and cancels all others.
  case study([Study])
  /// Captures the mouse, or releases it to the terminal.
  case useMouse(Bool)
  /// Decodes a step's picture in full.
  case decode(FramePlace)
  /// Cancels full decoding.
  case cancelDecoding
  /// Copies text to the clipboard.
  case copy(CopyRequest)
  case suspend
  case quit
}

/// Something to save.
public enum SaveRequest: Sendable, Hashable {
  /// A picture; `frameStep` counts from 1 and is `nil` for a finished picture. `decoding` says where to get the full
  /// picture if this one is a preview.
  case picture(Picture, Recipe, frameStep: Int?, view: String?, decoding: FramePlace? = nil)
  /// A run as an animation and as a strip: the pictures of its steps and its result, or for a cancelled run the number
  /// of its last step.
  case run([Picture], last: Picture?, lastStep: Int?, Recipe, view: String)
  /// A picture as coloured text.
  case text(CellBuffer, Recipe, frameStep: Int?, view: String?)
}

/// Something to copy to the clipboard.
public enum CopyRequest: Sendable, Hashable {
  case text(String)
  /// Settings in the format of saved pictures; `frameStep` counts from 1 and is `nil` for a finished picture.
  case settings(Recipe, frameStep: Int?, view: String?)
}
