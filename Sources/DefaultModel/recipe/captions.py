"""What the embedded model is trained on: the pictures that are used, and the captions of each.

One style is the default: a prompt that names no style paints a 3D emoji, so only 3D emoji have plain
names. Every other style is always named. Besides the names, there are words for kinds of things ("food", "an animal"),
other words for the same thing ("kitten"), and plurals.
"""
import re

# Source, its style as named in prompts, and its share of the pictures drawn.
SHARES = {"fluent3d": 0.81, "fluentflat": 0.06, "dcss": 0.035, "pixelfood": 0.01, "streamline": 0.03, "grocery": 0.025,
          "scenes": 0.025, "flags": 0.005}
STYLES = {
    "fluent3d": ["{a}, 3d emoji", "{n}, 3d emoji", "a 3d render of {a}", "a 3d {n}"],
    "fluentflat": ["{a}, flat emoji", "{n}, flat", "{a}, flat", "a flat {n}", "a flat vector illustration of {a}"],
    "dcss": ["{a}, pixel art", "{n}, pixel art", "pixel art of {a}", "a pixel art sprite of {a}"],
    "pixelfood": ["{a}, pixel art", "{n}, pixel art", "pixel art of {a}", "a pixel art sprite of {a}"],
    "streamline": ["{a}, outline", "{n}, outline", "an outline of {a}", "{a}, outlined cartoon",
                   "a cartoon of {a} with black outlines"],
    "grocery": ["a photo of {n}", "{n}, photo", "a photograph of {n}"],
}
# The fraction of the default style for each group.
GROUPS = {"people": 0.055, "face": 0.09, "symbols": 0.015, "flag": 0.002, "activities": 0.078, "objects": 0.19,
          "travel & places": 0.14, "animals & nature": 0.26, "food & drink": 0.17}
UNTURNED = {"people", "face", "symbols", "flag"}

FRUIT = """avocado, banana, blueberries, cherries, coconut, grapes, green apple, kiwi fruit, lemon, lime, mango, melon,
olive, peach, pear, pineapple, red apple, strawberry, tangerine, tomato, watermelon"""
VEGETABLES = """bell pepper, broccoli, carrot, cucumber, ear of corn, eggplant, garlic, green salad, hot pepper,
leafy green, onion, pea pod, potato, beans, roasted sweet potato"""
DESSERTS = """birthday cake, candy, chocolate bar, cookie, cupcake, custard, doughnut, ice cream, lollipop, moon cake,
pancakes, pie, shaved ice, shortcake, soft ice cream, waffle"""
DRINKS = """beer mug, beverage box, bubble tea, cocktail glass, cup with straw, glass of milk, hot beverage, mate, sake,
teacup without handle, tropical drink, tumbler glass, wine glass, bottle with popping cork, clinking beer mugs"""
VEHICLES = """airplane, ambulance, articulated lorry, auto rickshaw, automobile, bicycle, bullet train, bus, canoe,
delivery truck, ferry, fire engine, flying saucer, helicopter, high-speed train, kick scooter, light rail, locomotive,
metro, minibus, monorail, motor boat, motor scooter, motorcycle, oncoming automobile, oncoming bus, oncoming police car,
oncoming taxi, passenger ship, pickup truck, police car, racing car, railway car, rocket, sailboat, ship, small airplane,
speedboat, sport utility vehicle, taxi, tractor, train, tram, tram car, trolleybus, skateboard, sled"""
BUILDINGS = """bank, castle, church, circus tent, classical building, convenience store, department store, derelict house,
factory, hindu temple, hospital, hotel, house, house with garden, houses, hut, kaaba, love hotel, mosque, office building,
post office, school, shinto shrine, stadium, synagogue, tent, Tokyo tower, Statue of Liberty"""
PLANTS = """blossom, bouquet, cactus, cherry blossom, coral, deciduous tree, evergreen tree, fallen leaf, feather,
four leaf clover, herb, hibiscus, hyacinth, leaf fluttering in wind, lotus, palm tree, paw prints, pig nose, potted plant,
rose, rosette, seedling, shamrock, sheaf of rice, spider web, spiral shell, sunflower, tulip, white flower, wilted flower,
wing, nest with eggs, microbe"""
FLOWERS = "blossom, cherry blossom, hibiscus, hyacinth, lotus, rose, sunflower, tulip, white flower, bouquet, rosette"
TREES = "deciduous tree, evergreen tree, palm tree, Christmas tree, tanabata tree"
BIRDS = """baby chick, bird, black bird, chicken, dodo, dove, duck, eagle, flamingo, front-facing baby chick, goose,
hatching chick, owl, parrot, peacock, penguin, rooster, swan, turkey, phoenix"""
INSECTS = "ant, beetle, bug, butterfly, cockroach, cricket, fly, honeybee, lady beetle, mosquito, spider"
FISH = "blowfish, dolphin, fish, shark, spouting whale, tropical fish, whale, octopus, squid, crab, lobster, jellyfish, seal"
INSTRUMENTS = "accordion, banjo, drum, flute, guitar, long drum, maracas, musical keyboard, saxophone, trumpet, violin"
TOOLS = """axe, carpentry saw, clamp, hammer, hammer and pick, hammer and wrench, ladder, pick, screwdriver, wrench,
nut and bolt, toolbox, scissors, magnet, gear"""
CLOTHES = """ballet shoes, billed cap, bikini, briefs, coat, dress, flat shoe, gloves, high-heeled shoe, hiking boot, jeans,
kimono, lab coat, man's shoe, necktie, one-piece swimsuit, running shirt, running shoe, sari, scarf, shorts, socks, t-shirt,
thong sandal, top hat, woman's boot, woman's clothes, woman's hat, woman's sandal, safety vest"""
SPORTS = """american football, badminton, baseball, basketball, bowling, boxing glove, cricket game, field hockey,
flying disc, ice hockey, lacrosse, ping pong, pool 8 ball, rugby football, soccer ball, softball, tennis, volleyball"""
WEATHER = """cloud, cloud with lightning, cloud with lightning and rain, cloud with rain, cloud with snow, high voltage,
rainbow, snowflake, sun, sun behind cloud, sun behind large cloud, sun behind rain cloud, sun behind small cloud, tornado"""


