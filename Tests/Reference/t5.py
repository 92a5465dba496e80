"""A small T5 v1.1 text encoder and SentencePiece tokenizers, with the results of transformers and sentencepiece.

Run as reference.py says, with `sentencepiece` and `protobuf` installed too. Reads the texts of clip-tokens.json. Writes

    tiny-t5/            `config.json` as transformers saves it; `model.safetensors` with matrices in FP8 to keep it small,
                        from which the states were computed; `spiece.model`, trained here with T5's settings
    t5/bytes.model      another model of SentencePiece, with byte fallback and user-defined pieces; it changes no characters
                        or spaces
    t5/tokenizer.json   spiece.model as converted by transformers, without the large table `precompiled_charsmap`, which
                        the tests take from spiece.model
    t5/states.safetensors
                        float32: `ids` (N, 12) and `states` (N, 12, C) of prompts padded to 12 tokens; `long.ids`
                        (T) and `long.states`, those of every tenth token; `relu.ids` (T) and `relu.states` (T, C) of the
                        first T5's form, with weights made by the rule in reference.py
    t5/tokens.json      `charsmap`: where spiece.model has the table, as offset and length; `older`: the entries of
                        tokenizer.json as transformers' converter wrote them before version 5; `digests`, for each tokenizer
                        (`pieces`: sentencepiece with spiece.model, `bytes`: with bytes.model, `fast`: tokenizer.json,
                        `older`): in `texts` the first 4 digits of each text's digest, in `blocks` those of each 16384 code
                        points, as clip_tokens.py makes them, characters of private use left out too; `samples`: some texts
                        with all ids; `cut`: a text, a limit, and the ids cut and padded to it; `buckets`: for (buckets,
                        largest distance) the bucket of each distance from -200 to 200; `relu`: the configuration of the
                        first T5's form

Required agreement: the same ids; states within 1e-4 of the largest value.
"""
import base64
import io
import json
import os
import shutil
import tempfile
import unicodedata

import sentencepiece
import torch
from safetensors.torch import save_file
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer
from transformers import T5Config, T5EncoderModel, T5Tokenizer

from reference import FIXTURES, TOP, fill
from text_corpus import PLAIN, digest

MODEL = os.path.join(FIXTURES, "tiny-t5")
FOLDER = os.path.join(FIXTURES, "t5")
SEED_WORDS = 4000
PROMPTS = ["a red apple", "", "An owl in the snow, oil on canvas; 4k", "naïve café №5 日本", "a cat " * 9]
CONFIG = dict(vocab_size=224, d_model=32, d_kv=8, num_heads=4, d_ff=48, num_layers=3, feed_forward_proj="gated-gelu",
              relative_attention_num_buckets=32, relative_attention_max_distance=128, tie_word_embeddings=False)
RELU = dict(vocab_size=50, d_model=24, d_kv=4, num_heads=6, d_ff=40, num_layers=2, feed_forward_proj="relu",
            relative_attention_num_buckets=8, relative_attention_max_distance=20)


def corpus():
    """Words of CLIP's vocabulary, the more common the more often, and the texts that are hard on tokenizers."""
    with open(os.path.join(TOP, "Sources", "Models", "CLIPVocabulary", "merges.txt"), encoding="utf-8") as file:
        merges = [line.split(" ") for line in file.read().split("\n")[1:] if line]
    words = ["".join(m)[:-4] for m in merges[:SEED_WORDS] if m[1].endswith("</w>")]
    lines = [" ".join(words[k::97]) for k in range(97)]
    return lines + [" ".join(words[k:k + 9]) for k in range(0, 900, 3)] + PLAIN


def train(**settings):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()), model_writer=model, model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
        num_threads=1, minloglevel=2, **settings)
    return model.getvalue()


def save(path, data):
    with open(path, "wb") as file:
        file.write(data)
    print(f"{os.path.relpath(path, FIXTURES)}: {len(data)} bytes")


