"""A command that a drill has started: what it says, its workers, and what is left of it (Linux, /proc)."""

import os
import re
import signal
import subprocess
import threading
import time

VARIABLE = "KVBENCH_DRILL"
PERIOD_S = 0.001
INTERRUPTED = threading.Event()


class Interrupted(Exception):
    """The drill itself is to end."""


class Missed(Exception):
    """The step was over before the fault was there."""


def until(limit_s, look, period_s=PERIOD_S):
    """Looks until there is something, for at most so long; what there is."""
    deadline = time.monotonic() + limit_s
    while True:
        if INTERRUPTED.is_set():
            raise Interrupted
        found = look()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(period_s)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def marked(mark):
    """The processes, zombies left out, whose environment has a mark that begins like this."""
    wanted = f"\0{VARIABLE}={mark}".encode()
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if wanted in b"\0" + read(f"/proc/{pid}/environ")]


def kill(pid, number):
    """Sends a signal; that the process is gone already is no failure."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def is_stopped(pid):
    return read(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] == b"T"


def title(pid):
    """What a worker is at; see Request::title."""
    return read(f"/proc/{pid}/comm").decode().strip()


class Running:
    """A command, with a mark that all of its processes inherit."""

    def __init__(self, arguments, mark):
        self.mark = mark
        env = {**os.environ, VARIABLE: mark}
        self.process = subprocess.Popen(arguments, env=env, text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid, self.lines, self.ended_at = self.process.pid, [], None
        self.readers = [threading.Thread(target=self._keep, args=[pipe], daemon=True)
                        for pipe in (self.process.stdout, self.process.stderr)]
        for reader in self.readers:
            reader.start()

    def _keep(self, pipe):
        for line in pipe:
            self.lines.append(line.rstrip())

    def says(self, pattern):
        """The first line so far in which this pattern is."""
        return next((line for line in list(self.lines) if re.search(pattern, line)), None)

    def workers(self):
        """Its workers by role; a child that is not a worker yet is left out."""
        found = {}
        for thread in self._listing():
            for pid in read(f"/proc/{self.pid}/task/{thread}/children").split():
                words = read(f"/proc/{int(pid)}/cmdline").split(b"\0")
                if words[1:2] == [b"worker"]:
                    found[words[3].split()[0].decode()] = int(pid)
        return found

    def _listing(self):
        try:
            return os.listdir(f"/proc/{self.pid}/task")
        except OSError:
            return []

    def is_over(self):
        if self.ended_at is None and self.process.poll() is not None:
            self.ended_at = time.monotonic()
        return self.ended_at is not None

    def code(self):
        return self.process.returncode

    def text(self):
        """All that it said; complete once it is over and nothing is left of it."""
        for reader in self.readers:
            reader.join(timeout=1)
        return "\n".join(self.lines)

    def end(self):
        """Ends all of its processes, and waits for them."""
        kill_all(self.mark)
        self.process.wait(timeout=10)


def kill_all(mark):
    """Kills until nothing with this mark is left, which takes 10 s at most."""
    def none_left():
        pids = marked(mark)
        for pid in pids:
            kill(pid, signal.SIGKILL)
        return not pids
    deadline = time.monotonic() + 10
    while not none_left() and time.monotonic() < deadline:
        time.sleep(0.01)