def names(text):
    return {name.strip() for name in re.sub(r"\s+", " ", text).split(",")}


KINDS = [  # Names, and their common name.
    (names(FRUIT), ["fruit", "a fruit", "a piece of fruit"]), (names(VEGETABLES), ["a vegetable", "vegetables"]),
    (names(DESSERTS), ["a dessert", "something sweet"]), (names(DRINKS), ["a drink", "something to drink"]),
    (names(VEHICLES), ["a vehicle", "something to travel with"]), (names(BUILDINGS), ["a building", "buildings"]),
    (names(FLOWERS), ["a flower", "flowers"]), (names(TREES), ["a tree", "trees"]), (names(PLANTS), ["a plant"]),
    (names(BIRDS), ["a bird", "birds"]), (names(INSECTS), ["an insect", "a bug"]), (names(FISH), ["a sea animal"]),
    (names(INSTRUMENTS), ["a musical instrument", "an instrument"]), (names(TOOLS), ["a tool", "tools"]),
    (names(CLOTHES), ["clothes", "something to wear"]), (names(SPORTS), ["sport", "a game", "a ball"]),
    (names(WEATHER), ["weather", "the weather"])]
# The names of whole groups.
WIDE = {"food & drink": ["food", "food", "something to eat"], "face": ["a face", "a face", "an emoji"],
        "people": ["a person", "people"], "objects": ["an object", "a thing"], "animals & nature": ["an animal", "animals"],
        "travel & places": ["a place"], "activities": ["something to play with"]}

