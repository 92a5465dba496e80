"""Serves networks of PyTorch with NVIDIA Triton, through PyTriton; needs no GPU.

The server speaks the Open Inference Protocol v2 with the binary tensor extension. Requests that arrive
together are put into one batch (dynamic batching), up to --batch pictures, after --delay microseconds.
"""
import argparse
import dataclasses
import signal
import threading
import typing

import numpy as np
import torch
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig


@dataclasses.dataclass
class Served:
    """A model of the server: its name, its tensors without the batch, and the function of a batch."""
    name: str
    inputs: dict[str, tuple[type, tuple[int, ...]]]
    outputs: dict[str, tuple[type, tuple[int, ...]]]
    function: typing.Callable[..., dict[str, torch.Tensor]]


class Batches:
    """How many rows the calls of a model had."""

    def __init__(self):
        self.lock, self.calls, self.rows = threading.Lock(), 0, 0

    def add(self, rows):
        with self.lock:
            self.calls += 1
            self.rows += rows

    def __str__(self):
        return f"{self.calls} calls, {self.rows / max(1, self.calls):.2f} rows in a batch in the mean"


def parser(description):
    """The options that every server has."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for other machines too")
    options.add_argument("--port", type=int, default=8000)
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--half", action="store_true", help="compute and send in 16 bits")
    options.add_argument("--batch", type=int, default=64, help="most rows in a batch")
    options.add_argument("--delay", type=int, default=2000, help="microseconds to wait for others")
    options.add_argument("--threads", type=int, default=0, help="of PyTorch; all by default")
    return options


def serve(models, options):
    """Serves until it is interrupted, and then says how large the batches were."""
    if options.threads:
        torch.set_num_threads(options.threads)
    # Shells let background processes ignore the first, and Python ends without a word at the second.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    counts = {}
    configuration = TritonConfig(
        http_address=options.host, http_port=options.port, grpc_port=options.port + 1,
        metrics_port=options.port + 2)
    with Triton(config=configuration) as triton:
        for model in models:
            counts[model.name] = Batches()
            triton.bind(
                model_name=model.name, infer_func=called(model, counts[model.name], options.device),
                inputs=tensors(model.inputs), outputs=tensors(model.outputs),
                config=ModelConfig(
                    max_batch_size=options.batch,
                    batcher=DynamicBatcher(max_queue_delay_microseconds=options.delay)))
        try:
            triton.serve()
        finally:
            for name, count in counts.items():
                print(f"{name}: {count}", flush=True)


def tensors(shapes):
    return [Tensor(name=name, dtype=kind, shape=shape) for name, (kind, shape) in shapes.items()]


def called(model, count, device):
    """The function that PyTriton calls with a batch of NumPy arrays."""
    @batch
    @torch.inference_mode()
    def infer(**arrays):
        count.add(len(next(iter(arrays.values()))))
        inputs = {name: torch.from_numpy(np.array(value)).to(device) for name, value in arrays.items()}
        outputs = model.function(**inputs)
        return {
            name: outputs[name].to("cpu").numpy().astype(kind)
            for name, (kind, _) in model.outputs.items()}
    return infer
