"""Token ids of Hugging Face's `tokenizers` for small tokenizer.json files of every kind that this program reads.

Run as reference.py says. Writes the folder `tokenizers`:
    NAME.json      a tokenizer.json: `clip` as written by transformers 5; `clip-old` as written by its earlier converter,
                   with merges as texts and special tokens that are matched in the normalised text; `bert`; `bert-cased`;
                   `unigram` as in T5, with a precompiled_charsmap; `unigram-bytes` with byte fallback; `bpe` with
                   GPT-2's words; `bpe-unknown` with continuing prefixes and fused unknown characters
    ids.json       `texts`, and in `ids` for each NAME the ids of every text, including those of the template
    steps.json     `model`, a vocabulary of single characters, each at the beginning of a word and within one, so that ids
                   show how a text was cut; `texts`; and `cases`, each with entries to put beside the model, and the ids
                   of each text
"""
import base64
import json
import os
import struct

from tokenizers import Tokenizer

from text_corpus import TEXTS

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(TOP, "Tests", "ModelsTests", "Fixtures", "tokenizers")

HARD = [
    "", " ", "a", "a red apple", "A RED Apple!", "  a   red\tapple \n", "caf\u00e9", "cafe\u0301", "\u00c5ngstr\u00f6m A\u030a",
    "\u0130stanbul \ufb01n \u2460\u00bd", "\u65e5\u672c\u8a9e\u306e\u308a\u3093\u3054", "\uff21\uff22 \uff76\uff9e\u30ab\u3099", "\ud55c\uad6d \u1112\u1161\u11ab",
    "\U0001F34E a\U0001F34Eb \U0001F44D\U0001F3FD", "\U0001F468\u200d\U0001F469\u200d\U0001F467 \u2764\ufe0f", "a\u0000b\u0007c\u001bd", "a\u00adb\u200bc\u200dd\ufeffe",
    "a\u00a0b\u2003c\u3000d\u0085e", "don't I'LL we've 's ''s rock'n'roll", "1234 5, 3.14 \u00b2\u2167", "a_b-c...d!?",
    "<|endoftext|> a<|startoftext|>b <|ENDOFTEXT|>!! <|EndOfText", "<cat-toy> a<CAT-TOY>s RAW raw RAWs xRAW",
    "one  <two>  three <two>", "word words word", "[MASK] a[MASK]b [mask] [CLS]", "<extra_id_0>a <extra_id_1> </s> <unk> <pad>",
    "\u2581a \u2581\u2581b", "\u0301a\u0301\u0301 \u0915\u093f", "a\r\nb", "x" * 101, "apple " * 60, "ab" * 120, "!" * 60, "\u65e5" * 40, "qzqzq jq",
    "\ue000\U000f0000\uffff", "\u0e41\u0e2d\u0e1b \u0627\u0644 \u05e9\u05c1", "</w> a</w>b \u0120 \u0100",
]
SOME = list(dict.fromkeys(HARD + TEXTS[::13]))


def clip_vocabulary():
    """The published vocabulary cut to its bytes and its first merges."""
    with open(os.path.join(TOP, "Sources", "Models", "CLIPVocabulary", "merges.txt"), encoding="utf-8") as file:
        merges = [line.split(" ") for line in file.read().split("\n")[1:] if line][:80]
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = [chr(b) for b in printable] + [chr(256 + n) for n in range(256 - len(printable))]
    words = letters + [w + "</w>" for w in letters] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return {w: k for k, w in enumerate(words)}, merges


def token(id, content, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True, **flags}


def whole(model, normalizer=None, pre_tokenizer=None, post_processor=None, added=()):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": list(added), "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": None, "model": model}


