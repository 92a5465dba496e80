"""Serves the text encoders, the U-Net and the decoder of a Stable Diffusion in the diffusers layout.

    python3 -m venv V && V/bin/pip install nvidia-pytriton torch diffusers transformers safetensors
    V/bin/python Tests/Remote/serve_diffusers.py stable-diffusion-v1-5/ --name sd15
    halflight --model stable-diffusion-v1-5/ --remote http://127.0.0.1:8000 --remote-model sd15

The models and their inputs and outputs have the names that `optimum-cli export onnx` gives them: NAME_unet,
NAME_text_encoder, NAME_text_encoder_2 and NAME_vae_decoder.
"""
import json
import os

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from serving import Served, parser, serve


def text_encoder(folder, name, kind, of_class, device, type):
    """Token ids to states; SDXL's U-Net takes those of the last layer but one."""
    network = of_class.from_pretrained(folder, torch_dtype=type).to(device).eval()
    layers, width = network.config.num_hidden_layers, network.config.hidden_size
    projects = of_class is CLIPTextModelWithProjection
    pooled = "text_embeds" if projects else "pooler_output"
    states = f"hidden_states.{layers - 1}"

    def encode(input_ids):
        found = network(input_ids, output_hidden_states=True)
        return {
            "last_hidden_state": found.last_hidden_state, states: found.hidden_states[-2],
            pooled: found.text_embeds if projects else found.pooler_output}

    outputs = {
        "last_hidden_state": (kind, (-1, width)), states: (kind, (-1, width)),
        pooled: (kind, (network.config.projection_dim if projects else width,))}
    return Served(name, {"input_ids": (np.int64, (-1,))}, outputs, encode)


def unet(folder, name, kind, device, type):
    network = UNet2DConditionModel.from_pretrained(folder, torch_dtype=type).to(device).eval()
    config = network.config
    width = config.cross_attention_dim
    width = width if isinstance(width, int) else width[0]
    inputs = {
        "sample": (kind, (config.in_channels, -1, -1)), "timestep": (np.float32, (1,)),
        "encoder_hidden_states": (kind, (-1, width))}
    if config.addition_embed_type == "text_time":
        sizes = 6 * config.addition_time_embed_dim
        inputs["text_embeds"] = (kind, (config.projection_class_embeddings_input_dim - sizes,))
        inputs["time_ids"] = (np.float32, (6,))
    if config.time_cond_proj_dim:
        inputs["timestep_cond"] = (kind, (config.time_cond_proj_dim,))

    def predict(sample, timestep, encoder_hidden_states, timestep_cond=None, **added):
        added = {key: value.to(type) for key, value in added.items()}
        return {"out_sample": network(
            sample, timestep.reshape(-1), encoder_hidden_states, timestep_cond=timestep_cond,
            added_cond_kwargs=added or None, return_dict=False)[0]}

    return Served(name, inputs, {"out_sample": (kind, (config.out_channels, -1, -1))}, predict)


def vae_decoder(folder, name, kind, device, type):
    network = AutoencoderKL.from_pretrained(folder, torch_dtype=type).to(device).eval()

    def decode(latent_sample):
        return {"sample": network.decode(latent_sample, return_dict=False)[0]}

    inputs = {"latent_sample": (kind, (network.config.latent_channels, -1, -1))}
    return Served(name, inputs, {"sample": (kind, (3, -1, -1))}, decode)


def main():
    options = parser(__doc__.splitlines()[0])
    options.add_argument("model", help="the model's folder")
    options.add_argument("--name", help="the model's name on the server; the folder's by default")
    options = options.parse_args()
    name = options.name or os.path.basename(os.path.abspath(options.model))
    kind, type = (np.float16, torch.float16) if options.half else (np.float32, torch.float32)
    with open(os.path.join(options.model, "model_index.json")) as file:
        index = json.load(file)

    def part(folder):
        return os.path.join(options.model, folder)

    models = [unet(part("unet"), f"{name}_unet", kind, options.device, type)]
    for folder in ("text_encoder", "text_encoder_2"):
        if index.get(folder):
            projects = index[folder][1] == "CLIPTextModelWithProjection"
            of_class = CLIPTextModelWithProjection if projects else CLIPTextModel
            models.append(text_encoder(
                part(folder), f"{name}_{folder}", kind, of_class, options.device, type))
    models.append(vae_decoder(part("vae"), f"{name}_vae_decoder", kind, options.device, type))
    serve(models, options)


if __name__ == "__main__":
    main()
