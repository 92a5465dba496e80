"""Records PyTorch's CPU noise for NoiseSourceTests, as raw float32 bit patterns.

    python3 -m venv V && V/bin/pip install torch==2.13.0+cpu numpy
    OMP_NUM_THREADS=1 V/bin/python Tests/Reference/noise.py

writes Tests/DiffusionTests/Fixtures/noise.json and noise.bin (little-endian UInt32). Each case of the JSON names
a seed, the counts of successive torch.randn calls on one generator, and the location of the last draws: in full
from `offset` (in words) of noise.bin, or for long ones as the 64-bit FNV-1a hash, computed word by word. PyTorch must
use its AVX2 code (the default on every x86-64 processor since 2013; checked below), which AVX-512 machines use too.
"""

import json
import pathlib

import numpy
import torch

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "DiffusionTests" / "Fixtures"
SEEDS = [0, 1, 7, 42, 2**32 - 1, 2**32 + 5, 2**63 + 12345, 2**64 - 1]
COUNTS = [1, 2, 3, 14, 15, 16, 17, 31, 32, 33, 48, 100, 623, 768]
SEQUENCES = [[5, 100, 3], [1, 1, 1, 16, 1], [15, 15, 15, 15], [17, 17, 17], [3, 768, 4, 48, 2], [624, 625, 7],
             [2, 2, 31], [0, 5, 0, 5]]
LONG = [100_000, 99_991]


def draws(seed, counts):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(count, generator=generator) for count in counts]


def patterns(tensors):
    return numpy.concatenate([tensor.numpy() for tensor in tensors]).astype("<f4").view("<u4")


def fnv(words):
    value = 0xCBF29CE484222325
    for word in words.tolist():
        value = ((value ^ word) * 0x100000001B3) & (2**64 - 1)
    return value


def latent_patterns(seed, shape, draw):
    """Draw number `draw` of one generator, (N, C, H, W) laid out as (N, H, W, C)."""
    n, height, width, channels = shape
    generator = torch.Generator().manual_seed(seed)
    for _ in range(draw + 1):
        noise = torch.randn((n, channels, height, width), generator=generator)
    return noise.permute(0, 2, 3, 1).contiguous().numpy().astype("<f4").view("<u4").reshape(-1)


def main():
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        raise SystemExit("PyTorch does not use its AVX2 code on this machine: its noise differs in the last bits")
    words, sequences, hashes, latents = [], [], [], []
    length = 0

    def keep(values):
        nonlocal length
        words.append(values)
        length += len(values)
        return length - len(values)

    for seed in SEEDS:
        for counts in [[count] for count in COUNTS] + SEQUENCES:
            sequences.append({"seed": seed, "counts": counts, "offset": keep(patterns(draws(seed, counts)))})
        for count in LONG:
            hashes.append({"seed": seed, "count": count, "fnv": fnv(patterns(draws(seed, [count])))})
    for shape in [[1, 2, 3, 1], [1, 2, 2, 3], [1, 3, 5, 1], [1, 4, 4, 3], [2, 3, 5, 7], [1, 16, 16, 48], [1, 64, 64, 4]]:
        for draw in [0, 1, 2, 9]:
            values = latent_patterns(42, shape, draw)
            latents.append({"seed": 42, "shape": shape, "draw": draw, "fnv": fnv(values)})

    FIXTURES.mkdir(parents=True, exist_ok=True)
    numpy.concatenate(words).astype("<u4").tofile(FIXTURES / "noise.bin")
    index = {"torch": torch.__version__, "sequences": sequences, "hashes": hashes, "latents": latents}
    with open(FIXTURES / "noise.json", "w") as file:
        file.write("{\n" + ",\n".join(
            f'  "{key}": ' + (json.dumps(value) if isinstance(value, str) else
                              "[\n" + ",\n".join("    " + json.dumps(row) for row in value) + "\n  ]")
            for key, value in index.items()) + "\n}\n")
    print(f"{len(sequences)} sequences of {length} values, {len(hashes)} hashes, {len(latents)} latents")


if __name__ == "__main__":
    main()