def template(before, after):
    names = before + after
    piece = [{"SpecialToken": {"id": n, "type_id": 0}} for n, _ in before]
    piece += [{"Sequence": {"id": "A", "type_id": 0}}] + [{"SpecialToken": {"id": n, "type_id": 0}} for n, _ in after]
    return {"type": "TemplateProcessing", "single": piece, "pair": [{"Sequence": {"id": "A", "type_id": 0}},
            {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {n: {"id": n, "ids": [k], "tokens": [n]} for n, k in names}}


def clip(old):
    words, merges = clip_vocabulary()
    start, end = words["<|startoftext|>"], words["<|endoftext|>"]
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    special = "" if old else r"<\|startoftext\|>|<\|endoftext\|>|"
    model = {"type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "",
             "end_of_word_suffix": "</w>", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
             "vocab": words, "merges": [" ".join(m) for m in merges] if old else merges}
    added = [token(start, "<|startoftext|>", normalized=old), token(end, "<|endoftext|>", normalized=old)]
    if old:
        for key in ("type", "byte_fallback", "ignore_merges"):
            del model[key]
    else:
        added += [token(end + 1, "<cat-toy>", normalized=True, special=False), token(end + 2, "RAW", special=False)]
    return whole(
        model,
        {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]},
        {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": special + pattern}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
        {"type": "RobertaProcessing", "sep": ["<|endoftext|>", end], "cls": ["<|startoftext|>", start],
         "trim_offsets": False, "add_prefix_space": False}, added)


def bert(cased):
    letters = [chr(c) for c in range(0x61, 0x7B)] + list("0123456789!'-.,<>|[]/_#") + ["\u65e5", "\u672c", "\u8a9e", "\U0001F34E", "\u0301"]
    if cased:
        letters += [chr(c) for c in range(0x41, 0x5B)] + ["\u00e9"]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + ["##" + c for c in letters]
    words += ["red", "apple", "##pple", "app", "##le", "don", "cafe", "word", "##s", "in", "##stan", "##bul"]
    words = {w: k for k, w in enumerate(dict.fromkeys(words))}
    return whole(
        {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
         "vocab": words},
        {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
         "strip_accents": None, "lowercase": not cased},
        {"type": "BertPreTokenizer"}, template([("[CLS]", 2)], [("[SEP]", 3)]),
        [token(k, w) for k, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])])


def charsmap(pairs):
    """A precompiled_charsmap: the double array of darts-clone, laid out without care for its size, and the texts."""
    texts, offsets = b"", {}
    for new in sorted(set(pairs.values())):
        offsets[new] = len(texts)
        texts += new.encode() + b"\0"
    tree = {}
    for old, new in pairs.items():
        node = tree
        for byte in old.encode():
            node = node.setdefault(byte, {})
        node[0] = offsets[new]
    units, used = {0: 0}, {0}

    def place(node, at):
        base = 1
        while any((base ^ label) in used for label in node) or (at ^ base) >= 1 << 21:
            base += 1
        used.update(base ^ label for label in node)
        units[at] |= (at ^ base) << 10 | (0x100 if 0 in node else 0)
        for label, child in node.items():
            if label == 0:
                units[base] = child | 1 << 31
            else:
                units[base ^ label] = label
                place(child, base ^ label)

    place(tree, 0)
    size = (max(units) | 0xFF) + 1
    array = b"".join(struct.pack("<I", units.get(k, 0)) for k in range(size))
    return base64.b64encode(struct.pack("<I", len(array)) + array + texts).decode()


CHARACTERS = {
    "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u2003": " ", "\u200b": " ", "\u0007": "", "\ufb01": "fi",
    "\uff21": "A", "\u2460": "1", "\u00bd": "1/2", "e\u0301": "\u00e9", "A\u030a": "\u00c5", "\u30ab\u3099": "\u30ac", "\uff76\uff9e": "\u30ac",
    "\u1112\u1161\u11ab": "\ud55c", "\u2167": "VIII", "\u00b2": "2",
}


