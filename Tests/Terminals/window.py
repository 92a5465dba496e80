"""A program under a shell with job control, on a pseudo-terminal of a given size."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

# Starts the program, and continues it when it was stopped; writes down the terminal's modes around both.
SHELL = r"""
set -m
# An interrupt ends the program, and not this shell as well.
trap : INT
folder=$1
shift
stty -g >"$folder/before"
sh -c 'echo $$ >"$0/pid"; exec "$@"' "$folder" "$@"
code=$?
# The numbers of the signals that stop a program differ: 17 to 20 on macOS, 19 to 22 on Linux.
while [ "$code" -ge 145 ] && [ "$code" -le 150 ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; do
  stty -g >"$folder/stopped"
  while [ ! -e "$folder/continue" ]; do sleep 0.05; done
  rm "$folder/continue"
  fg >/dev/null
  code=$?
done
stty -g >"$folder/after"
echo "$code" >"$folder/code.new"
mv "$folder/code.new" "$folder/code"
# A multiplexer shows the screen until somebody has looked at it.
while [ -e "$folder/hold" ]; do sleep 0.05; done
"""


class Window:
    """One run of a command. Its notes are files in `folder`."""

    def __init__(self, command, folder, variables, columns, rows):
        self.folder, self.output = folder, bytearray()
        self.terminal, inside = pty.openpty()
        self.resize(columns, rows)

        def take_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command, env=variables, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            preexec_fn=take_terminal, cwd=folder)
        os.close(inside)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pid = self.note("pid")
        for one in ([int(pid)] if pid and self.note("code") is None else []) + [self.process.pid]:
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        os.close(self.terminal)

    def resize(self, columns, rows):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def note(self, name):
        """What the shell wrote down, or None."""
        try:
            with open(os.path.join(self.folder, name)) as file:
                return file.read().strip() or None
        except FileNotFoundError:
            return None

    def set_note(self, name):
        open(os.path.join(self.folder, name), "w").close()

    def clear_note(self, name):
        try:
            os.remove(os.path.join(self.folder, name))
        except FileNotFoundError:
            pass

    def read(self, seconds):
        """Reads what comes within some seconds: whether anything did."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # Nobody has the other side any more.
            time.sleep(min(seconds, 0.05))
            return False
        self.output += data
        return bool(data)

    def press(self, keys):
        try:
            os.write(self.terminal, keys.encode())
        except OSError:
            pass

    def settle(self, quiet=0.3, patience=60):
        """Waits until nothing new has come for a while, or the program has ended."""
        end, last = time.monotonic() + patience, time.monotonic()
        while time.monotonic() < end and self.note("code") is None:
            if self.read(0.05):
                last = time.monotonic()
            elif self.output and time.monotonic() - last > quiet:
                return

    def wait(self, condition, patience=60):
        """Reads until a condition holds; whether it does."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if condition():
                while self.read(0.02):
                    pass
                return True
            self.read(0.05)
        return False
