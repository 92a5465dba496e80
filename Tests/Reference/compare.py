"""Times one U-Net evaluation in PyTorch, OpenVINO and `halflight bench`, alternating, and prints the ratios.

    python3 -m venv V && V/bin/pip install torch==2.13.0+cpu diffusers openvino
    swift build -c release
    V/bin/python Tests/Reference/compare.py                                          # the default model's network
    V/bin/python Tests/Reference/compare.py --network Tests/Reference/unet-25m.json  # another

All weights are random: they do not change the amount of computation.

Run it on an otherwise idle machine. Every round starts each contender as a process of its own, one after
another, so that one contender's waiting threads take no time from the next; it warms up and is then timed for a second.
Milliseconds are those of a whole batch: the median over rounds of each round's median, and the least of all. A ratio
is a contender's time over halflight's in the same round, the median over rounds: above 1, halflight is the faster.

PyTorch runs diffusers' UNet2DConditionModel channels last, in bf16 both converted and under autocast (the faster
counts); OpenVINO runs the same module converted with static shapes, tuned for latency. `--busy` keeps another process
busy meanwhile.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOKENS, REAL_TOKENS = 24, 6
WARM_SECONDS = 0.5
NAMES = {"pytorch": "PyTorch", "compiled": "PyTorch, compiled", "openvino": "OpenVINO", "halflight": "halflight"}


# ---- The network and its inputs, in a worker ----

def load_network(job):
    import torch
    from diffusers import UNet2DConditionModel

    torch.manual_seed(0)
    if job["network"]:
        network = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(job["network"]))
    else:
        from reference import load_unet
        network = load_unet(job["model"])
    return network.eval().requires_grad_(False)


def make_inputs(config, batch):
    """Sample (N, C, H, W), timestep, token states (N, T, D), their mask and, where asked for, the class vector."""
    import torch

    generator = torch.Generator().manual_seed(1)
    normal = lambda *shape: torch.randn(shape, generator=generator)
    mask = torch.zeros(batch, TOKENS)
    mask[:, :REAL_TOKENS] = 1
    inputs = {
        "sample": normal(batch, config.in_channels, config.sample_size, config.sample_size),
        "timestep": torch.tensor([500.0]),
        "encoder_hidden_states": normal(batch, TOKENS, config.cross_attention_dim),
        "encoder_attention_mask": mask,
    }
    if config.class_embed_type == "projection":
        inputs["class_labels"] = normal(batch, config.projection_class_embeddings_input_dim)
    return inputs


def time_calls(call, seconds):
    """Milliseconds of each call, after a warm-up."""
    began, calls = time.perf_counter(), 0
    while calls < 3 or time.perf_counter() - began < WARM_SECONDS:
        call()
        calls += 1
    times, began = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return times


# ---- Contenders; each returns the times and one output for the comparison of results ----

def run_pytorch(job, compiled=False):
    import torch

    torch.set_num_threads(job["threads"])
    network = load_network(job).to(memory_format=torch.channels_last)
    inputs = make_inputs(network.config, job["batch"])
    inputs["sample"] = inputs["sample"].contiguous(memory_format=torch.channels_last)
    half = {name: value.bfloat16() if name != "timestep" else value for name, value in inputs.items()}

    def evaluate(model, inputs, context):
        with context():
            return model(**inputs, return_dict=False)[0]

    autocast = lambda: torch.autocast("cpu", dtype=torch.bfloat16)
    if job["precision"] == "f32":
        ways = {"float32": (network, inputs, contextlib.nullcontext)}
    else:
        import copy
        ways = {"autocast": (network, inputs, autocast),
                "converted": (copy.deepcopy(network).bfloat16(), half, contextlib.nullcontext)}
    results = []
    with torch.inference_mode():
        for way, (model, values, context) in ways.items():
            model = torch.compile(model) if compiled else model
            times = time_calls(lambda: evaluate(model, values, context), job["seconds"])
            results.append((statistics.median(times), way, times, evaluate(model, values, context)))
    _, way, times, output = min(results, key=lambda result: result[0])
    return times, way, output.float().numpy()


def run_openvino(job):
    import openvino
    import torch

    torch.set_num_threads(1)  # only makes the inputs here
    network = load_network(job)
    inputs = [value.numpy() for value in make_inputs(network.config, job["batch"]).values()]
    core = openvino.Core()
    options = {"INFERENCE_PRECISION_HINT": job["precision"], "PERFORMANCE_HINT": "LATENCY",
               "INFERENCE_NUM_THREADS": job["threads"]}
    compiled = core.compile_model(job["converted"], "CPU", options)
    request = compiled.create_infer_request()
    for index, value in enumerate(inputs):
        request.set_input_tensor(index, openvino.Tensor(value, shared_memory=True))
    times = time_calls(request.infer, job["seconds"])
    return times, str(compiled.get_property("INFERENCE_PRECISION_HINT").to_string()), request.get_output_tensor().data


def convert(job):
    """Writes the network in OpenVINO's own form to job["converted"] and tells its size."""
    import openvino
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    network = load_network(job)
    inputs = make_inputs(network.config, job["batch"])
    names = list(inputs)

    class Positional(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, *values):
            return self.network(**dict(zip(names, values)), return_dict=False)[0]

    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(**inputs)
    if job["converted"]:
        values = tuple(inputs.values())
        with torch.no_grad():
            model = openvino.convert_model(Positional(), example_input=values,
                                           input=[list(value.shape) for value in values])
        openvino.save_model(model, job["converted"], compress_to_fp16=False)
    return {"parameters": sum(value.numel() for value in network.parameters()),
            "gflop": counter.get_total_flops() / 1e9,
            "versions": {"torch": torch.__version__, "openvino": openvino.__version__.split("-")[0]}}


