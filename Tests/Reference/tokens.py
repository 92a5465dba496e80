"""Token ids of Hugging Face's BertWordPieceTokenizer (lower case) over the default model's vocabulary.

Run as reference.py says; the model's folder may be given as an argument.

Writes tokens.json:
    texts   pairs of a text and its ids, including [CLS] and [SEP], uncut
    cut     triples of a text, a limit, and the ids cut and padded to it
    blocks  for each block of 4096 code points, all of Unicode: FNV-1a (64 bits, hexadecimal) over the
            ids of the texts "a" + character + "b", each id in four bytes, little-endian; surrogates
            are left out
"""
import os
import sys

from tokenizers import BertWordPieceTokenizer

from reference import MODEL, write_json
from text_corpus import TEXTS, digest

model = sys.argv[1] if len(sys.argv) > 1 else MODEL
tokenizer = BertWordPieceTokenizer(os.path.join(model, "tokenizer", "vocab.txt"), lowercase=True)
assert tokenizer.encode("a red apple").ids == [101, 1037, 2417, 6207, 102]


def block(start):
    texts = [f"a{chr(c)}b" for c in range(start, start + 4096) if not 0xD800 <= c < 0xE000]
    return digest(i for e in tokenizer.encode_batch(texts) for i in e.ids)


pairs = [[text, tokenizer.encode(text).ids] for text in TEXTS]
blocks = [block(start) for start in range(0, 0x110000, 4096)]
cut = []
for limit in (2, 3, 24):
    tokenizer.enable_truncation(limit)
    tokenizer.enable_padding(length=limit)
    for text in ["", "a red apple", "strawberry " * 30, "a [SEP] b [MASK] " * 9, "日本語 " * 12]:
        cut.append([text, limit, tokenizer.encode(text).ids])
write_json("tokens.json", {"texts": pairs, "cut": cut, "blocks": blocks})
print(f"{len(pairs)} texts")
