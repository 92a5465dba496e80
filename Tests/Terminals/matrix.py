#!/usr/bin/env python3
"""Is the terminal afterwards as it was before, whatever it is and however the explorer ends?

    Tests/Terminals/matrix.py PROGRAM [--quick]       every combination (hours), or a dozen in a minute
    Tests/Terminals/matrix.py PROGRAM --term linux --locale C --size 80x24 --multiplexer none --ending TERM     some

Each run opens the explorer under a shell with job control, types a prompt, runs it, opens a view, closes it, and ends:
with `q`, after ctrl-z and `fg`, or by a signal. Before and after, and while it is stopped, `stty -g` says the same; the
bytes that it wrote leave every mode as it was (modes.py); inside tmux, tmux's own record of the screen says so too.
Where TERM names no terminal that can be drawn on, it must refuse with exit code 69, without a control character.

Needs Python 3.9, `stty` and `infocmp`; `tmux`, `screen` and a Latin-1 locale (localedef) are left out where they are
missing. The exit code is 1 if a run failed.
"""
import argparse
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from modes import changes
from window import SHELL, Window

TERMS = ["xterm", "xterm-256color", "xterm-direct", "kitty", "foot", "linux", "screen", "tmux", "vt100", "dumb", "unknown", "unset"]
LOCALES = ["C", "C.UTF-8", "Latin-1"]
SIZES = ["80x24", "20x5", "40x12", "200x60", "1x1"]
MULTIPLEXERS = ["none", "tmux", "screen"]
ENDINGS = ["quit", "suspend", "TERM", "HUP", "INT"]
NO_TERMINAL = {"dumb", "unknown", "unset"}
TMUX_STATE = "#{alternate_on}#{cursor_flag}#{mouse_any_flag}#{keypad_flag}#{keypad_cursor_flag}"


class Skipped(Exception):
    """Something is missing here that a combination needs."""


class Matrix:
    def __init__(self, program, work):
        self.program, self.work = os.path.realpath(program), work
        self.latin = os.path.join(work, "locales")
        os.makedirs(self.latin)
        made = shutil.which("localedef") and subprocess.run(
            ["localedef", "-i", "en_US", "-f", "ISO-8859-1", os.path.join(self.latin, "en_US.ISO-8859-1")],
            capture_output=True).returncode == 0
        self.has_latin = bool(made)
        self.known = {term: subprocess.run(["infocmp", term], capture_output=True).returncode == 0 for term in TERMS}

    def variables(self, term, locale):
        home = os.path.join(self.work, "home")
        found = {"HOME": home, "PATH": os.environ["PATH"], "TMPDIR": self.work, "TERM": term}
        for name in ("CONFIG", "STATE", "DATA", "CACHE"):
            found[f"XDG_{name}_HOME"] = os.path.join(home, name.lower())
        if term == "unset":
            del found["TERM"]
        if locale == "Latin-1":
            if not self.has_latin:
                raise Skipped("no Latin-1 locale")
            found.update(LC_ALL="en_US.ISO-8859-1", LOCPATH=self.latin)
        else:
            found["LC_ALL"] = locale
        return found

    def run(self, term, locale, size, multiplexer, ending):
        """Sentences about what is wrong after one run."""
        if multiplexer != "none":
            if not shutil.which(multiplexer):
                raise Skipped(f"no {multiplexer}")
            if term in NO_TERMINAL or not self.known[term]:
                raise Skipped(f"{multiplexer} refuses it")
        variables = self.variables(term, locale)
        folder = tempfile.mkdtemp(dir=self.work)
        explorer = [self.program, "explore", "--steps", "1", "--threads", "1", "--seed", "1"]
        command = ["sh", "-c", SHELL, "shell", folder] + explorer
        columns, rows = map(int, size.split("x"))
        socket = os.path.join(folder, "tmux")
        if multiplexer == "tmux":
            command = ["tmux", "-u", "-S", socket, "-f", "/dev/null", "new-session", "--"] + command
        elif multiplexer == "screen":
            variables["SCREENDIR"] = os.path.join(folder, "screens")
            os.makedirs(variables["SCREENDIR"], mode=0o700)
            command = ["screen", "-c", "/dev/null", "-U", "--"] + command
        with Window(command, folder, variables, columns, rows) as window:
            if multiplexer != "none":
                window.set_note("hold")
            try:
                problems = self.use(window, ending)
                if multiplexer == "tmux":
                    problems += self.tmux_problems(socket)
                window.clear_note("hold")
                window.wait(lambda: window.process.poll() is not None, 10)
            finally:
                if multiplexer == "tmux":
                    subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True)
            problems += self.state_problems(window, window.output, "after")
            problems += self.ending_problems(window, term, ending)
        shutil.rmtree(folder, ignore_errors=True)
        return problems

    def use(self, window, ending):
        """Uses the explorer and ends it; sentences about what was wrong on the way."""
        problems = []
        for keys in ("x\r", "\x1b", "T", "\x1b"):
            window.settle()
            window.press(keys)
        window.settle()
        if ending == "suspend":
            window.press("\x1a")
            if window.wait(lambda: window.note("stopped") or window.note("code"), 20) and window.note("stopped"):
                problems += self.state_problems(window, window.output, "stopped")
                begun = len(window.output)
                window.set_note("continue")
                window.wait(lambda: len(window.output) > begun + 200, 10)
                window.settle()
            elif not window.note("code"):
                problems.append("ctrl-z did not stop it")
        if ending in ("quit", "suspend"):
            # It asks again while something would be lost.
            asked = [0.0]

            def has_ended():
                if time.monotonic() - asked[0] > 2:
                    asked[0] = time.monotonic()
                    window.press("q")
                return window.note("code") is not None
            ended = window.wait(has_ended)
        else:
            pid = window.note("pid")
            if pid and window.note("code") is None:
                os.kill(int(pid), getattr(signal, "SIG" + ending))
            ended = window.wait(lambda: window.note("code") is not None)
        return problems if ended else problems + ["it did not end"]

    def state_problems(self, window, output, moment):
        """What differs from the state before."""
        problems = []
        if window.note(moment) != window.note("before"):
            problems.append(f"stty -g was {window.note('before')}, and is {window.note(moment)} {moment}")
        # The output of a multiplexer is its own; it keeps its screen until it ends.
        if moment == "stopped" and os.path.exists(os.path.join(window.folder, "hold")):
            return problems
        return problems + [f"{text} ({moment})" for text in sorted(changes(bytes(output)))]

    def tmux_problems(self, socket):
        state = subprocess.run(["tmux", "-S", socket, "display-message", "-p", TMUX_STATE], capture_output=True, text=True)
        found = state.stdout.strip()
        return [] if found == "01000" else [f"tmux's state ({TMUX_STATE}) is {found or state.stderr.strip()}, not 01000"]

    def ending_problems(self, window, term, ending):
        code = window.note("code")
        if term in NO_TERMINAL or (not self.known[term] and code == "69"):
            problems = [] if code == "69" else [f"it ended with code {code}, not 69"]
            return problems + (["it wrote control characters"] if b"\x1b" in window.output else [])
        usual = {"TERM": "143", "HUP": "129", "INT": "130"}.get(ending, "0")
        return [] if code == usual else [f"it ended with code {code}, not {usual}: {bytes(window.output[-200:])!r}"]


