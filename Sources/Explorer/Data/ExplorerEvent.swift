import Pictures
import Recipes

/// An event that the explorer receives.
public enum ExplorerEvent: Sendable, Hashable {
  case key(ExplorerKey)
  case paste(String)
  case mouse(MouseEvent)
  case resized(width: Int, height: Int)
  /// No key was pressed for ``Explorer/burstMilliseconds``.
  case typingPaused
  /// One interval of playing has passed; see ``Explorer/tickMilliseconds``.
  case tick
  /// The terminal reported that its background is light or dark.
  case background(isLight: Bool)
  /// The terminal can show pictures as pixels.
  case pixelsAvailable
  case modelLoaded(ModelFacts)
  case modelFailed(String)
  /// The available models, as requested.
  case models([ModelListing])
  /// The prompt's tokens, and the index of the first character that the model does not read.
  case promptMeasured(prompt: String, tokens: Int, ignoredFrom: Int?)
  /// A run's prompt is far from everything that the model was trained on; with the closest names.
  case farPrompt(run: Int, closest: [String])
  /// The prompts that the model is known to paint, as requested.
  case ideas([Idea])
  /// The training picture of the thing that an idea names, if there is one.
  case ideaPicture(of: String, IdeaPicture?)
  /// The favourites, as requested, the newest first.
  case favourites([Recipe])
  /// The noise levels of a run's steps, sent before the first step.
  case planned(run: Int, [PlannedLevel])
  case frame(run: Int, Frame)
  /// Weights are being read before a run's next step.
  case loading(run: Int, Loading)
  /// The finished fraction of a step's work, 0 to 1.
  case progress(run: Int, step: Int, share: Double)
  case runFailed(run: Int, message: String)
  /// A file was written; for a whole run, a second file too. The remark reports any difference from the request.
  case saved(path: String, other: String? = nil, remark: String? = nil)
  case saveFailed(String)
  /// The names of the saved picture files, as requested.
  case pictures([String], onlySaved: Bool)
  /// A saved picture's settings, and the LoRAs that it was made with; `nil` for these if not all of them were found.
  case opened(path: String, Infotext.Contents, loras: [ChosenLoRA]? = [])
  case openFailed(String)
  /// Information that the user should see.
  case noticed(String)
  /// The paths of the LoRA files, as requested.
  case loras([String])
  /// The file of a typed LoRA.
  case loraFound(path: String, weight: Float?)
  /// A starting picture.
  case startRead(Recipe.StartingPicture)
  /// A study's result, in parts if it takes long.
  case studied(Study, Finding)
  /// The user has rested at ``Explorer/resting`` for a moment.
  case rested
  /// A step's picture, decoded in full as requested.
  case decoded(FramePlace, Picture)
  case decodeFailed(FramePlace, message: String)
}