def work(job):
    """One job in this process; its result is the last line printed."""
    if job["do"] == "convert":
        return convert(job)
    if job["do"] == "openvino":
        times, way, output = run_openvino(job)
    else:
        times, way, output = run_pytorch(job, compiled=job["do"] == "compiled")
    import numpy

    numpy.save(job["output"], output)
    return {"median": statistics.median(times), "min": min(times), "way": way}


# ---- Rounds ----

def environment(threads):
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}


def last_json(text, what):
    for line in reversed(text.strip().splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise SystemExit(f"{what} printed no result: {text.strip() or 'nothing at all'}")


def finish(command, what, threads):
    result = subprocess.run(command, capture_output=True, text=True, env=environment(threads))
    if result.returncode != 0:
        raise SystemExit(f"{what} failed with exit code {result.returncode}:\n{result.stderr.strip()[-2000:]}")
    return last_json(result.stdout, what)


def run_job(job):
    return finish([sys.executable, __file__, "--worker", json.dumps(job)], job["do"], job["threads"])


def run_halflight(options, precision):
    command = [str(options.halflight), "bench", "--json", "--precision", precision, "--batch", str(options.batch)]
    if options.network:
        command += ["--network", str(options.network)]
    elif options.model:
        command += ["--model", str(options.model)]
    facts = finish(command, "halflight bench", options.threads)
    return {**facts["evaluation_ms"], "way": facts["precision"], "facts": facts}


@contextlib.contextmanager
def busy_process(wanted):
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if wanted else None
    try:
        yield
    finally:
        if process:
            process.kill()
            process.wait()


def measure(options, folder):
    """One list of rounds for each (precision, contender), and the facts of the network."""
    converted = str(folder / "network.xml") if "openvino" in options.contenders else None
    common = {"model": str(options.model or ROOT / "Sources/DefaultModel/model"), "batch": options.batch,
              "network": str(options.network) if options.network else None, "threads": options.threads,
              "seconds": options.seconds, "converted": converted}
    network = run_job({**common, "do": "convert"})
    rounds = {}
    for number in range(options.rounds):
        for precision in options.precision:
            for contender in options.contenders:
                output = str(folder / f"{contender}-{precision}.npy")
                with busy_process(options.busy):
                    if contender == "halflight":
                        result = run_halflight(options, precision)
                    else:
                        result = run_job({**common, "do": contender, "precision": precision, "output": output})
                rounds.setdefault((precision, contender), []).append(result)
                print(f"round {number + 1}  {precision:5} {NAMES[contender]:18} {result['median']:8.2f} ms  "
                      f"({result['way']})", file=sys.stderr, flush=True)
    return network, rounds


def check_outputs(options, folder):
    """The largest difference from PyTorch's float32 output, over that output's largest value."""
    import numpy

    reference = folder / "pytorch-f32.npy"
    if not reference.exists():
        return {}
    expected = numpy.load(reference)
    return {path.stem: float(abs(numpy.load(path) - expected).max() / abs(expected).max())
            for path in sorted(folder.glob("*.npy")) if path != reference}


def table(options, rounds):
    """Rows of precision, contender, median, minimum and ratio."""
    base = "halflight" if "halflight" in options.contenders else options.contenders[0]
    rows = []
    for precision in options.precision:
        ours = rounds[precision, base]
        for contender in options.contenders:
            theirs = rounds[precision, contender]
            ratio = statistics.median(them["median"] / us["median"] for them, us in zip(theirs, ours))
            rows.append([precision, NAMES[contender], f"{statistics.median(r['median'] for r in theirs):.2f}",
                         f"{min(r['min'] for r in theirs):.2f}", f"{ratio:.2f}"])
    return ["precision", "contender", "median ms", "least ms", f"time / {NAMES[base]}'s"], rows


def show(header, rows, markdown):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    line = lambda row: " | ".join(
        cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths)))
    if not markdown:
        return "\n".join(line(row).replace(" | ", "   ") for row in [header, *rows])
    rule = "|".join("-" * (width + 2) if i < 2 else "-" * (width + 1) + ":" for i, width in enumerate(widths))
    return "\n".join([f"| {line(header)} |", f"|{rule}|"] + [f"| {line(row)} |" for row in rows])