# Other words for the same thing.
OTHERS = {
    "cat": "kitten, kitty, pussycat, tomcat", "dog": "puppy, pup, doggy, hound", "rabbit": "bunny, hare",
    "pig": "piglet, swine, hog", "cow": "cattle, heifer", "horse": "pony, stallion, mare", "bird": "birdie, sparrow",
    "chicken": "hen", "baby chick": "chick", "rooster": "cock, cockerel", "lion": "big cat",
    "bear": "grizzly, brown bear", "mouse": "rodent", "monkey": "ape, chimp", "frog": "toad",
    "crocodile": "alligator, croc", "honeybee": "bee, bumblebee, wasp", "lady beetle": "ladybug, ladybird",
    "snake": "serpent, viper", "whale": "humpback", "octopus": "kraken", "shrimp": "prawn", "ewe": "sheep, lamb",
    "turtle": "tortoise", "butterfly": "moth", "airplane": "jet, plane, aeroplane, aircraft, airliner",
    "automobile": "car, auto, sedan", "bicycle": "bike, pushbike, cycle", "motorcycle": "motorbike",
    "delivery truck": "truck, lorry, van", "bus": "coach", "ship": "vessel, cruise ship, liner",
    "sailboat": "yacht, sailing boat, sailing ship, boat", "rocket": "spaceship, spacecraft, space rocket",
    "flying saucer": "ufo, alien ship", "locomotive": "steam train, train engine", "house": "home, cottage",
    "castle": "fortress", "church": "chapel", "tent": "camp", "red heart": "heart, love",
    "fire": "flame, flames, blaze", "star": "golden star", "sun": "sunshine", "snowman": "snow man",
    "television": "tv, telly", "laptop": "notebook, notebook computer, computer",
    "mobile phone": "phone, smartphone, cellphone", "camera": "photo camera", "watch": "wristwatch",
    "alarm clock": "clock", "glasses": "spectacles, eyeglasses", "top hat": "hat", "crown": "tiara, royal crown",
    "ring": "diamond ring, engagement ring", "gem stone": "diamond, jewel, gem", "money bag": "bag of money, money",
    "light bulb": "bulb, lamp, lightbulb", "closed book": "book", "red apple": "apple",
    "tangerine": "orange, mandarin, clementine", "potato": "spud, tater", "hamburger": "burger, cheeseburger",
    "french fries": "fries, chips", "doughnut": "donut", "cookie": "biscuit", "ice cream": "sundae",
    "soft ice cream": "ice cream cone, icecream", "birthday cake": "cake",
    "hot beverage": "coffee, tea, cup of coffee", "beer mug": "beer, pint",
    "wine glass": "wine, glass of wine, red wine", "bread": "loaf, toast, loaf of bread",
    "baguette bread": "baguette", "ear of corn": "corn, maize, corn on the cob", "cheese wedge": "cheese",
    "steaming bowl": "noodles, ramen, soup", "spaghetti": "pasta", "cooked rice": "rice, bowl of rice",
    "lollipop": "sucker", "cooking": "fried egg, egg in a pan", "egg": "eggs", "pizza": "slice of pizza",
    "soccer ball": "football, soccer", "trophy": "prize, winner's cup", "wrapped gift": "gift, present",
    "teddy bear": "teddy, stuffed bear", "robot": "android", "ghost": "spook, spirit", "skull": "skeleton",
    "alien": "extraterrestrial, martian", "baby": "infant, newborn",
    "smiling face with smiling eyes": "smile, smiling face, happy face", "grinning face": "grin, happy face, smiley",
    "crying face": "sad face, tears", "angry face": "mad face", "slightly smiling face": "smiley, smiley face",
    "pile of poo": "poop, poo", "jack-o-lantern": "pumpkin, halloween pumpkin", "deciduous tree": "tree, oak",
    "evergreen tree": "pine, fir, pine tree", "potted plant": "houseplant, plant in a pot", "shamrock": "clover",
    "snow-capped mountain": "mountain peak", "crescent moon": "moon", "full moon": "moon",
    "umbrella": "parasol, red umbrella", "T-Rex": "dinosaur, tyrannosaurus",
    "sauropod": "brontosaurus, long-necked dinosaur", "running shoe": "sneaker, trainer, sports shoe",
    "hammer": "mallet", "carpentry saw": "saw", "crossed swords": "swords, sword", "gear": "cog, cogwheel",
    "couch and lamp": "sofa, couch", "bed": "double bed", "door": "wooden door", "key": "golden key",
    "old key": "antique key", "locked": "lock, padlock", "bell": "ringing bell", "police car": "cop car, police",
    "fire engine": "firetruck, fire truck", "racing car": "race car, formula one car", "taxi": "cab",
    "violin": "fiddle", "trumpet": "horn, bugle", "guitar": "electric guitar", "musical keyboard": "piano",
    "balloon": "red balloon", "american football": "gridiron, american football ball",
    "honey pot": "honey, jar of honey", "eyes": "pair of eyes", "man": "guy, gentleman", "woman": "lady",
    "boy": "lad", "girl": "lass", "princess": "royal princess", "mage": "wizard, sorcerer", "hippopotamus": "hippo",
    "rhinoceros": "rhino", "two-hump camel": "camel", "chipmunk": "squirrel", "hedgehog": "porcupine",
    "water buffalo": "buffalo", "leopard": "cheetah",
    "globe showing Europe-Africa": "globe, earth, planet, planet earth",
    "globe showing Americas": "globe, earth, world", "rose": "red rose", "cherries": "cherry",
    "grapes": "bunch of grapes", "high voltage": "lightning, lightning bolt", "droplet": "drop, water drop",
    "water wave": "wave, ocean wave", "snowflake": "snow", "hot dog": "hotdog", "envelope": "letter, mail",
    "wastebasket": "bin, trash can", "open book": "book", "pencil": "yellow pencil", "ogre": "japanese mask",
    "mouse trap": "trap", "carousel horse": "carousel, merry-go-round", "anchor": "ship's anchor",
    "bomb": "cartoon bomb", "syringe": "needle, injection", "pill": "medicine, tablet, capsule", "toilet": "loo",
    "bathtub": "bath tub", "Santa Claus": "santa, father christmas", "fairy": "pixie", "vampire": "dracula",
    "zombie": "undead", "genie": "djinn",
}


