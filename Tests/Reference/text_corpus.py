"""Texts that are hard on tokenizers, and a digest of token ids."""
import random

PLAIN = """a red apple|a cat|A Cat|AN OWL, 3D EMOJI|unaffable|embeddings|strawberry ice cream|a slice of pizza
don't|it's 5 o'clock|rock'n'roll|state-of-the-art|e-mail@example.com|https://example.com/a?b=c&d=e#f|C++|C#|50%
$3.50|1,000,000|3.14159|10^6|a_b_c|snake_case_name|CamelCaseName|x=y+z|(parentheses)|[brackets]|{braces}|<tag/>
"quoted"|'single'|`code`|~tilde~|back\\slash|semi;colon|ex!clam?ation|...|---|!!!|???|a...b|#hashtag|@name
antidisestablishmentarianism|supercalifragilisticexpialidocious|pneumonoultramicroscopicsilicovolcanoconiosis
the quick brown fox jumps over the lazy dog|0123456789|a1b2c3|2nd|3rd|21st century|64x64|RGB|qwrtzpx
[MASK]|a [MASK] b|[SEP]|a[SEP]b|[CLS] x [SEP]|[PAD]|[UNK]|[mask]|[ MASK ]|[MASK ]|[[MASK]]|[MASK][MASK]|##ing
x ##ing|##|#|[unused1]|[MASK|MASK]|[M]|[MA\u0301SK]|a\u0301[MASK]\u0301|[CLS]apple""".replace("\n", "|").split("|")

ACCENTS = """café|cafe\u0301|crème brûlée|naïve|über|Ångström|Å|A\u030a|ñandú|façade|Zürich|Łódź|ø|Øresund|æther|Œuvre
ß|Straße|ẞ|STRASSE|İstanbul|ıstanbul|I\u0307|i\u0307|ISTANBUL|DİYARBAKIR|đak|ð|þorn|ħ|ŧ|ŋ|ſ|ẛ\u0323|ﬁ|ﬂ|ﬀ|ﬃ|ﬅ|office oﬃce
ǆ|ǅ|Ǆ|ǖ|ǘ|ṩ|s\u0323\u0307|s\u0307\u0323|Việt Nam|phở|Tiếng Việt|Čeština|žluťoučký kůň|árvíztűrő tükörfúrógép|Πλάτων
Ὀδυσσεύς|ΣΊΣΥΦΟΣ|Σίσυφος|ς|σ|Σ|Ω|Ω|K|Å|µ|μ|Москва|Ёлка|ёж|йод|Й|И\u0306|Київ|Ґ|Србија|българия
a\u0300\u0301\u0302\u0303\u0304b|\u0301|\u0301a|a\u20dd|a\u0488|\u0903|क\u093f|Z\u0351\u036b\u0343\u036aa\u0302l\u034ag\u0321o""".replace("\n", "|").split("|")

SCRIPTS = """日本語|日本のりんご|りんご|リンゴ|ﾘﾝｺﾞ|ガ|カ\u3099|パン|中文字符|中 文|红苹果|紅蘋果|a红b苹c|豈|樂|\U00020000|\U0002a6d6|\U0002b820|\U0002b920
\U0002f800|\U00030000|〇|々|、。|「かぎ」|全角ＡＢＣ１２３|！？|한국어|사과|\u1112\u1161\u11ab|\u1112|שלום|שָׁלוֹם|תפוח אדום|العربية|تفاحة حمراء
مُحَمَّد|لا|ﷺ|فارسی\u200cها|हिन्दी|लाल सेब|नमस्ते|বাংলা|தமிழ்|తెలుగు|ಕನ್ನಡ|മലയാളം|ไทย|แอปเปิ้ลแดง|ລາວ|ខ្មែរ|မြန်မာ
བོད་ཡིག|አማርኛ|ქართული|ᲥᲐᲠᲗᲣᲚᲘ|Հայերեն|Ꭰ|ꭰ|ᏣᎳᎩ|\U00010400|\U00010428|\U0001e900|ᚠᚢᚦ|𓀀|𝐀𝒷𝔠|Ⅷ|ⅷ|①|½|²|™|№|℃|㎏|㍿""".replace("\n", "|").split("|")

