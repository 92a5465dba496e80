"""Outputs of CLIP text encoders (transformers) and autoencoders (diffusers), in float32.

Run as reference.py says, which also states the rule for the weights: they are not stored, but generated again by
the test.

Writes encoders.json, a list of cases with `name`, `kind` ("clip" or "autoencoder"), `config` (the library's keys) and
`file`; and for each case encoder-NAME.safetensors, all float32, pictures and latents channels last:
    clip         ids (N, T), states.0 (N, T, C) of the last layer, states.1 of the one before, both normalised,
                 raw.1 not normalised, pooled (N, P)
    autoencoder  latent (N, h, w, C) and its picture (N, H, W, 3); input (N, H, W, 3) and its code (N, h, w, C), both
                 latents in the denoiser's scale
Required agreement: 1e-4 of the largest value.
"""
import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from reference import fill, nhwc, uniform, write, write_json

CLIP = dict(vocab_size=120, hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4,
            max_position_embeddings=77, bos_token_id=118)
CLIPS = {
    "openai": (CLIPTextModel, dict(CLIP, hidden_act="quick_gelu", eos_token_id=2, projection_dim=64)),
    "openclip": (CLIPTextModelWithProjection, dict(CLIP, hidden_act="gelu", eos_token_id=119, projection_dim=96)),
}
KL = dict(in_channels=3, out_channels=3, latent_channels=4, act_fn="silu")
AUTOENCODERS = {
    "kl": (AutoencoderKL, dict(
        KL, block_out_channels=[32, 64], layers_per_block=1, norm_num_groups=8, scaling_factor=0.18215,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2), (2, 6, 10)),
    "kl-deep": (AutoencoderKL, dict(
        KL, block_out_channels=[16, 32, 32], layers_per_block=2, norm_num_groups=16, scaling_factor=0.13025,
        shift_factor=0.05, use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False,
        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3), (1, 5, 4)),
    "tiny": (AutoencoderTiny, dict(
        latent_channels=4, encoder_block_out_channels=[16] * 4, decoder_block_out_channels=[16] * 4), (1, 4, 6)),
}


def texts(config):
    """Two texts of unlike lengths between their end marks, filled up with the end mark."""
    rows = np.full((2, 77), 119)
    for row, length in enumerate((9, 75)):
        words = (np.abs(uniform(f"text/{row}", length)) * 117).astype(int)
        rows[row, 0], rows[row, 1:1 + length] = 118, words
    return torch.from_numpy(rows)


def whole_file(config, cls):
    return dict(config, architectures=[cls.__name__], model_type="clip_text_model")


@torch.no_grad()
def clip(name, cls, config):
    net = cls(CLIPTextConfig(**config)).eval()
    # Files have the prefix, whatever names the release uses internally.
    with torch.no_grad():
        for key, parameter in net.named_parameters():
            stored = key if key.startswith(("text_model.", "text_projection.")) else "text_model." + key
            holder = torch.nn.Module()
            holder.register_parameter("x", torch.nn.Parameter(parameter.clone()))
            holder.named_parameters = lambda stored=stored, holder=holder: [(stored, holder.x)]
            fill(holder)
            parameter.copy_(holder.x)
    ids = texts(config)
    found = net(ids, output_hidden_states=True)
    inner = getattr(net, "text_model", net)
    tensors = {"ids": ids.numpy(), "states.0": found.last_hidden_state.numpy(),
               "states.1": inner.final_layer_norm(found.hidden_states[-2]).numpy(),
               "raw.1": found.hidden_states[-2].numpy(),
               "pooled": (found.text_embeds if "Projection" in cls.__name__ else found.pooler_output).numpy()}
    write(f"encoder-{name}.safetensors", tensors)
    return {"name": name, "kind": "clip", "config": whole_file(config, cls), "file": f"encoder-{name}.safetensors"}


@torch.no_grad()
def autoencoder(name, cls, config, size):
    net = fill(cls(**config))
    n, h, w = size
    factor = 8 if cls is AutoencoderTiny else 2 ** (len(config["block_out_channels"]) - 1)
    scale, shift = net.config.scaling_factor, getattr(net.config, "shift_factor", None) or 0
    latent = uniform(f"{name}/latent", n * h * w * 4).reshape(n, h, w, 4) * 1.7
    picture = uniform(f"{name}/input", n * h * w * 3 * factor ** 2).reshape(n, h * factor, w * factor, 3)
    planes = lambda x: torch.from_numpy(x).float().permute(0, 3, 1, 2).contiguous()
    encoded = net.encode(planes(picture))
    code = encoded.latents if cls is AutoencoderTiny else encoded.latent_dist.mode()
    tensors = {"latent": latent, "picture": nhwc(net.decode(planes(latent) / scale + shift).sample),
               "input": picture, "code": nhwc((code - shift) * scale)}
    write(f"encoder-{name}.safetensors", tensors)
    return {"name": name, "kind": "autoencoder", "config": dict(config, _class_name=cls.__name__),
            "file": f"encoder-{name}.safetensors"}


if __name__ == "__main__":
    cases = [clip(name, *case) for name, case in CLIPS.items()]
    cases += [autoencoder(name, *case) for name, case in AUTOENCODERS.items()]
    write_json("encoders.json", {"tolerance": 1e-4, "cases": cases})
