"""MiniT2I of full size with random weights: makes it, and compares a run of `halflight render` with the reference's.

    V/bin/python Tests/Reference/minit2i_full.py make b16|l16 FOLDER --reference REFERENCE
    swift build -c release
    V/bin/python Tests/Reference/minit2i_full.py compare FOLDER --reference REFERENCE [--steps 2] [--precision f32]

REFERENCE is the folder `diffusers` of a checkout of Hope7Happiness/minit2i-torch. The model takes 1 to 3 GB: all weights
are rounded to bf16, the network's drawn by PyTorch, with a mask token that is not zero; the text encoder has the shape of
FLAN-T5-large and the small tokenizer of tiny-t5. Random weights paint nothing, but they paint the same nothing: pictures are
compared in colours of 255, both computed in float32 unless --precision says otherwise.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from PIL import Image
from transformers import T5Config, T5EncoderModel, T5Tokenizer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TINY = ROOT / "Tests/ModelsTests/Fixtures/tiny-t5"
PROMPT = "a photo of a red apple on a wooden table"
SIZES = {"b16": {}, "l16": dict(hidden_size=1248, txt_hidden_size=1248, cond_vec_size=1248, depth_double=23, num_heads=24,
                                head_dim=52, mlp_ratio=2.7)}
TEXT = dict(vocab_size=32128, d_model=1024, d_kv=64, num_heads=16, d_ff=2816, num_layers=24,
            feed_forward_proj="gated-gelu", tie_word_embeddings=False)


def make(options):
    from pipeline import MiniT2IFlowMatchScheduler, MiniT2IMMJiTModel

    torch.manual_seed(0)
    network = MiniT2IMMJiTModel(**SIZES[options.size])
    with torch.no_grad():
        network.model.net.mask_token.normal_()
    network.to(torch.bfloat16).save_pretrained(os.path.join(options.folder, "transformer"))
    MiniT2IFlowMatchScheduler().save_pretrained(os.path.join(options.folder, "scheduler"))
    text = os.path.join(options.folder, "text_encoder")
    T5EncoderModel(T5Config(**TEXT)).to(torch.bfloat16).save_pretrained(text)
    shutil.copy(TINY / "spiece.model", text)


def theirs(options):
    """The picture of the reference, and the seconds of an evaluation of both halves of guidance."""
    from pipeline import MiniT2IMMJiTModel

    text = os.path.join(options.folder, "text_encoder")
    tokens = T5Tokenizer.from_pretrained(text)(
        [PROMPT], return_tensors="pt", padding="max_length", truncation=True, max_length=256)
    encoder = T5EncoderModel.from_pretrained(text, torch_dtype=torch.float32).eval()
    with torch.no_grad():
        states = encoder(**tokens).last_hidden_state
    del encoder
    model = MiniT2IMMJiTModel.from_pretrained(
        os.path.join(options.folder, "transformer"), torch_dtype=torch.float32).eval().model
    model.cfg.n_T = options.steps
    start = time.perf_counter()
    x = model.sample(
        states, tokens.attention_mask.float(), cfg_scale=6.0, generator=torch.Generator().manual_seed(7))
    seconds = (time.perf_counter() - start) / options.steps
    pixels = (x[0].clamp(-1, 1) * 127.5 + 128.0).clamp(0, 255).to(torch.uint8)
    return pixels.permute(1, 2, 0).numpy(), seconds


def compare(options):
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    expected, seconds = theirs(options)
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "picture.png")
        start = time.perf_counter()
        subprocess.run(
            [options.halflight, "render", PROMPT, "--model", options.folder, "--steps", str(options.steps),
             "--guidance", "6", "--seed", "7", "--sampler", "euler", "--schedule", "sgm_uniform",
             "--precision", options.precision, "--weights", options.weights, "-o", out],
            check=True, stdout=subprocess.DEVNULL)
        whole = time.perf_counter() - start
        found = np.asarray(Image.open(out).convert("RGB")).astype(int)
    off = abs(found - expected.astype(int))
    print(json.dumps({"steps": options.steps, "mean_off": round(float(off.mean()), 4), "most_off": int(off.max()),
                      "spread": round(float(expected.std()), 1), "reference_step_s": round(seconds, 2),
                      "halflight_whole_s": round(whole, 2)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("make", "compare"):
        command = commands.add_parser(name)
        if name == "make":
            command.add_argument("size", choices=SIZES)
        command.add_argument("folder")
        command.add_argument("--reference", required=True)
        command.add_argument("--steps", type=int, default=2)
        command.add_argument("--precision", default="f32")
        command.add_argument("--weights", default="whole", help="as halflight render takes them")
        command.add_argument("--halflight", default=str(ROOT / ".build/release/halflight"))
    options = parser.parse_args()
    sys.path.insert(0, options.reference)
    make(options) if options.command == "make" else compare(options)


if __name__ == "__main__":
    main()