def older(fast, proto):
    """As convert_slow_tokenizer.py of transformers 4 made it for T5."""
    table = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()}
    return {
        "normalizer": {"type": "Sequence", "normalizers": [
            table, {"type": "Strip", "strip_left": False, "strip_right": True},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "\u2581"}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
    }


def without_table(value):
    """The JSON value with an empty text instead of the table of characters."""
    if isinstance(value, dict):
        return {k: "" if k == "precompiled_charsmap" else without_table(v) for k, v in value.items()}
    return [without_table(v) for v in value] if isinstance(value, list) else value


def blocks(encode):
    def block(start):
        chosen = [f"a{chr(c)}b" for c in range(start, start + 16384)
                  if unicodedata.category(chr(c)) not in ("Cn", "Co", "Cs")]
        return digest(i for text in chosen for i in encode(text)) if chosen else ""

    return [block(start) for start in range(0, 0x110000, 16384)]


def recorded(name, encode, texts):
    result = {"texts": "".join(digest(encode(text))[:4] for text in texts)}
    return result if name == "bytes" else {**result, "blocks": blocks(encode)}


def write_compact(name, value):
    save(os.path.join(FOLDER, name), json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n")


def tokenizers():
    proto = sentencepiece_model_pb2.ModelProto()
    model = train(vocab_size=220, normalization_rule_name="nmt_nfkc", character_coverage=0.99)
    proto.ParseFromString(model)
    os.makedirs(MODEL, exist_ok=True)
    os.makedirs(FOLDER, exist_ok=True)
    save(os.path.join(MODEL, "spiece.model"), model)
    other = train(vocab_size=480, normalization_rule_name="identity", character_coverage=0.99, byte_fallback=True,
                  add_dummy_prefix=False, remove_extra_whitespaces=False,
                  user_defined_symbols=["<cat>", "RAW", "a red", "\u65e5\u672c"])
    save(os.path.join(FOLDER, "bytes.model"), other)

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(MODEL, "spiece.model"), folder)
        tokenizer = T5Tokenizer.from_pretrained(folder, extra_ids=2)
        tokenizer.save_pretrained(folder)
        with open(os.path.join(folder, "tokenizer.json"), encoding="utf-8") as file:
            fast = json.load(file)
    changed = older(fast, proto)
    before = Tokenizer.from_str(json.dumps({**fast, **changed}))
    write_compact("tokenizer.json", without_table(fast))

    pieces, by_bytes = (sentencepiece.SentencePieceProcessor(model_proto=m) for m in (model, other))
    encoders = {
        "pieces": lambda text: pieces.encode(text) + [1], "bytes": lambda text: by_bytes.encode(text) + [1],
        "fast": lambda text: tokenizer(text).input_ids, "older": lambda text: before.encode(text).ids,
    }
    with open(os.path.join(FIXTURES, "clip-tokens.json"), encoding="utf-8") as file:
        texts = [pair[0] for pair in json.load(file)["texts"]]
    assert len(texts) >= 465
    samples = ["", " ", "a red apple", "  A red   apple\n", "caf\u00e9 \ufb01n \u2460", "\u65e5\u672ca red <cat>RAW", "</s> <unk> <extra_id_0> a"]
    cut = [[text, limit, tokenizer(text, truncation=True, padding="max_length", max_length=limit).input_ids]
           for limit in (1, 2, 12) for text in ("", "a red apple", "strawberry " * 9)]
    charsmap = proto.normalizer_spec.precompiled_charsmap
    write_compact("tokens.json", {
        "charsmap": [model.index(charsmap), len(charsmap)], "older": without_table(changed),
        "digests": {name: recorded(name, encode, texts) for name, encode in encoders.items()},
        "samples": [{"text": text, **{name: list(encode(text)) for name, encode in encoders.items()}} for text in samples],
        "cut": cut, "relu": {"model_type": "t5", **RELU},
        "buckets": [[n, far, T5EncoderModel(T5Config(**RELU)).encoder.block[0].layer[0].SelfAttention._relative_position_bucket(
            torch.arange(-200, 201), True, n, far).tolist()] for n, far in [(32, 128), (8, 20)]],
    })
    return tokenizer


@torch.no_grad()
def states(tokenizer):
    net = fill(T5EncoderModel(T5Config(**CONFIG)))
    net.save_pretrained(MODEL)
    small = {}
    for name, value in net.state_dict().items():
        if name == "encoder.embed_tokens.weight":
            continue
        kind = torch.float8_e4m3fn if value.ndim > 1 else torch.bfloat16
        small[name] = value.to(kind).contiguous()
        value.copy_(small[name].float())
    save_file(small, os.path.join(MODEL, "model.safetensors"), metadata={"format": "pt"})
    found = tokenizer(PROMPTS, truncation=True, padding="max_length", max_length=12, return_tensors="pt")
    result = net(input_ids=found.input_ids, attention_mask=found.attention_mask).last_hidden_state
    whole = tokenizer("a red apple on a table, " * 20, return_tensors="pt").input_ids[:, :180]
    assert whole.shape[1] == 180
    long = net(input_ids=whole).last_hidden_state[0, ::10]
    first = fill(T5EncoderModel(T5Config(**RELU)))
    ids = torch.arange(40)[None] * 7 % 50
    relu = first(input_ids=ids).last_hidden_state[0]
    save_file({
        "ids": found.input_ids.float(), "states": result.contiguous(), "long.ids": whole[0].float(),
        "long.states": long.contiguous(), "relu.ids": ids[0].float(), "relu.states": relu.contiguous(),
    }, os.path.join(FOLDER, "states.safetensors"))
    for name in ("model.safetensors", "config.json"):
        print(name, os.path.getsize(os.path.join(MODEL, name)), "bytes")
    print("states up to", float(result.abs().max()))


if __name__ == "__main__":
    states(tokenizers())