def article(text):
    return ("an " if text[0].lower() in "aeiou" else "a ") + text


def plural(name):
    """The plural of a name of one or two plain words; `None` if it has none."""
    if not re.fullmatch(r"[a-z]+( [a-z]+)?", name) or name.endswith("s"):
        return None
    if name in {"sheep", "fish", "deer", "bread", "broccoli", "rice", "fire", "squid", "corn", "fog", "soap", "wood", "bison", "moose"}:
        return None
    if name in {"mouse", "wolf", "leaf", "goose", "ox", "tooth", "foot", "man", "woman", "child", "person", "knife", "calf"}:
        return {"mouse": "mice", "wolf": "wolves", "leaf": "leaves", "goose": "geese", "ox": "oxen", "tooth": "teeth", "foot": "feet",
                "man": "men", "woman": "women", "child": "children", "person": "people", "knife": "knives", "calf": "calves"}[name]
    if re.search(r"(s|x|z|ch|sh)$", name):
        return name + "es"
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + "s"


def everyday(row):
    """How often a 3D emoji is drawn relative to the others of its group: everyday things most often."""
    name = row["name"]
    if row["group"] in ("people", "face", "symbols", "flag"):
        return 1.0
    if name in OTHERS or any(name in known for known, _ in KINDS) or row["group"] in ("animals & nature", "food & drink"):
        return 1.0
    return 0.7 if " " not in name else 0.35


def kept(row):
    """Whether a picture is used: one style each, and people only without skin tones."""
    return row["source"] in SHARES and not (row["source"] in ("fluent3d", "fluentflat") and "skin" in row["name"])


class Words:
    """The captions of one picture, in lists with the probabilities of drawing from them."""

    def __init__(self, row):
        name, source = row["name"], row["source"]
        with_article = article(name) if article(name) in row["captions"] else name
        # Captions that are names: another name also occurs with its article.
        aliases = [c for c in row["captions"] if c != name and article(c) in row["captions"]]
        self.plain, self.lists, self.name = [name, with_article], [], name
        for alias in aliases:
            self.plain += [alias, article(alias)]
        self.styled = [form.format(n=name, a=with_article) for form in STYLES.get(source, [])]
        for alias in aliases:
            self.styled += [form.format(n=alias, a=article(alias)) for form in STYLES.get(source, [])[:2]]
        if source != "fluent3d":
            # Landscapes and flags are described by their own captions; everything else names its style.
            self.plain = self.styled or row["captions"]
            return
        others = []
        for word in filter(None, OTHERS.get(name, "").split(", ")):
            others += [word] if word.endswith("s") and " " not in word else [word, article(word)]
        many = plural(name)
        if many:
            others += [many]
        kinds = [text for known, texts in KINDS if name in known for text in texts]
        wide = WIDE.get(row["group"], [])
        if row["group"] == "animals & nature" and name in names(PLANTS):
            wide = ["a plant", "nature"] if kinds else []
        more = [c for c in row["captions"] if c not in self.plain and "3d" not in c]
        self.lists = [(0.07, self.styled), (0.10, others), (0.05, kinds), (0.04, wide), (0.07, more)]

    def draw(self, random):
        u = random.random()
        for share, texts in self.lists:
            if u < share and texts:
                return random.choice(texts)
            u -= share
        return random.choice(self.plain)

    def all(self):
        return {text for _, texts in self.lists for text in texts} | set(self.plain) | set(self.styled)
