#!/usr/bin/env python3
"""What does the program leave behind when its writes fail, or when it is killed?

    Tests/Faults/run.py PROGRAM [--quick]            every kind of fault in every call that changes files
    Tests/Faults/run.py PROGRAM --kills 1000         kill -9 at random times
    Tests/Faults/run.py PROGRAM --operation train --fault EIO --call 7     one of them again; --keep keeps its folder

For each operation, a first run counts the calls that change files (faults.c). Then each of them, or a spread of
--calls, meets each kind of fault, in a copy of what was there before. Afterwards:

- each file that was there is as it was, or whole and new; each new file is whole; none has an unexpected name;
- a program that was not killed leaves no unfinished file, ends with a code other than 0, and says what file it could not
  write in one line on standard error; if only a part of the bytes was taken, it writes the rest;
- after a kill the next run succeeds, and removes what was left behind.

The table says how many runs there were and how many failed; each failure has the command that repeats it. The exit code
is 1 if there is one. Linux, Python 3.9 and a C compiler are needed; CC names another compiler than cc.
"""
import argparse
import os
import random
import shutil
import sys
import tempfile
import time

from injection import ERRORS, FAULTS, NEEDS_ROOM, REMOVALS, Fault, Program, applies, spread, stage
from operations import OPERATIONS
from whole import UNFINISHED, Folder, is_unfinished, problem_in, snapshot


class Trial:
    """An operation, what was there before, and what an undisturbed run makes of it."""

    def __init__(self, program, operation, work, keeps):
        self.program, self.operation, self.work, self.keeps = program, operation, os.path.realpath(work), keeps
        self.place = os.path.join(self.work, "run")
        self.template = os.path.join(self.work, operation.name + ".before")
        self.good = good = os.path.join(self.work, operation.name + ".good")
        operation.prepare(program.path, self.template)
        copy(self.template, good)
        started = time.monotonic()
        outcome = program.run(operation, good)
        self.seconds = time.monotonic() - started
        if outcome.code != 0:
            raise SystemExit(f"{operation.name} fails without a fault: {outcome.error[-500:]!r}")
        self.calls = outcome.calls
        before, after = snapshot(self.template), snapshot(good)
        lines = {path: (content(self.template, path), content(good, path)) for path in operation.line_files}
        self.folder = Folder(before, after, operation.varying, operation.records, lines)

    def run(self, fault):
        """Sentences about what went wrong; None if the fault was not reached."""
        folder = self.place
        copy(self.template, folder)
        try:
            outcome = self.program.run(self.operation, folder, fault)
            was_killed = outcome.code == -9
            if fault.call and not was_killed and len(outcome.calls) < fault.call.number:
                return None
            after = snapshot(folder)
            found = self.folder.problems(folder, after, was_killed)
            found += self.operation.problems(folder, self.folder.before, self.folder.good, after)
            if was_killed:
                return found + self.next_problems(folder, after)
            return found + self.ending_problems(fault, outcome, after)
        finally:
            if not self.keeps:
                shutil.rmtree(folder, ignore_errors=True)

    # After a program that ended by itself

    def ending_problems(self, fault, outcome, after):
        found = []
        if outcome.code < 0:
            return [f"it ended by signal {-outcome.code}"]
        if "it did not end within" in outcome.error or "the terminal was not given back" in outcome.error:
            return [outcome.error.splitlines()[-1]]
        # What cannot be removed stays.
        if fault.kind != "readonly" and not (fault.call and fault.call.name in REMOVALS):
            found += [f"{path} was left behind" for path in after if is_unfinished(path)]
        lost = [] if fault.kind not in ERRORS else self.lost_calls(fault, outcome)
        if not lost:
            if outcome.code != 0:
                found.append(f"it ended with code {outcome.code}: {outcome.error.strip()}")
            elif fault.kind == "part" and self.names(after) != self.names(self.folder.good):
                found.append("it ended with code 0, but the files differ from those of an undisturbed run")
        elif self.operation.goes_on:
            if outcome.code != 0:
                found.append(f"it ended with code {outcome.code}")
        elif outcome.code == 0:
            found.append(f"it ended with code 0, though {lost[0].name} {lost[0].path} failed")
        else:
            found += self.message_problems(outcome.error, lost)
        return found

    def names(self, files):
        """The files' names, except those that differ from run to run."""
        return {path for path in files if os.path.dirname(path) != self.operation.records}

    def lost_calls(self, fault, outcome):
        """The calls that failed and that somebody has to know of."""
        failed = [call for call in outcome.calls if call.number == fault.call.number]
        if fault.kind in ("full", "readonly"):
            failed += [call for call in outcome.calls if call.number > fault.call.number]
        # Removing is tidying up, unless the user asked for it; what only saves time may fail.
        tidying = () if self.operation.removes else REMOVALS
        return [
            call for call in failed
            if call.name not in tidying and "/cache/halflight" not in call.path
            and (fault.kind != "full" or call.number == fault.call.number or call.name in NEEDS_ROOM)]

    def message_problems(self, text, lost):
        lines = [line for line in text.replace("\r", "\n").splitlines() if "halflight: " in line]
        if len(lines) != 1:
            return [f"standard error has {len(lines)} messages: {text.strip()!r}"]
        names = set()
        for call in lost:
            # A folder above the file names it too; a temporary file stands for any file of its folder.
            path = os.path.relpath(stage(call)[1], self.place)
            names |= {part.split(".*")[0] for part in path.split(os.sep)} - {""}
            if UNFINISHED.search(os.path.basename(call.path)) or "*" in path:
                names |= {os.path.basename(file) for file in self.folder.good
                          if os.path.dirname(file) == os.path.dirname(path)}
        if not any(name in lines[0].replace(self.place, "") for name in names):
            return [f"the message names no file that it failed for: {lines[0]!r}"]
        return []

    # After a program that was killed

    def next_problems(self, folder, after):
        """The next run succeeds, whatever was left behind, and removes it once it is old."""
        for above, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(above, name)
                if is_unfinished(os.path.relpath(path, folder)):
                    os.utime(path, (time.time() - 120,) * 2, follow_symlinks=False)
        outcome = self.program.run(self.operation.following(), folder)
        if outcome.code != 0:
            return [f"the next run ended with code {outcome.code}: {outcome.error.strip()}"]
        found = []
        for path, digest in snapshot(folder).items():
            if is_unfinished(path):
                found.append(f"the next run leaves {path} behind")
            elif path not in self.folder.lines and digest not in (after.get(path), self.folder.good.get(path)):
                problem = problem_in(os.path.join(folder, path))
                if problem:
                    found.append(f"after the next run, {path} is not whole ({problem})")
        for path in self.folder.lines:
            found += self.next_line_problems(folder, path)
        return found

    def next_line_problems(self, folder, path):
        """What was left of a line is on a line of its own."""
        before, good = self.folder.lines[path]
        lines = content(folder, path)
        problem = Folder({}, {}, lines={path: (before, good)}).problems(folder, {path: ""}, True)
        return [f"after the next run, {text}" for text in problem] if lines else [f"{path} is empty"]


