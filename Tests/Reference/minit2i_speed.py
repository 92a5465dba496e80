"""Times MiniT2I of full size in PyTorch and in `halflight bench`, in turn, and measures the memory of `halflight render`.

    V/bin/python Tests/Reference/minit2i_full.py make b16|l16 FOLDER --reference REFERENCE
    swift build -c release
    V/bin/python Tests/Reference/minit2i_speed.py FOLDER --reference REFERENCE [--rounds 1] [--seconds 10]

Run it on an otherwise idle machine. FOLDER and REFERENCE are those of minit2i_full.py. A guided evaluation has both halves
of guidance: PyTorch computes them as its reference does, halflight as a batch of two. Each measurement is a process of its
own: two evaluations to warm up, then the median of at least three. Memory is the most that a process held, with the text
encoder, while it painted two steps. `bench` also says how long the first step took from the start of the process.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def evaluate(options):
    """The milliseconds of a guided evaluation in PyTorch."""
    import torch

    sys.path.insert(0, options.reference)
    from pipeline import MiniT2IMMJiTModel

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    kind = {"f32": torch.float32, "bf16": torch.bfloat16}[options.precision]
    model = MiniT2IMMJiTModel.from_pretrained(
        os.path.join(options.folder, "transformer"), torch_dtype=kind).eval().model
    side = model.cfg.image_size
    x = torch.randn(1, model.cfg.in_channels, side, side, dtype=kind)
    text = torch.randn(1, 256, model.cfg.txt_input_size, dtype=kind)
    mask, t = torch.ones(1, 256, dtype=kind), torch.full((1,), 0.5, dtype=kind)
    times, end = [], None
    with torch.no_grad():
        while len(times) < 5 or time.perf_counter() < end:
            start = time.perf_counter()
            model.cfg_velocity(x, t, text, mask, 6.0)
            times.append((time.perf_counter() - start) * 1e3)
            if len(times) == 2:
                end = time.perf_counter() + options.seconds
    print(json.dumps({"evaluation_ms": round(statistics.median(times[2:]), 1)}))


def told(command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])


def memory(options, precision, weights):
    """The most memory of a run of two steps, in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [options.halflight, "render", "a red apple", "--model", options.folder, "--steps", "2", "--guidance", "6",
             "--seed", "7", "--precision", precision, "--weights", weights, "-o", os.path.join(folder, "picture.png")],
            stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"halflight render failed with {weights} weights in {precision}")
    return round(usage.ru_maxrss * 1024 / 1e6)


def compare(options):
    for _ in range(options.rounds):
        for precision in ("bf16", "f32"):
            theirs = told([sys.executable, __file__, options.folder, "--reference", options.reference, "--seconds",
                           str(options.seconds), "--evaluate", "--precision", precision])
            ours = told([options.halflight, "bench", "--model", options.folder, "--precision", precision,
                         "--seconds", str(options.seconds), "--json"])
            print(json.dumps({"precision": precision, "pytorch": theirs, "halflight": ours}), flush=True)
    for precision, weights in (("bf16", "whole"), ("bf16", "8-bit")):
        print(json.dumps({"precision": precision, "weights": weights,
                          "peak_mb": memory(options, precision, weights)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--reference", required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--halflight", default=str(ROOT / ".build/release/halflight"))
    parser.add_argument("--evaluate", action="store_true", help="only time PyTorch, in this process")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    options = parser.parse_args()
    evaluate(options) if options.evaluate else compare(options)


if __name__ == "__main__":
    main()
