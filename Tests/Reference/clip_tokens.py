"""Token ids of transformers' CLIPTokenizer over the vocabulary included in the program.

Run as reference.py says. Writes clip-tokens.json:
    texts   pairs of a text and its ids, including the start and end, uncut
    cut     triples of a text, a limit, and the ids cut and padded to it
    blocks  for each block of 4096 code points, all of Unicode: FNV-1a (64 bits, hexadecimal) over the
            ids of the texts "a" + character + "b", each id in four bytes, little-endian; surrogates are
            left out, and so are characters added after Unicode 14, because implementations
            differ in them
"""
import os
import unicodedata

from transformers import CLIPTokenizer

from reference import TOP, write_json
from text_corpus import TEXTS, digest

RESOURCE = os.path.join(TOP, "Sources", "Models", "CLIPVocabulary", "merges.txt")


def vocabulary(merges):
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    other = [b for b in range(256) if b not in printable]
    letters = [chr(b) for b in printable] + [chr(256 + n) for n in range(len(other))]
    words = letters + [w + "</w>" for w in letters] + ["".join(m) for m in merges]
    return {word: n for n, word in enumerate(words + ["<|startoftext|>", "<|endoftext|>"])}


with open(RESOURCE, encoding="utf-8") as file:
    merges = [tuple(line.split(" ")) for line in file.read().split("\n")[1:] if line]
words = vocabulary(merges)
assert len(words) == 49408
tokenizer = CLIPTokenizer(vocab=words, merges=merges, model_max_length=10**9)
assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]

EXTRA = [
    "<|endoftext|>", "a<|endoftext|>b", "<|startoftext|>cat<|endoftext|>!", "<|ENDOFTEXT|>", "a<|EndOfText|>!",
    "<|ENDOFTEXT|", "<|<|endoftext|>|>", "DON'T", "I'LL we've they'RE", "'s's", "''s", "!'s", "'", "'S", "x'",
    "rock'n'roll'd", "it’s", "</w>", "a</w>b", "Ġ", "Ā", "1girl, 2boys", "8k uhd, dslr", "((masterpiece:1.2))",
    "<lora:name:0.8>", "e\u0301", "\u212b", "\u1112\u1161\u11ab", "\u0958", "\u0344", "a\u0328\u0301", "q\u0323\u0307",
    "\u0e33", "\u0627\u0653", "a" * 400, "ab" * 300, "aaaa" * 50 + "!" * 300, "!?" * 150, "ΑΣ ΣΑΣ", "ÀÉÎ", "\u1fb3\u0301",
]
texts = list(dict.fromkeys(TEXTS + EXTRA))
pairs = [[text, tokenizer(text).input_ids] for text in texts]


def block(start):
    chosen = [f"a{chr(c)}b" for c in range(start, start + 4096)
              if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) != "Cn"]
    return digest(i for ids in (tokenizer(chosen).input_ids if chosen else []) for i in ids)


assert unicodedata.unidata_version == "14.0.0", "the list of characters to leave out is this version's"
blocks = [block(start) for start in range(0, 0x110000, 4096)]
cut = []
for limit in (2, 3, 77):
    for text in ["", "a red apple", "strawberry " * 90, "a <|endoftext|> b " * 9, "日本語 " * 32]:
        cut.append([text, limit, tokenizer(
            text, truncation=True, padding="max_length", max_length=limit).input_ids])
write_json("clip-tokens.json", {"texts": pairs, "cut": cut, "blocks": blocks})
print(f"{len(pairs)} texts")
