"""Runs the program with a fault in one of the calls that change files; faults.c says which faults there are."""
import dataclasses
import os
import re
import signal
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "full", "readonly")
KILLS = ("kill-before", "kill-half", "kill-after")
FAULTS = ERRORS + ("part",) + KILLS
# Calls that write bytes, which may be written in part.
WRITES = ("write", "sendfile", "copy")
# Calls that a full disk can make fail.
NEEDS_ROOM = WRITES + ("open", "mkdir", "fwrite", "link", "fsync")
# Calls that remove files.
REMOVALS = ("unlink", "rmdir")
# How long a run may take, in seconds; one that takes longer hangs.
PATIENCE = 120


@dataclasses.dataclass(frozen=True)
class Call:
    """A call that changes files."""
    number: int
    name: str
    path: str


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to the call with a number, or a SIGKILL after some seconds."""
    kind: str
    call: Call = None
    seconds: float = 0

    @property
    def kills(self):
        return self.kind.startswith("kill")

    @property
    def options(self):
        """The options of run.py that repeat it."""
        if self.kind == "kill-at":
            return f"--kill-at {self.seconds:.4f}"
        return f"--fault {self.kind} --call {self.call.number}"


def applies(kind, call):
    """Whether a kind of fault says anything about a call."""
    if kind in ("part", "kill-half"):
        return call.name in WRITES
    return kind not in ("full", "ENOSPC", "EDQUOT") or call.name in NEEDS_ROOM + ("rename",)


@dataclasses.dataclass
class Outcome:
    """How a run ended."""
    code: int
    output: str
    error: str
    calls: list


def library(folder):
    """Compiles faults.c into a folder."""
    made = os.path.join(folder, "faults.so")
    command = [os.environ.get("CC", "cc"), "-O1", "-Wall", "-Wextra", "-fPIC", "-shared", "-o", made,
               os.path.join(HERE, "faults.c"), "-ldl"]
    subprocess.run(command, check=True)
    return made


def environment(folder):
    """Everything that the program keeps for its user is below the folder."""
    home = os.path.join(folder, "home")
    own = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color",
           "SWIFT_BACKTRACE": "enable=no"}
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        own[f"XDG_{name}_HOME"] = os.path.join(home, name.lower())
    if "LD_LIBRARY_PATH" in os.environ:
        own["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return own


class Program:
    """The program under test."""

    def __init__(self, path, folder):
        self.path = os.path.abspath(path)
        self.library = library(folder)
        self.runs = 0

    def run(self, operation, folder, fault=None):
        """Carries out an operation in a folder, with a fault if there is one."""
        self.runs += 1
        with tempfile.NamedTemporaryFile() as log:
            variables = environment(folder)
            variables |= {"LD_PRELOAD": self.library, "FAULTS_FOLDER": os.path.realpath(folder), "FAULTS_LOG": log.name}
            if not operation.has_links:
                variables["FAULTS_LINKS"] = "no"
            if fault and fault.call:
                variables |= {"FAULTS_CALL": str(fault.call.number), "FAULTS_KIND": fault.kind}
            seconds = fault.seconds if fault and fault.kind == "kill-at" else None
            code, output, error = operation.carry_out(self.path, folder, variables, seconds)
            return Outcome(code, output, error, calls(log.name))


def calls(file):
    """The calls in a log; when several threads write, its lines may be out of order."""
    found = []
    with open(file, errors="replace") as lines:
        for line in lines:
            number, name, path = line.rstrip("\n").split(" ", 2)
            found.append(Call(int(number), name, path))
    return sorted(found, key=lambda call: call.number)


def run_command(command, folder, variables, seconds=None):
    """The exit code (negative: a signal), standard output and standard error; SIGKILL after some seconds."""
    with subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace") as process:
        try:
            output, error = process.communicate(timeout=PATIENCE if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            output, error = process.communicate()
            if seconds is None:
                error += f"\nit did not end within {PATIENCE} seconds"
        return process.returncode, output, error


# Names that differ from run to run, so that calls of different runs can be compared.
_OWN = re.compile(r"\.halflight-\w{6}$|halflight-\d+")


def stage(call):
    """A call without its number and its temporary name."""
    return call.name, _OWN.sub("*", call.path)


def spread(calls, most):
    """Calls to try: all, or of the first and last of each row of equal ones as many as asked for, spread evenly.

    Those that give a file its name are always among them.
    """
    if len(calls) <= most:
        return list(calls)
    ends = [
        call for index, call in enumerate(calls)
        if index in (0, len(calls) - 1) or stage(call) != stage(calls[index - 1])
        or stage(call) != stage(calls[index + 1])]
    named = [call for call in ends if call.name in ("rename", "link")][:most]
    others = [call for call in ends if call not in named]
    room = most - len(named)
    if len(others) > room:
        others = [others[index * len(others) // room] for index in range(room)]
    return sorted(named + others, key=lambda call: call.number)