def unigram(with_bytes):
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -2.0123)]
    for k, letter in enumerate("etaoinshrdlucmfwypvbgkjxz1234.,!'-<>/_AR\u00e9\u00c5\u65e5\u672c"):
        pieces.append((letter, -4.5 - 0.137 * k))
    for k, word in enumerate(["\u2581a", "\u2581red", "\u2581apple", "apple", "app", "pple", "le", "\u2581the", "ed", "re", "\u2581wor", "word", "s",
                              "ab", "aba", "bab", "\u2581ab", "don", "'t", "\u2581don", "fi", "VIII", "!!", "!!!", "\ud55c", "\u30ac"]):
        if word not in dict(pieces):
            pieces.append((word, -5.25 - 0.211 * k))
    if with_bytes:
        pieces += [(f"<0x{b:02X}>", -20.0) for b in range(256)]
        return whole(
            {"type": "Unigram", "unk_id": 2, "vocab": pieces, "byte_fallback": True},
            {"type": "Sequence", "normalizers": [
                {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
                {"type": "Prepend", "prepend": "\u2581"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]},
            None, {"type": "BertProcessing", "sep": ["</s>", 1], "cls": ["<pad>", 0]},
            [token(k, w) for k, w in enumerate(["<pad>", "</s>", "<unk>"])])
    first = len(pieces)
    pieces += [("<extra_id_1>", 0.0), ("<extra_id_0>", 0.0)]
    return whole(
        {"type": "Unigram", "unk_id": 2, "vocab": pieces, "byte_fallback": False},
        {"type": "Precompiled", "precompiled_charsmap": charsmap(CHARACTERS)},
        {"type": "Sequence", "pretokenizers": [
            {"type": "WhitespaceSplit"},
            {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}]},
        template([], [("</s>", 1)]),
        [token(k, w) for k, w in enumerate(["<pad>", "</s>", "<unk>"])]
        + [token(first, "<extra_id_1>"), token(first + 1, "<extra_id_0>")])


def bpe():
    """Byte-level, as GPT-2 and RoBERTa have it, with added tokens of all kinds."""
    letters = list(clip_vocabulary()[0])[:256]
    merges = [["a", "p"], ["ap", "p"], ["l", "e"], ["app", "le"], ["\u0120", "a"], ["r", "e"],
              ["re", "d"], ["\u0120", "red"], ["\u0120", "\u0120"], ["1", "2"], ["!", "!"], ["!!", "!!"]]
    names = ["<s>", "</s>"] + letters + ["".join(m) for m in merges]
    names = {w: k for k, w in enumerate(names)}
    first = len(names)
    return whole(
        {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
         "fuse_unk": False, "byte_fallback": False, "ignore_merges": True, "vocab": names, "merges": merges},
        None, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        {"type": "Sequence", "processors": [
            {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
            template([("<s>", 0)], [("</s>", 1)])]},
        [token(0, "<s>"), token(1, "</s>"), token(first, "<two>", lstrip=True, rstrip=True),
         token(first + 1, "word", single_word=True, normalized=True, special=False),
         token(first + 2, "[MASK]", lstrip=True), token(first + 3, "<cat-toy>", rstrip=True, special=False),
         token(first + 4, "<cat", special=False), token(first + 5, "RAW", single_word=True)])


def bpe_unknown():
    """Characters, those within a word marked, and unknown ones as one token."""
    letters = [chr(c) for c in range(0x61, 0x7B)]
    merges = [["a", "##p"], ["ap", "##p"], ["##l", "##e"], ["app", "##le"], ["r", "##e"], ["re", "##d"], ["##a", "##b"], ["a", "##b"]]
    names = ["[UNK]"] + letters + ["##" + c for c in letters] + [m[0] + m[1][2:] for m in merges]
    return whole(
        {"type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": False, "ignore_merges": False,
         "vocab": {w: k for k, w in enumerate(names)}, "merges": merges},
        {"type": "Sequence", "normalizers": [
            {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True,
                                                                             "strip_right": True}]},
        {"type": "Whitespace"}, None, [token(0, "[UNK]")])


def steps():
    letters = sorted(set("abcdefwxyzABR0123456789 !'-._,<>/\u2581\u0120\u00e9\u0301\u65e5\u672c\u00b2\u2167\n\t\u00a0"))
    words = {w: k for k, w in enumerate(["?"] + letters + ["##" + c for c in letters])}
    model = {"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##", "max_input_chars_per_word": 1000,
             "vocab": words}
    texts = ["", "a b", " a  b ", "ab,cd", ",,a..b,", "a1b22 c3", "<a>b< c", "a\nb\t\tc\u00a0d", "caf\u00e9 cafe\u0301 \u00c9",
             "\u65e5\u672ca b\u65e5", "\u2581a \u2581b", "don't we'll 'd", "a\u00b2b \u2167_c", "aab abab bba", "A B-R", "-a-", "  ", "aaa  bbb   c"]

    def split(pattern, behavior="Isolated", invert=False):
        return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}

    def regex(text):
        return {"Regex": text}

    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    cases = [{}]
    cases += [{"pre_tokenizer": split({"String": ","}, b, i)} for b in behaviors for i in (False, True)]
    cases += [{"pre_tokenizer": split(regex(r"[a-c]+?\w|\s"), b, i)} for b in behaviors for i in (False, True)]
    for pattern in [r"\w+", r"\W", r"(?:ab|a)+b?", r"\s+(?!\S)|\s+", r"a(?=b)", r"[^\s\p{L}\p{N}]+|\p{N}{1,2}", r"b{2}|a{2,}",
                    r"(a|b)\.?.", r"[\d_\-<]+", r"\p{Lu}\P{L}", r"[\p{^L}a]x?", r"a*?b", r"\.|\,", r"a{2,3}?"]:
        cases.append({"pre_tokenizer": split(regex(pattern))})
    for scheme in ("always", "never", "first"):
        for splits in (True, False):
            meta = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": splits}
            cases.append({"pre_tokenizer": meta})
        cases.append({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, meta]}})
    cases += [{"pre_tokenizer": {"type": t}} for t in ("Whitespace", "WhitespaceSplit", "BertPreTokenizer")]
    cases += [{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": s, "trim_offsets": True, "use_regex": r}}
              for s in (True, False) for r in (True, False)]
    plain = {"type": "WhitespaceSplit"}
    for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"):
        cases.append({"normalizer": {"type": name}, "pre_tokenizer": plain})
    for left in (True, False):
        cases.append({"normalizer": {"type": "Strip", "strip_left": left, "strip_right": not left}})
    for clean, chinese, strip, lower in [(True, True, None, True), (False, True, True, False), (True, False, False, True),
                                         (False, False, None, False)]:
        cases.append({"normalizer": {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese,
                                     "strip_accents": strip, "lowercase": lower}, "pre_tokenizer": plain})
    cases += [{"normalizer": {"type": "Prepend", "prepend": "\u2581"}},
              {"normalizer": {"type": "Replace", "pattern": {"String": "ab"}, "content": ""}},
              {"normalizer": {"type": "Replace", "pattern": regex(r"\s+|b"), "content": "xy"}},
              {"normalizer": {"type": "Lowercase"}, "pre_tokenizer": plain,
               "added_tokens": [token(len(words), "A B", normalized=True), token(len(words) + 1, "ab", single_word=True),
                                token(len(words) + 2, "ba", lstrip=True), token(len(words) + 3, "B-", rstrip=True)]}]
    for case in cases:
        tokenizer = Tokenizer.from_str(json.dumps({**whole(model), **case}))
        assert all(tokenizer.token_to_id(t["content"]) == t["id"] for t in case.get("added_tokens", []))
        case["ids"] = [tokenizer.encode(text).ids for text in texts]
    return {"model": model, "texts": texts, "cases": cases}


def write(name, value):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="ascii") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")
    print(f"{name}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    ids = {}
    for name, file in [("clip", clip(False)), ("clip-old", clip(True)), ("bert", bert(False)), ("bert-cased", bert(True)),
                       ("unigram", unigram(False)), ("unigram-bytes", unigram(True)), ("bpe", bpe()),
                       ("bpe-unknown", bpe_unknown())]:
        tokenizer = Tokenizer.from_str(json.dumps(file))
        for entry in file["added_tokens"]:
            assert tokenizer.token_to_id(entry["content"]) == entry["id"], entry
        write(f"{name}.json", file)
        ids[name] = [tokenizer.encode(text).ids for text in SOME]
    write("ids.json", {"texts": SOME, "ids": ids})
    write("steps.json", steps())
