import Explorer
import Files
import Foundation
import Session

/// The files that are kept between sessions: the prompts, the favourites, the display's settings and the lesson, up to
/// the explorer that they set up.
func readStateFiles(_ bytes: [UInt8]) throws {
  let data = Data(bytes)
  let lines = LineFile.lines(in: data)
  try require(lines.allSatisfy { !$0.isEmpty }, "an empty line")
  let prompts = PromptHistoryFile.newest(lines)
  try require(Set(prompts).count == prompts.count, "a prompt that is there twice")
  try require(prompts.count <= PromptHistoryFile.limit, "\(prompts.count) prompts")
  try require(
    FavouritesFile.recipes(in: lines).count <= FavouritesFile.limit, "too many favourites")
  _ = DisplayFile.choices(in: data)
  var preferences = Explorer.Preferences()
  preferences.history = prompts
  preferences.prompt = prompts.last
  preferences.lesson = LessonPlace.lesson(in: data)
  _ = Explorer(preferences, randomSeed: 1)
}
