"""Times the parts of a full-size Stable Diffusion in PyTorch, OpenVINO and `halflight bench`, in turn, and prints the
ratios.

    V/bin/python Tests/Reference/full_size.py sd15 FOLDER
    swift build -c release
    V/bin/python Tests/Reference/full_speed.py FOLDER [--parts network,text,decoder] [--precision f32,bf16] [--rounds 1]
                                            [--openvino] [--sd-cli PROGRAM --single FILE [--types bf16,f16,q8_0,f32]]

Run it on an otherwise idle machine. The network is evaluated with 77 tokens for two samples, as a guided step is;
the text encoder reads one text, in float32 always, as halflight does; the decoder paints one picture of 512x512. Each
measurement is a process of its own: two evaluations to warm up, then the median of at least three.
PyTorch computes channels last; in bf16 both converted and under autocast, the faster counts. OpenVINO (`pip install
openvino`) runs the same modules converted with static shapes, tuned for latency. --sd-cli is stable-diffusion.cpp's
program, built with -DGGML_NATIVE=ON -DGGML_LLAMAFILE=ON, and FILE what `full_size.py single` makes: the second of two
guided steps, in which it evaluates the network for one sample after the other, once for each type of weights.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = len(os.sched_getaffinity(0))
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def timed(call, seconds):
    call(), call()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def module(folder, part):
    """A part as a float32 module, and what it is asked."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    normal = lambda *shape: torch.randn(shape).contiguous(memory_format=torch.channels_last) \
        if len(shape) == 4 else torch.randn(shape)
    if part == "network":
        net = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", torch_dtype=torch.float32)
        side = net.config.sample_size
        inputs = [normal(2, 4, side, side), torch.tensor(500.0), normal(2, 77, net.config.cross_attention_dim)]
    elif part == "text":
        net = CLIPTextModel.from_pretrained(folder, subfolder="text_encoder", torch_dtype=torch.float32)
        inputs = [torch.arange(77)[None]]
    else:
        net = AutoencoderKL.from_pretrained(folder, subfolder="vae", torch_dtype=torch.float32)
        net.forward = net.decode
        inputs = [normal(1, 4, 64, 64)]
    return net.eval().requires_grad_(False), inputs


def pytorch(folder, part, precision, seconds):
    import torch

    net, inputs = module(folder, part)
    net = net.to(memory_format=torch.channels_last)
    found = {}
    with torch.inference_mode():
        if precision == "f32" or part == "text":
            found["float32"] = timed(lambda: net(*inputs), seconds)
        else:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                found["autocast"] = timed(lambda: net(*inputs), seconds)
            net, half = net.bfloat16(), [x.bfloat16() if x.is_floating_point() and x.ndim else x for x in inputs]
            found["converted"] = timed(lambda: net(*half), seconds)
    way = min(found, key=found.get)
    return {"ms": found[way], "way": way}


def openvino(folder, part, precision, seconds):
    import openvino
    import torch

    net, inputs = module(folder, part)

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, *inputs):
            return self.net.decode(*inputs, return_dict=False)[0] if part == "decoder" \
                else self.net(*inputs, return_dict=False)[0]

    with torch.inference_mode():
        converted = openvino.convert_model(Plain(), example_input=tuple(inputs), input=[list(x.shape) for x in inputs])
    options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": THREADS}
    request = openvino.Core().compile_model(converted, "CPU", options).create_infer_request()
    values = [x.contiguous().numpy() for x in inputs]
    return {"ms": timed(lambda: request.infer(values, share_inputs=True), seconds), "way": "converted"}


def stable_diffusion_cpp(program, file, kind):
    """Milliseconds of a guided step."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "-m", file, "-p", "a red apple", "-n", "blurry", "--cfg-scale", "7", "--steps", "2", "-W", "512",
                   "-H", "512", "-t", str(THREADS), "--seed", "1", "--type", kind, "-o", os.path.join(folder, "x.png")]
        said = ""
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            # It decodes the picture after that, which is not timed here.
            while "sampling completed" not in said and (more := process.stdout.read1(4096)):
                said += more.decode(errors="replace")
            process.kill()
    number, unit = re.findall(r"/2 - ([0-9.]+)(s/it|it/s)", said)[1]
    return 1e3 * (float(number) if unit == "s/it" else 1 / float(number))


def halflight(options, part, precision):
    command = [str(options.halflight), "bench", "--json", "--precision", precision, "--seconds", str(options.seconds)]
    if part == "network":
        command += ["--network", os.path.join(options.folder, "unet", "config.json"), "--tokens", "77"]
    else:
        command += ["--part", part, "--model", options.folder]
    facts = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    facts["ms"] = facts["evaluation_ms"]["median"]
    return facts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--parts", default="network,text,decoder")
    parser.add_argument("--precision", default="f32,bf16")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--halflight", type=pathlib.Path, default=ROOT / ".build/release/halflight")
    parser.add_argument("--openvino", action="store_true", help="time OpenVINO too")
    parser.add_argument("--sd-cli", help="time stable-diffusion.cpp's program too")
    parser.add_argument("--single", help="the same model as one file, for --sd-cli")
    parser.add_argument("--types", default="bf16,f16,q8_0,f32", help="types of weights for --sd-cli")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        peer, *what = options.worker.split(",")
        print(json.dumps({"PyTorch": pytorch, "OpenVINO": openvino}[peer](options.folder, *what, options.seconds)))
        return
    peers = ["PyTorch"] + ["OpenVINO"] * options.openvino
    for part in options.parts.split(","):
        for precision in ["f32"] if part == "text" else options.precision.split(","):
            rounds = []
            for _ in range(options.rounds):
                found = {}
                for peer in peers:
                    worker = [sys.executable, __file__, options.folder, "--seconds", str(options.seconds),
                              "--worker", f"{peer},{part},{precision}"]
                    found[peer] = json.loads(subprocess.run(worker, check=True, stdout=subprocess.PIPE, text=True)
                                             .stdout.strip().splitlines()[-1])
                rounds.append(found | {"halflight": halflight(options, part, precision)})
            median = lambda name: statistics.median(found[name]["ms"] for found in rounds)
            ours, last = median("halflight"), rounds[-1]["halflight"]
            share = last.get("share_of_peak")
            print(f"{part:8} {precision:5} halflight {ours:9.1f} ms, {last['gflops']:.0f} GFLOP/s"
                  + (f", {share:.0%} of the peak" if share else "")
                  + "".join(f"  {peer} {median(peer):9.1f} ms ({rounds[-1][peer]['way']}), {median(peer) / ours:.2f}x"
                            for peer in peers), flush=True)
        if part == "network" and options.sd_cli:
            for kind in options.types.split(","):
                ms = stable_diffusion_cpp(options.sd_cli, options.single, kind)
                print(f"{part:8} stable-diffusion.cpp, {kind} {ms:9.1f} ms", flush=True)


if __name__ == "__main__":
    main()
