"""A program on a pseudo-terminal, to which keys are pressed when it has nothing more to show."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

# How long the screen stays as it is when the program has nothing more to show, in seconds.
QUIET = 0.4
# How long to wait for that, or for the end.
PATIENCE = 60


class Session:
    """One run of a program; with `seconds`, it is killed after them."""

    def __init__(self, command, folder, variables, seconds=None):
        self.screen = bytearray()
        self.started = time.monotonic()
        self.kill_at = None if seconds is None else self.started + seconds
        self.terminal, program_side = pty.openpty()
        fcntl.ioctl(program_side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=program_side, stdout=program_side, stderr=program_side,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(program_side)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def _read(self, seconds):
        """Reads what comes within some seconds: whether anything did. Kills the program when its time has come."""
        if self.kill_at is not None:
            left = self.kill_at - time.monotonic()
            if left <= 0 and self.process.poll() is None:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
            seconds = max(0, min(seconds, left)) if left > 0 else 0
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # The program has closed its side.
            return False
        self.screen += data
        return bool(data)

    def settle(self):
        """Waits until the program shows something and then nothing new, or ends."""
        end, quiet = time.monotonic() + PATIENCE, time.monotonic()
        while time.monotonic() < end and self.process.poll() is None:
            if self._read(0.05):
                quiet = time.monotonic()
            elif self.screen and time.monotonic() - quiet > QUIET:
                return

    def press(self, keys):
        try:
            os.write(self.terminal, keys.encode())
        except OSError:
            pass

    def end(self):
        """Waits for the end, pressing `q` again while the program asks whether to leave.

        Returns the exit code, nothing for standard output, and what was on the screen.
        """
        begun = asked = time.monotonic()
        while self.process.poll() is None and time.monotonic() - begun < PATIENCE:
            self._read(0.05)
            if time.monotonic() - asked > 2:
                self.press("q")
                asked = time.monotonic()
        while self._read(0):
            pass
        code = self.process.poll()
        text = self.screen.decode(errors="replace")
        if code is None:
            return 1, "", text + f"\nit did not end within {PATIENCE} seconds"
        if code == 0 and text.rfind("\x1b[?1049l") < text.rfind("\x1b[?1049h"):
            return 1, "", text + "\nthe terminal was not given back"
        return code, "", text
