"""What the program is made to do while its writes fail."""
import json
import math
import os
import shutil
import struct
import zlib

from injection import environment, run_command
from terminal import Session

HERE = os.path.dirname(os.path.abspath(__file__))
TINY_MODEL = os.path.join(HERE, "..", "ModelsTests", "Fixtures", "tiny-sd")

# A network that learns in a moment.
NETWORK = {
    "_class_name": "UNet2DConditionModel", "sample_size": 4, "in_channels": 48, "out_channels": 48,
    "block_out_channels": [32, 64], "layers_per_block": 1, "norm_num_groups": 8, "cross_attention_dim": 384,
    "attention_head_dim": [1, 2], "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]}
PICTURE = ["render", "a cat", "--steps", "1", "--threads", "1", "--seed", "1"]
SHEET = ["render", "a cat", "--threads", "1", "--seed", "1", "--sheet", "sheet.png", "--guidances", "1,2",
         "--step-counts", "1", "--force"]
NEXT = PICTURE + ["-o", "next.png"]
TRAIN = ["train", "--data", "data", "--config", "unet.json", "--output", "model", "--steps", "2", "--batch", "2",
         "--threads", "1", "--save-every", "1000"]


def png(path, colour, side=16):
    """A picture of one colour."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + bytes(colour) * side) * side
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


class Operation:
    """A command, what must be there before it, and what is expected of its failures."""
    # Whether hard links can be made where it writes.
    has_links = True
    # Endings of the files whose content differs from run to run.
    varying = ()
    # Files to which lines are added.
    line_files = ()
    # A folder in which files have other names from run to run.
    records = None
    # Whether it goes on without what could not be written, as the explorer does.
    goes_on = False
    # The next run, which removes what a killed one left behind; the same again if None.
    next_arguments = None
    # Whether calls that remove files are its purpose, so that their failure is its own.
    removes = False

    def __init__(self, name, arguments, prepare=None, **facts):
        self.name, self.arguments, self.prepare_folder = name, arguments, prepare
        for key, value in facts.items():
            assert hasattr(Operation, key), key
            setattr(self, key, value)

    def prepare(self, program, folder):
        """Makes what is there before, with undisturbed runs of the program."""
        os.makedirs(os.path.join(folder, "home"), exist_ok=True)
        if self.prepare_folder:
            self.prepare_folder(lambda *arguments: self._run(program, folder, arguments), folder)

    @staticmethod
    def _run(program, folder, arguments):
        code, _, error = run_command([program, *arguments], folder, environment(folder))
        if code != 0:
            raise SystemExit(f"{' '.join(arguments)} failed while preparing: {error}")

    def following(self):
        """The operation that comes next."""
        if not self.next_arguments:
            return self
        return Operation(self.name, self.next_arguments, has_links=self.has_links)

    def carry_out(self, program, folder, variables, seconds=None):
        """Runs it: the exit code, standard output and standard error."""
        return run_command([program, *self.arguments], folder, variables, seconds)

    def problems(self, folder, before, good, after):
        """Sentences about what is wrong among whole files."""
        return []


class Installing(Operation):
    """An installation is complete wherever there is one, and of one release."""

    def problems(self, folder, before, good, after):
        share, program = "prefix/share/halflight/", "prefix/bin/halflight"

        def part(files):
            return {path: digest for path, digest in files.items() if path.startswith(share)}

        found = []
        if program in before and program not in after:
            found.append("the program is gone")
        if program in after and part(after) not in (part(before), part(good)):
            found.append("the resources of the installed program are not those of one release")
        return found


class Exploring(Operation):
    """A session of the explorer on a pseudo-terminal."""

    def carry_out(self, program, folder, variables, seconds=None):
        with Session([program, *self.arguments], folder, variables, seconds) as session:
            # It runs the prompt, and leaves its field. A favourite is added, removed and added; then a theme, a picture,
            # a run and a text are saved.
            for key in "\r\x1b***tsSAq":
                session.settle()
                session.press(key)
            return session.end()


# What is there before


def another_picture(run, folder):
    run("render", "a dog", "--steps", "1", "--threads", "1", "--seed", "2", "-o", "out.png")
    shutil.copy(os.path.join(folder, "out.png"), os.path.join(folder, "other.png"))


def earlier_files(run, folder):
    another_picture(run, folder)
    for name in ("sheet.png", "out-1.png", "out-2.png"):
        shutil.copy(os.path.join(folder, "out.png"), os.path.join(folder, name))
    run("render", "a dog", "--steps", "2", "--threads", "1", "--seed", "2", "--animate", "run.gif", "--cast", "run.cast")


def pictures_to_learn(run, folder):
    os.makedirs(os.path.join(folder, "data"))
    for name, colour in (("a_red_thing", (200, 30, 30)), ("a_blue_thing", (30, 60, 200))):
        png(os.path.join(folder, "data", name + ".png"), colour)
    write(os.path.join(folder, "unet.json"), json.dumps(NETWORK))


def earlier_training(run, folder):
    pictures_to_learn(run, folder)
    run(*TRAIN)


def earlier_release(run, folder):
    """An installation whose files all differ from this release's, and one that this release does not have."""
    run("install", "--prefix", "prefix")
    share = os.path.join(folder, "prefix/share/halflight")
    for above, _, names in os.walk(share):
        for name in names:
            write(os.path.join(above, name), "earlier")
    write(os.path.join(share, "stale"), "stale")
    write(os.path.join(folder, "prefix/bin/halflight"), "#!/bin/sh\n")


def large_model(run, folder):
    """A tiny model whose layers for the time are large and full of zeros: its hash is kept."""
    width = 8192
    shutil.copytree(TINY_MODEL, os.path.join(folder, "model"))
    configuration = os.path.join(folder, "model/unet/config.json")
    with open(configuration) as file:
        values = json.load(file)
    values["time_embedding_dim"] = width
    write(configuration, json.dumps(values))
    path = os.path.join(folder, "model/unet/diffusion_pytorch_model.safetensors")
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header, values, end = {}, [], 0
    for name, tensor in json.loads(data[8:start]).items():
        if name == "__metadata__":
            continue
        begin, stop = tensor["data_offsets"]
        tensor_data, shape = data[start + begin:start + stop], tensor["shape"]
        if name.startswith("time_embedding.") or name.endswith("time_emb_proj.weight"):
            old = shape[0] if name.startswith("time_embedding.") else shape[1]
            shape = [width if size == old else size for size in shape]
            tensor_data = bytes(2 * math.prod(shape))
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [end, end + len(tensor_data)]}
        end += len(tensor_data)
        values.append(tensor_data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(values))


