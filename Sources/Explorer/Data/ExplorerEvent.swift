import Pictures
import Recipes

/// Everything that can happen to the explorer.
public enum ExplorerEvent: Sendable, Hashable {
  case key(ExplorerKey)
  case paste(String)
  case mouse(MouseEvent)
  case resized(width: Int, height: Int)
  /// No key came for ``Explorer/burstMilliseconds``.
  case typingPaused
  /// A moment of playing has passed; see ``Explorer/tickMilliseconds``.
  case tick
  /// The terminal told whether its background is light.
  case background(isLight: Bool)
  case modelLoaded(ModelFacts)
  case modelFailed(String)
  /// The models there are, as asked for.
  case models([ModelListing])
  /// The prompt's tokens, and the character from which on the model reads no more.
  case promptMeasured(prompt: String, tokens: Int, ignoredFrom: Int?)
  /// A run's prompt is far from everything that the model was taught; the names that are closest to it.
  case farPrompt(run: Int, closest: [String])
  /// The prompts that the model is known to paint, as asked for.
  case ideas([Idea])
  /// The favourites, as asked for; the newest first.
  case favourites([Recipe])
  /// The noise levels of a run's steps, before the first is computed.
  case planned(run: Int, [PlannedLevel])
  case frame(run: Int, Frame)
  /// Weights are read before a run's next step.
  case loading(run: Int, Loading)
  /// How much of a step's work is done, 0 to 1.
  case progress(run: Int, step: Int, share: Double)
  case runFailed(run: Int, message: String)
  /// A file was written; of a whole run another one beside it. A remark says what is other than was asked for.
  case saved(path: String, other: String? = nil, remark: String? = nil)
  case saveFailed(String)
  /// The saved pictures there are, as asked for; names of files.
  case pictures([String], onlySaved: Bool)
  /// A saved picture's settings, and the LoRAs that it was made with; `nil` for these where not all of them are at hand.
  case opened(path: String, Infotext.Contents, loras: [ChosenLoRA]? = [])
  case openFailed(String)
  /// Something came to light that a user should know.
  case noticed(String)
  /// The LoRAs there are, as asked for; paths of files.
  case loras([String])
  /// The file of a LoRA that was typed.
  case loraFound(path: String, weight: Float?)
  /// A picture that runs are to begin with.
  case startRead(Recipe.StartingPicture)
  /// What a study found; in parts where it takes long.
  case studied(Study, Finding)
  /// One has stayed at ``Explorer/resting`` for a moment.
  case rested
  /// A step's picture, decoded in full as asked for.
  case decoded(FramePlace, Picture)
  case decodeFailed(FramePlace, message: String)
}
