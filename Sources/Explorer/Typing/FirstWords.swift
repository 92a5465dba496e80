extension Sentence {
  /// Words with which prompts often start.
  ///
  /// A prompt that is typed slowly on the picture loses its first letters to commands: `e` opens the prompt field, and
  /// only “lephant” is typed into it. If the letters before it complete one of these words, they belong to the
  /// prompt.
  static let firstWords: Set<String> = Set(
    """
    a an the one two three four five six seven eight nine ten eleven twelve this that in on at under inside behind \
    beside between near with without no new old it is i he she we they my his her their its be being \
    big giant gigantic huge large little small tiny mini medium thin thick wide narrow high tall deep long short round \
    red green blue white black grey gray beige pink violet purple indigo yellow orange brown golden silver crimson \
    scarlet bright brilliant dim light shiny glittering gleaming glowing neon pale white \
    nice fine pretty beautiful gentle friendly kind wise silent quiet quick fierce wild evil eerie epic heroic friendly \
    hidden broken frozen melting flying running sleeping sitting smiling singing dancing swimming reading drinking \
    eating jumping riding painting skiing knitting juggling laughing crying giving burning blinking exploding erupting \
    endless empty enormous elegant electric enchanted exotic eternal early easy english european egyptian eastern \
    evening every each extra extreme icy italian indian irish iced illuminated isometric interior intricate infinite \
    imaginary incredible iridescent iron ivory ice iceberg icicle icon idol igloo iguana illustration imp infant \
    inferno ink inn insect instrument internet iris island ivy ibex ibis \
    ear earring earth earthworm easel easter eagle echo eclipse ecology edelweiss edge eel egg eggplant eggs eiffel \
    elbow elder elderly elephant elephants elevator elf elves elk ember emblem embroidery emerald emoji emu engine \
    engineer england envelope equator eraser escalator espresso eucalyptus europe evergreen excavator exit explorer \
    explosion eye eyeball eyebrow eyelash eyes eyeglasses \
    bear beaver bed bee beetle beer bell belt bench beret berry bicycle biscuit bike bill bird birthday bison bride \
    bridge brick \
    cell cellist cello centaur cereal cheese cheetah cherry chess chick chicken child children chick church cliff \
    crescent cricket crimson \
    deer desert desk dentist detective dice dinner dinosaur diver dish disk diamond dress drink dream \
    feather fence fern ferret ferry festival field fiddle fig fire firefighter fireworks fish fisherman flight fridge \
    fried fries frisbee fresh \
    gecko genie gem german ghost giraffe girl girls glider glitter green greenhouse grid grill grizzly \
    head headphones heart hedge hedgehog helicopter helmet hen hero heron hill hippo hippopotamus history \
    jeans jelly jellyfish jet jewel kettle key keyboard king kite kitten kitchen kiwi knife knight \
    leaf leather leek legend lemon lemur leopard letter lettuce library lighthouse lightning lily lime lion lips liquid \
    lizard line \
    neck necklace needle nest net neptune nebula nepal newspaper newt night nightingale nightmare niece ninja nigeria \
    nickel north northern norway norwegian nordic november noodle noodles nurse nut nun numbers \
    peach peacock peanut pear pearl pebble pelican pen pencil penguin people pepper person piano picnic picture pie pig \
    pigeon pill pillow pilot pin pine pineapple pipe pirate pizza plier prince princess present \
    queen rein reindeer red restaurant retro rice rifle ring rhino rhinoceros river ripe rich \
    sea seagull seahorse seal shell sheep sheriff shield ship shirt silhouette sheet sink siren sister skeleton sketch \
    ski skier skirt sled sleepy slice slippers snail stew steam spider spring stream street striped \
    tea teacher teapot teacup teddy teeth telephone telescope television temple tennis tent tents theatre ticket tie \
    tiger tigers time tin tire tired train treasure tree trees triangle trident tricycle twilight twin twins \
    wedding well west western whale wheat wheel white wig wind window windmill wine wing winter witch wizard wise \
    wet winding wire wreath writer yellow yeti yellowish year zebra zero zeppelin
    """.split(whereSeparator: \.isWhitespace).map(String.init))

  /// The letters that belong before a word: the longest end of `letters` that makes it one of the ``firstWords``.
  ///
  /// - Returns: How many of the last letters; `nil` if the word may stand by itself.
  static func lettersMissing(from word: String, after letters: String) -> Int? {
    let word = word.lowercased()
    guard !word.isEmpty, word.allSatisfy(\.isLetter), !firstWords.contains(word) else { return nil }
    let letters = Array(letters.lowercased())
    return (0..<letters.count).first { firstWords.contains(String(letters[$0...]) + word) }
      .map { letters.count - $0 }
  }
}