def parse():
    def listed(allowed):
        def split(text):
            values = text.split(",")
            wrong = [value for value in values if value not in allowed]
            if wrong:
                raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(allowed)}")
            return values
        return split

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--halflight", type=pathlib.Path, default=ROOT / ".build/release/halflight",
                        help="the release binary")
    parser.add_argument("--model", type=pathlib.Path, help="a model folder (the default model unless given)")
    parser.add_argument("--network", type=pathlib.Path, help="a U-Net config.json to measure with random weights")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="timed seconds for each contender and round")
    parser.add_argument("--precision", type=listed(["f32", "bf16"]), default=["f32", "bf16"])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--contenders", type=listed(list(NAMES)), default=["pytorch", "openvino", "halflight"],
                        help="some of " + ",".join(NAMES) + "; compiled is torch.compile, and takes minutes")
    parser.add_argument("--busy", action="store_true", help="keep one other process busy meanwhile")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse()
    if options.worker:
        print(json.dumps(work(json.loads(options.worker))))
        return
    if min(options.batch, options.rounds, options.threads) < 1:
        raise SystemExit("batch, rounds and threads must be 1 or more")
    if "halflight" in options.contenders and not options.halflight.exists():
        raise SystemExit(f"{options.halflight} is missing: run `swift build -c release`, "
                         "or leave it out with --contenders pytorch,openvino")
    # A terminated comparison must not leave a worker behind: raising an exception makes the wait kill it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"warning: the machine is busy (load {load:.1f}); the numbers will be too", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        network, rounds = measure(options, folder)
        differences = check_outputs(options, folder)
    print(f"{options.network or options.model or 'default model'}: {network['parameters'] / 1e6:.1f}M parameters, "
          f"{network['gflop'] / options.batch:.2f} GFLOP a sample, batch {options.batch}, {options.threads} threads, "
          f"torch {network['versions']['torch']}, openvino {network['versions']['openvino']}"
          + (", beside one busy process" if options.busy else "") + "\n")
    print(show(*table(options, rounds), options.markdown))
    for what, difference in differences.items():
        print(f"\n{what} differs from PyTorch f32 by {difference:.1e} of its largest value", end="")
    ours = [rounds[key][-1]["facts"] for key in rounds if key[1] == "halflight"]
    for facts in ours:
        print(f"\nhalflight {facts['precision']}: " + ", ".join(
            f"{key} {facts[key]}" for key in ("share_of_peak", "guided_step_ms", "time_to_first_step_ms",
                                              "peak_memory_mb") if key in facts), end="")
    print()


if __name__ == "__main__":
    main()