def earlier_sessions(run, folder):
    write(os.path.join(folder, "home/state/halflight/history"), "a red apple\na whale\n")
    write(os.path.join(folder, "home/state/halflight/display"), "theme paper\nglyphs quadrants\n")


REMEMBERED = ("home/state/halflight/history", "home/data/halflight/favourites")

OPERATIONS = [
    Operation("render", PICTURE + ["-o", "out.png"], next_arguments=NEXT),
    Operation("render-force", PICTURE + ["-o", "out.png", "--force"], another_picture),
    Operation("render-count", PICTURE + ["--count", "3"], another_picture),
    Operation(
        "render-no-links", PICTURE + ["-o", "new.png"], another_picture, has_links=False, next_arguments=NEXT),
    Operation(
        "render-animate",
        PICTURE + ["--steps", "2", "--animate", "run.gif", "--cast", "run.cast", "--frames", "frames", "--force"],
        earlier_files),
    Operation("render-sheet", SHEET, earlier_files),
    Operation("train", TRAIN, pictures_to_learn, varying=("facts.json", ".safetensors")),
    Operation("train-resume", TRAIN, earlier_training, varying=("facts.json", ".safetensors")),
    Installing("install", ["install", "--prefix", "prefix"]),
    Installing("install-over", ["install", "--prefix", "prefix"], earlier_release),
    Operation("uninstall", ["uninstall", "--prefix", "prefix"],
              lambda run, folder: run("install", "--prefix", "prefix"), removes=True),
    Operation("hash", PICTURE + ["--model", "model", "-o", "out.png"], large_model,
              records="home/cache/halflight/hashes", next_arguments=NEXT + ["--model", "model"]),
    Exploring("explorer", ["explore", "a cat", "--steps", "2", "--threads", "1", "--seed", "1"], earlier_sessions,
              line_files=REMEMBERED, goes_on=True),
]
