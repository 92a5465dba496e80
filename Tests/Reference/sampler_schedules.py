"""Prints the schedules of diffusers' schedulers when they are created from a model's.

Tests/ModelsTests/UsualSpacingTests.swift contains its output. Run: python sampler_schedules.py
"""

import diffusers

SAMPLERS = {
    "Euler": "EulerDiscreteScheduler",
    "Euler a": "EulerAncestralDiscreteScheduler",
    "Heun": "HeunDiscreteScheduler",
    "DDIM": "DDIMScheduler",
    "DPM++ 2M": "DPMSolverMultistepScheduler",
    "DPM++ SDE": "DPMSolverSDEScheduler",
    "UniPC": "UniPCMultistepScheduler",
    "DPM2": "KDPM2DiscreteScheduler",
    "DPM2 a": "KDPM2AncestralDiscreteScheduler",
    "LCM": "LCMScheduler",
    "DDPM": "DDPMScheduler",
}

# The relevant keys of a model's scheduler_config.json.
MODELS = {
    "nothing": {"_class_name": "PNDMScheduler"},
    "leading": {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading"},
    "trailing": {"_class_name": "DDIMScheduler", "timestep_spacing": "trailing"},
    "karras": {
        "_class_name": "DPMSolverMultistepScheduler",
        "timestep_spacing": "linspace",
        "use_karras_sigmas": True,
    },
}


def spacing(config):
    for name in ("karras", "exponential", "beta"):
        if config.get(f"use_{name}_sigmas"):
            return name
    return config["timestep_spacing"]


for model, config in MODELS.items():
    loaded = getattr(diffusers, config["_class_name"]).from_config(config).config
    for sampler, name in SAMPLERS.items():
        try:
            scheduler = getattr(diffusers, name).from_config(loaded)
        except ImportError:  # DPMSolverSDEScheduler needs torchsde.
            continue
        known = scheduler.__init__.__wrapped__.__code__.co_varnames
        own = {key: value for key, value in scheduler.config.items() if key in known}
        print(f"{model:9} {sampler:10} {spacing(own)}")