SIGNS = """🍎|a 🍎 apple|👍🏽|👨\u200d👩\u200d👧\u200d👦|🏳️\u200d🌈|🇩🇪|❤️|❤|☺︎|1️⃣|🫠|🛜|🪿|a🍎b|🍎🍎|©|®|§|¶|†|•|…|–|—|‘x’|“x”|«x»|‹x›|¿qué?|¡hola!
€5|£5|¥5|₿|×|÷|±|≤|∞|√|∑|→|←|■|★|♫|¬|°|´|¨|¸|^|·|‰|′|″|‽|⸘|⁇|〜|～|－|＿|﹏|\u203f|\u2e3a|;|\u1fef|\u037e|\u00b7|\u0387|\u055a|\u05be|\u061f""".replace("\n", "|").split("|")

SPACES = ["", " ", "  a  ", "\t", "\n", "\r\n", "a\tb", "a\nb", "a\r\nb", "a\u00a0b", "a\u1680b",
          "a\u2003b", "a\u200ab", "a\u202fb", "a\u205fb", "a\u3000b", "a\u2028b", "a\u2029b",
          "a\u0085b", "a\u000bb", "a\u000cb", "a\u001cb", "a\u001fb", "a\u180eb", "a\u200bb",
          "a\u2060b", "a\ufeffb", "\ufeffa", "   red    apple   ", "a\u3164b", "a\u2800b"]

ODD = ["\u0000", "a\u0000b", "a\u0007b", "a\u007fb", "a\u009bb", "\u001b[31mred", "\ufffd", "a\ufffdb",
       "a\u00adb", "a\u200cb", "a\u200db", "a\u200eb", "\u202eevil", "a\u2066b\u2069", "\ue000", "a\uf8ffb",
       "\U000f0000", "\U0010fffd", "\u0378", "a\u0378b", "\ufdd0", "\uffff", "a\U0001ffffb", "\U000e0001",
       "\U000e0100", "a\ufe0fb", "\u115f", "a\u061cb", "a\u06ddb", "a\u070fb", "a\U000110bdb", "\U0001d173",
       "\u08e2", "\u0890", "\u1acf", "\U00010eac", "\u1dfb", "\u2e52", "\U00011f43", "\ua7c0", "\u2c2f",
       "x" * 99, "x" * 100, "x" * 101, "é" * 100, "e\u0301" * 100, "é" * 101, "\u200d" * 300, "ab" * 50 + " c",
       "\U0001F34E" * 100, "\U0001F34E" * 101, "日" * 300, "." * 300, "a " * 600, "red apple " * 200,
       "apple" * 19, "apple" * 20, "apple" * 21, "\u0301" * 200, "a" + "\u0301" * 200,
       "İ" * 60, "ǰ" * 60, "가" * 40]


def mixtures(count):
    """Characters drawn from everywhere."""
    draw = random.Random(2)
    pools = [range(0x20, 0x7F), range(0x20, 0x7F), range(0xA0, 0x250), range(0x300, 0x370),
             range(0x370, 0x600), range(0x900, 0xE00), range(0x1E00, 0x2100), range(0x2000, 0x2070),
             range(0x3000, 0x3100), range(0x4E00, 0x4F00), range(0xAC00, 0xAC80), range(0x1F300, 0x1F700)]
    return ["".join(chr(draw.choice(draw.choice(pools))) for _ in range(draw.randint(1, 40)))
            for _ in range(count)]


def digest(values):
    state = 0xCBF29CE484222325
    for value in values:
        for byte in value.to_bytes(4, "little"):
            state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{state:016x}"


TEXTS = list(dict.fromkeys(PLAIN + ACCENTS + SCRIPTS + SIGNS + SPACES + ODD + mixtures(60)))
