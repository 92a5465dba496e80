/// The kind of tale that a sentence is from.
package enum Genre: Sendable, Hashable, CaseIterable {
  case fairyTale, fable, greekMyth, nurseryRhyme, seaStory

  /// The genre as displayed, with its article.
  package var name: String {
    switch self {
    case .fairyTale: "a fairy tale"
    case .fable: "a fable"
    case .greekMyth: "a Greek myth"
    case .nurseryRhyme: "a nursery rhyme"
    case .seaStory: "a sea story"
    }
  }

  /// The genre in the plural.
  var pluralName: String {
    switch self {
    case .fairyTale: "fairy tales"
    case .fable: "fables"
    case .greekMyth: "Greek myths"
    case .nurseryRhyme: "nursery rhymes"
    case .seaStory: "sea stories"
    }
  }
}

/// A sentence about a tale that most people know.
package struct Tale: Sendable, Hashable {
  package let title: String
  package let genre: Genre
  /// The words in lower case, all of them in ``Vocabulary``.
  package let words: [String]

  private init(_ title: String, _ genre: Genre, _ sentence: String) {
    self.title = title
    self.genre = genre
    words = sentence.split(separator: " ").map(String.init)
  }

  /// The tales of a genre.
  package static func all(of genre: Genre) -> [Tale] { all.filter { $0.genre == genre } }

  /// All tales. They are in the public domain; the sentences are our own.
  package static let all: [Tale] = [
    Tale(
      "Little Red Riding Hood", .fairyTale, "the girl in the red hood met a wolf in the forest"),
    Tale("Cinderella", .fairyTale, "the prince found a glass shoe on the stairs of the castle"),
    Tale(
      "Sleeping Beauty", .fairyTale, "the princess slept for many years behind a wall of thorns"),
    Tale("The Frog Prince", .fairyTale, "the frog brought the golden ball to the princess"),
    Tale("Snow White", .fairyTale, "the queen gave the girl a red apple with poison"),
    Tale("Hansel and Gretel", .fairyTale, "the witch lived in a small house of bread and sugar"),
    Tale(
      "Jack and the Beanstalk", .fairyTale,
      "the boy climbed the beanstalk to the castle of the giant"),
    Tale(
      "The Tortoise and the Hare", .fable, "the slow tortoise won the race while the hare slept"),
    Tale(
      "The Fox and the Crow", .fable, "the crow opened its beak and the fox took the cheese"),
    Tale("The Fox and the Grapes", .fable, "the hungry fox called the high grapes sour"),
    Tale("The Lion and the Mouse", .fable, "the tiny mouse bit the net and saved the lion"),
    Tale(
      "The Ant and the Grasshopper", .fable, "the ant worked in summer while the grasshopper sang"),
    Tale("Icarus", .greekMyth, "the boy flew too near the sun and his wings melted"),
    Tale("King Midas", .greekMyth, "the king touched the bread and it turned into gold"),
    Tale("Pandora’s Box", .greekMyth, "the woman opened the forbidden box and sorrow flew out"),
    Tale("Theseus in the Maze", .greekMyth, "the hero followed the thread through the dark maze"),
    Tale("The Trojan Horse", .greekMyth, "the soldiers hid in a wooden horse before the city"),
    Tale("Humpty Dumpty", .nurseryRhyme, "the egg sat on a high wall and fell down"),
    Tale("Mary Had a Little Lamb", .nurseryRhyme, "the little lamb followed the girl to school"),
    Tale("Jack and Jill", .nurseryRhyme, "the boy and the girl climbed the hill for water"),
    Tale("Hey Diddle Diddle", .nurseryRhyme, "the cow jumped over the moon and the dog laughed"),
    Tale(
      "Little Miss Muffet", .nurseryRhyme, "the spider frightened the girl and she ran away"),
    Tale("Moby-Dick", .seaStory, "the captain hunted the white whale across the ocean"),
    Tale("Robinson Crusoe", .seaStory, "the sailor found a footprint on the sand of his island"),
    Tale("Treasure Island", .seaStory, "the pirate buried the treasure on a lonely island"),
    Tale(
      "The Rime of the Ancient Mariner", .seaStory,
      "the sailor shot the white bird and the wind died"),
    Tale(
      "The Little Mermaid", .seaStory, "the mermaid saved the prince from the storm and the waves"),
  ]
}
