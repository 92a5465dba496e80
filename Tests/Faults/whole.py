"""Whether files are whole, by their own formats and by what was there before."""
import dataclasses
import hashlib
import json
import os
import re
import stat
import struct
import zlib

# Names of files that are not finished: those of Sources/Files/PendingFile.swift, and an installation's.
UNFINISHED = re.compile(r"^\.halflight-\w{6}$|\.halflight-\d+[-.](new|old)$")
# Files without content that only mark a state.
MARKS = (".lock", ".beginning")


def is_unfinished(path):
    """Whether a file, or a folder above it, has the name of one that is still being written."""
    return any(UNFINISHED.search(part) for part in path.split(os.sep))


def snapshot(folder):
    """The SHA-256 of each regular file below a folder, and the target of each link, by relative path."""
    found = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            if os.path.islink(path):
                found[os.path.relpath(path, folder)] = "-> " + os.readlink(path)
            elif stat.S_ISREG(os.stat(path).st_mode):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def problem_in(path):
    """What is wrong with a file, by its format; None if nothing is."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        if path.endswith(".png"):
            check_png(data)
        elif path.endswith((".json", ".cast", ".jsonl")):
            check_json(data, lines=not path.endswith(".json"))
        elif path.endswith(".safetensors"):
            check_safetensors(data)
        elif path.endswith(".gif"):
            check(data[:6] in (b"GIF89a", b"GIF87a") and data[-1:] == b";", "not a GIF with its end")
        elif not data and os.path.basename(path) not in MARKS:
            raise ValueError("empty")
    except (ValueError, LookupError, TypeError, struct.error, zlib.error) as error:
        return f"{type(error).__name__}: {error}"
    return None


def check(condition, problem):
    if not condition:
        raise ValueError(problem)


def check_png(data):
    """All chunks, their sums, and pixels that are as many as the header says; also in an animation's frames."""
    check(data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG")
    place, kinds, rows = 8, [], {}
    width = height = line = frame = 0
    while place < len(data):
        size, kind = struct.unpack(">I4s", data[place:place + 8])
        body, end = data[place + 8:place + 8 + size], place + 12 + size
        check(end <= len(data), f"{kind} is cut")
        check(struct.unpack(">I", data[end - 4:end])[0] == zlib.crc32(kind + body), f"the sum of {kind}")
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack(">IIBB", body[:10])
            check(depth == 8 and body[12] == 0, "a depth or an interlacing that the program does not write")
            line = 1 + width * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
        elif kind == b"fcTL":
            check(struct.unpack(">II", body[4:12]) == (width, height), "a frame of another size")
            frame += 1
        elif kind in (b"IDAT", b"fdAT"):
            rows.setdefault(frame, bytearray()).extend(body[4:] if kind == b"fdAT" else body)
        kinds.append(kind)
        place = end
    check(kinds[:1] == [b"IHDR"] and kinds[-1] == b"IEND" and rows, "no beginning, end or pixels")
    for packed in rows.values():
        check(len(zlib.decompress(bytes(packed))) == line * height, "pixels are missing")


def check_json(data, lines):
    text = data.decode("utf-8")
    check(text.strip(), "empty")
    for part in text.splitlines() if lines else [text]:
        json.loads(part)


def check_safetensors(data):
    """A header whose tensors fill the file exactly."""
    length = struct.unpack("<Q", data[:8])[0]
    check(8 + length <= len(data), "the header is cut")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    end = 0
    for begin, stop in sorted(tensor["data_offsets"] for tensor in header.values()):
        check(begin == end and stop >= begin, "a gap between tensors")
        end = stop
    check(8 + length + end == len(data), f"{len(data)} bytes, not {8 + length + end}")


@dataclasses.dataclass
class Folder:
    """What a folder may hold after an operation: what was there before, and what an undisturbed run makes of it."""
    before: dict
    good: dict
    # Endings of files whose content differs from run to run: whether they are whole is for their format to say.
    varying: tuple = ()
    # A folder in which files have other names from run to run.
    records: str = None
    # Files to which lines are added: their bytes before, and after an undisturbed run.
    lines: dict = dataclasses.field(default_factory=dict)

    @property
    def recorded(self):
        return [digest for path, digest in self.good.items() if os.path.dirname(path) == self.records]

    def problems(self, folder, after, killed):
        """Sentences about files that are not whole, or not as before."""
        found = [f"{path} is gone" for path in self.before if path not in after and path in self.good]
        for path, digest in after.items():
            if is_unfinished(path) or os.path.basename(path) in MARKS:
                continue
            if digest in (self.before.get(path), self.good.get(path)):
                continue
            if self.records and os.path.dirname(path) == self.records:
                if digest in self.recorded:
                    continue
                problem = "is no whole record"
            elif path in self.lines:
                with open(os.path.join(folder, path), "rb") as file:
                    problem = problem_in_lines(*self.lines[path], file.read(), killed)
            elif path not in self.before and path not in self.good:
                problem = "should not be there"
            elif path.endswith(self.varying):
                problem = problem_in(os.path.join(folder, path))
            else:
                problem = "is neither as before nor as an undisturbed run writes it"
            if problem:
                found.append(f"{path}: {problem}")
        return found


def problem_in_lines(before, good, after, killed):
    """What is wrong with a file of lines: those from before must be there, and then whole new ones.

    A program that is killed while it adds a line may leave a part of it, on a line of its own.
    """
    if not after.startswith(before):
        return "earlier lines are not as before"
    new, wanted = after[len(before):].split(b"\n"), good[len(before):].split(b"\n")
    if new.pop() and not killed:
        return "the last line is cut"
    for line in new:
        if line not in wanted and not (killed and any(other.startswith(line) for other in wanted)):
            return f"{line.decode(errors='replace')!r} is not a line that was added"
    return None
