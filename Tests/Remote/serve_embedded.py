"""Serves the embedded model's network as the model `mini`.

    python3 -m venv V && V/bin/pip install nvidia-pytriton torch diffusers transformers tokenizers safetensors pillow
    V/bin/python Tests/Remote/serve_embedded.py
    halflight --remote http://127.0.0.1:8000

The text encoder is small and stays on the client's side.
"""
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Reference"))

import torch  # noqa: E402
from reference import MODEL, load_unet  # noqa: E402
from serving import Served, parser, serve  # noqa: E402


def main():
    options = parser(__doc__.splitlines()[0])
    options.add_argument("--model", default=MODEL, help="a folder of this project's own kind")
    options.add_argument("--name", default="mini", help="the model's name on the server")
    options = options.parse_args()
    # The reference scripts compute on one thread.
    torch.set_num_threads(options.threads or os.cpu_count() or 1)
    kind, type = (np.float16, torch.float16) if options.half else (np.float32, torch.float32)
    network = load_unet(options.model).to(options.device, type)
    channels, width = network.config.in_channels, network.config.cross_attention_dim

    def predict(sample, timestep, encoder_hidden_states, encoder_attention_mask, **others):
        return {"out_sample": network(
            sample, timestep.reshape(-1), encoder_hidden_states,
            encoder_attention_mask=encoder_attention_mask,
            class_labels=others.get("class_labels"), return_dict=False)[0]}

    inputs = {
        "sample": (kind, (channels, -1, -1)), "timestep": (np.float32, (1,)),
        "encoder_hidden_states": (kind, (-1, width)), "encoder_attention_mask": (np.bool_, (-1,))}
    if network.config.class_embed_type == "projection":
        inputs["class_labels"] = (kind, (network.config.projection_class_embeddings_input_dim,))
    outputs = {"out_sample": (kind, (channels, -1, -1))}
    serve([Served(options.name, inputs, outputs, predict)], options)


if __name__ == "__main__":
    main()