def copy(template, folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder, symlinks=True)


def content(folder, path):
    try:
        with open(os.path.join(folder, path), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def faults_of(trial, arguments, chance):
    """The faults to try in an operation."""
    if arguments.list:
        return []
    if arguments.kill_at is not None:
        return [Fault("kill-at", seconds=arguments.kill_at)]
    if arguments.kills:
        share = -(-arguments.kills // len(arguments.operation))
        return [Fault("kill-at", seconds=chance.uniform(0, trial.seconds)) for _ in range(share)]
    if arguments.call:
        chosen = [call for call in trial.calls if call.number == arguments.call]
    else:
        chosen = spread(trial.calls, arguments.calls)
    return [Fault(kind, call) for call in chosen for kind in arguments.fault if applies(kind, call)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [operation.name for operation in OPERATIONS]
    parser.add_argument("program")
    parser.add_argument("--quick", action="store_true", help="few calls, and one error, one full disk and one kill")
    parser.add_argument("--operation", action="append", choices=names, help="may be given several times; all if absent")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="may be given several times; all if absent")
    parser.add_argument("--call", type=int, help="the number of the only call to fail")
    parser.add_argument("--calls", type=int, help="the most calls of an operation to try; 60, or 6 with --quick")
    parser.add_argument("--kills", type=int, default=0, help="kill it so many times, at random times")
    parser.add_argument("--kill-at", type=float, help="kill it after so many seconds")
    parser.add_argument("--seed", type=int, default=1, help="of the random times")
    parser.add_argument("--list", action="store_true", help="print the calls and try nothing")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the last run, and say where it is")
    parser.add_argument("--limit", type=int, help="end after so many runs of the program")
    arguments = parser.parse_args()
    arguments.operation = arguments.operation or names
    arguments.calls = arguments.calls or (6 if arguments.quick else 60)
    arguments.fault = arguments.fault or (["EIO", "full", "kill-half", "kill-after"] if arguments.quick else FAULTS)

    work = tempfile.mkdtemp(prefix="faults-")
    chance = random.Random(arguments.seed)
    program = Program(arguments.program, work)
    rows, failures = [], []
    try:
        for operation in OPERATIONS:
            if operation.name not in arguments.operation:
                continue
            trial = Trial(program, operation, work, arguments.keep)
            if arguments.list:
                for call in trial.calls:
                    print(f"{operation.name} {call.number} {call.name} {os.path.relpath(call.path, trial.good)}")
            row = [operation.name, len(trial.calls), 0, 0, 0]
            rows.append(row)
            for fault in faults_of(trial, arguments, chance):
                if arguments.limit and program.runs >= arguments.limit:
                    break
                problems = trial.run(fault)
                if problems is None:
                    row[3] += 1
                    continue
                row[2] += 1
                row[4] += bool(problems)
                where = f" in {fault.call.name} {fault.call.path}" if fault.call else ""
                shown = problems[:3] + [f"{len(problems) - 3} more like these"] * (len(problems) > 3)
                if shown:
                    failures.append(f"{sys.argv[0]} {arguments.program} --operation {operation.name} {fault.options}\n"
                                    f"    {fault.kind}{where}: " + "; ".join(shown))
                    print(failures[-1], flush=True)
            for name in (".before", ".good"):
                shutil.rmtree(os.path.join(work, operation.name + name))
    finally:
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
    print_table(rows, program.runs)
    if arguments.keep:
        print(f"the folder of the last run: {os.path.join(work, 'run')}")
    return 1 if failures else 0


def print_table(rows, runs):
    print(f"{'operation':<18}{'calls':>8}{'faults':>8}{'unreached':>11}{'failed':>8}")
    for name, calls, faults, unreached, failed in rows + [["all"] + [sum(column) for column in list(zip(*rows))[1:]]]:
        print(f"{name:<18}{calls:>8}{faults:>8}{unreached:>11}{failed:>8}")
    print(f"{runs} runs of the program")


if __name__ == "__main__":
    sys.exit(main())