def chosen(arguments):
    """The combinations to try."""
    everything = [combination for combination in itertools.product(
        arguments.term or TERMS, arguments.locale or LOCALES, arguments.size or SIZES,
        arguments.multiplexer or MULTIPLEXERS, arguments.ending or ENDINGS)
        # A signal or a size makes no difference to a refusal.
        if combination[0] not in NO_TERMINAL or combination[2:] == ("80x24", "none", "quit")
        or arguments.size or arguments.ending]
    if not arguments.quick:
        return everything
    # Each kind of terminal once, with the rest drawn by lot.
    chance, terms = random.Random(arguments.seed), {}
    for combination in chance.sample(everything, len(everything)):
        if combination[3] != "screen" or shutil.which("screen"):
            terms.setdefault(combination[0], combination)
    return list(terms.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--quick", action="store_true", help="each kind of terminal once")
    parser.add_argument("--seed", type=int, default=1, help="of the combinations that --quick draws")
    for name, values in (("term", TERMS), ("locale", LOCALES), ("size", SIZES), ("multiplexer", MULTIPLEXERS), ("ending", ENDINGS)):
        parser.add_argument("--" + name, action="append", choices=values, help="may be given several times; all if absent")
    arguments = parser.parse_args()
    work = tempfile.mkdtemp(prefix="matrix-")
    rows, reasons, failures = {}, {}, 0
    try:
        matrix = Matrix(arguments.program, work)
        for combination in chosen(arguments):
            row = rows.setdefault(combination[0], [0, 0, 0])
            try:
                problems = matrix.run(*combination)
            except Skipped as reason:
                row[2] += 1
                reasons[str(reason)] = reasons.get(str(reason), 0) + 1
                continue
            row[0] += 1
            if problems:
                row[1] += 1
                failures += 1
                options = " ".join(f"--{name} {value}" for name, value in
                                   zip(("term", "locale", "size", "multiplexer", "ending"), combination))
                print(f"{sys.argv[0]} {arguments.program} {options}\n    " + "; ".join(problems), flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{'TERM':<16}{'runs':>8}{'failed':>8}{'left out':>10}")
    for name, row in list(rows.items()) + [("all", [sum(column) for column in zip(*rows.values())])]:
        print(f"{name:<16}{row[0]:>8}{row[1]:>8}{row[2]:>10}")
    for reason, count in sorted(reasons.items()):
        print(f"left out {count} times: {reason}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
