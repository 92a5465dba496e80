"""The training speed of PyTorch and halflight: pictures per second with the same network, batch and processor, in turn.

Run as reference.py says, with nothing else running, after `swift build -c release`:
    V/bin/python Tests/Reference/training.py [--network unet/config.json] [--batch 64] [--rounds 3]

PyTorch trains diffusers' UNet2DConditionModel in the usual way: bf16 autocast, channels last, fused AdamW, the gradient's
norm limited, a moving average of the weights; tcmalloc is preloaded if it is installed (libtcmalloc-minimal4), which
makes it about a tenth faster. Each contender has a separate process; the median of its steps counts.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import time

from reference import MODEL, TOP

PROGRAM = os.path.join(TOP, ".build", "release", "halflight")


def pytorch(network, batch, seconds):
    import torch
    from diffusers import UNet2DConditionModel
    torch.set_num_threads(os.cpu_count())
    config = {k: v for k, v in json.load(open(network)).items() if not k.startswith("_")}
    net = UNet2DConditionModel(**config).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    averages = [p.detach().clone() for p in net.parameters()]
    side, channels = config["sample_size"], config["in_channels"]
    sample = torch.randn(batch, channels, side, side).contiguous(memory_format=torch.channels_last)
    target = torch.randn(batch, config["out_channels"], side, side)
    timesteps = torch.randint(1000, (batch,))
    states = torch.randn(batch, 24, config["cross_attention_dim"])
    mask = torch.ones(batch, 24, dtype=torch.bool)
    vectors = torch.randn(batch, config["projection_class_embeddings_input_dim"])

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = net(sample, timesteps, states, encoder_attention_mask=mask, class_labels=vectors).sample
        loss = (found.float() - target).pow(2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, [p.detach() for p in net.parameters()], 1e-3)
        return loss.item()

    for _ in range(3):
        step()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(batch / statistics.median(times))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", default=os.path.join(MODEL, "unet", "config.json"))
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--pytorch", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pytorch:
        return pytorch(options.network, options.batch, options.seconds)
    environment = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    faster = dict(environment, OMP_NUM_THREADS=str(os.cpu_count()))
    allocators = glob.glob("/usr/lib/*/libtcmalloc_minimal.so.4")
    if allocators:
        faster["LD_PRELOAD"] = allocators[0]
    same = ["--network", options.network, "--batch", str(options.batch), "--seconds", str(options.seconds)]
    found = {"PyTorch": [], "halflight": []}
    for _ in range(options.rounds):
        theirs = subprocess.run([sys.executable, __file__, "--pytorch"] + same, env=faster, check=True, text=True,
                                stdout=subprocess.PIPE)
        found["PyTorch"].append(float(theirs.stdout.split()[-1]))
        ours = subprocess.run([PROGRAM, "bench", "--training", "--json"] + same, env=environment, check=True,
                              text=True, stdout=subprocess.PIPE)
        report = json.loads(ours.stdout)
        found["halflight"].append(report["pictures_per_second"])
        print(f"PyTorch {found['PyTorch'][-1]:.1f}  halflight {found['halflight'][-1]:.1f} pictures/s, "
              f"{report['gflops']:.0f} GFLOP/s, {100 * report['share_of_peak']:.0f}% of the peak", flush=True)
    medians = {name: statistics.median(values) for name, values in found.items()}
    print(f"medians: PyTorch {medians['PyTorch']:.1f}, halflight {medians['halflight']:.1f} pictures/s: "
          f"{medians['halflight'] / medians['PyTorch']:.2f} times")


if __name__ == "__main__":
    main()
