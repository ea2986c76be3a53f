"""Steps, victims and faults of scripts/drill: how a moment is hit, and what must be true afterwards."""

import json
import re
import signal
import threading
import time
import zlib
from dataclasses import dataclass, field

from processes import Missed, is_stopped, kill, marked, title, until

TIMEOUT_S = 5      # --timeout of what is drilled
LIMIT_S = 15       # for an error, and for an end
AIM_LIMIT_S = 60   # to come to a step, on a machine that others use as well
STOP_S = 2         # a stopped coordinator goes on after so long
STARVED_S, FED_S = 0.08, 0.02   # a starved process runs for a fifth of the time

# What a worker's title (ps -o comm) is in a step, the line that comes before, and the one that must not
# have come yet; and the steps that a message may name then.
STEPS = {
    "start": (None, None, None, {"start", "load NIXL"}),
    "load": ("load", None, None, {"load NIXL"}),
    "create backend": ("create backend", None, None, {"create the backend"}),
    "register": ("register", None, None, {"register memory"}),
    "connect": ("connect", None, None, {"connect"}),
    "calibrate": ("calibrate", None, None, {"calibrate the echo"}),
    "fill": ("fill", None, ": warm up$", {"fill memory"}),
    "verify": ("lead", ": verify a transfer$", ": warm up$", {"verify a transfer"}),
    "warm up": ("lead", ": warm up$", "^measuring", {"warm up"}),
    "measure": ("lead", "^measuring", ": report its", {"measure"}),
    "end": (None, ": report its", None, {"fill memory", "verify a transfer", "report its resources"}),
}

OF_EACH = ("load", "create backend", "register")   # steps that each worker takes


@dataclass
class Result:
    """A line of the table. Seconds count from the fault, or from its end where it has one."""
    case: str
    seconds: float = 0.0
    code: int = None
    clear: str = ""       # yes, no, or why there can be none
    left: int = 0
    ended: int = 0
    lost: int = 0
    tries: int = 1
    wrong: list = field(default_factory=list)
    said: str = ""


class Scene:
    """The commands of a case: the one that goes on or fails, and the agent, if it has targets there."""

    def __init__(self, near, agent, first_line):
        self.near, self.agent = near, agent
        self.first_line = first_line   # a pattern: what it said before that is of other cells

    def workers(self):
        found = self.near.workers()
        return {**found, **self.agent.workers()} if self.agent else found

    def pid(self, victim):
        if victim == "coordinator":
            return self.near.pid
        return self.agent.pid if victim == "agent" else self.workers().get(victim)

    def has_said(self, pattern):
        """Whether the near command has said it since the cell began that is drilled."""
        lines = list(self.near.lines)
        begun = next((i for i, line in enumerate(lines) if re.search(self.first_line, line)), len(lines))
        return any(re.search(pattern, line) for line in lines[begun:])

    def is_at(self, step, victim):
        """Whether the victim is in this step, or a worker, where the victim has no part of its own in it."""
        wanted, before, over, _ = STEPS[step]
        if not self.has_said(before or "") or (over and self.has_said(over)):
            return False
        workers = self.workers()
        if step in OF_EACH and victim in workers:
            workers = {victim: workers[victim]}
        return bool(workers) and (wanted is None or any(title(pid) == wanted for pid in workers.values()))

    def freeze(self, victim, step):
        """Stops the victim within a step; its process id."""
        until(AIM_LIMIT_S, lambda: self.near.is_over() or self.is_at(step, victim) and self.pid(victim))
        pid = self.pid(victim)
        if self.near.is_over() or pid is None:
            raise Missed
        kill(pid, signal.SIGSTOP)
        if not until(1, lambda: is_stopped(pid)) or not self.is_at(step, victim):
            kill(pid, signal.SIGCONT)
            raise Missed
        return pid


def starve(pid, over):
    """Lets a process run for a part of the time only."""
    while not over.is_set():
        kill(pid, signal.SIGSTOP)
        over.wait(STARVED_S)
        kill(pid, signal.SIGCONT)
        over.wait(FED_S)


def inflict(scene, fault, victim, step):
    """Does it; when it was done, and what ends it."""
    pid, over = scene.freeze(victim, step), threading.Event()
    if fault == "kill":
        kill(pid, signal.SIGKILL)
    elif fault == "starve":
        threading.Thread(target=starve, args=[pid, over], daemon=True).start()
    elif victim == "coordinator":
        time.sleep(STOP_S)
        kill(pid, signal.SIGCONT)
    return time.monotonic(), over


def watch(scene, result, begun, over, victim):
    """Waits for the end of the command, and of all that it started."""
    near, agent = scene.near, scene.agent
    try:
        until(2 * LIMIT_S, near.is_over)
    finally:
        over.set()
    if victim == "agent":
        kill(agent.pid, signal.SIGCONT)

    def left():
        of_agent = marked(agent.mark) if agent else []
        return marked(near.mark) + [pid for pid in of_agent if pid != agent.pid]

    is_dead = victim == "coordinator" and near.is_over() and near.code() == -signal.SIGKILL
    until(LIMIT_S if near.is_over() else 0, lambda: not left(), 0.02)
    result.seconds = (time.monotonic() if is_dead else near.ended_at or time.monotonic()) - begun
    result.left, result.code = len(left()), near.code() if near.is_over() else None
    return is_dead


FAILURE = re.compile(r"(initiator|target) 0 of (UCX|LIBFABRIC) (?:failed to ([a-zA-Z ]+?)|cannot be started)[:\n]")


def clarity(text, backend, victim, step):
    """Whether a message names worker, backend and step; or the next step, where the victim has done its part."""
    found = FAILURE.search(text)
    if not found:
        return "no"
    worker, its_backend, its_step = found.groups()
    blamed = {"agent": "target", "coordinator": worker}.get(victim, victim)
    steps = list(STEPS)
    # Only targets on another host have an echo to calibrate.
    following = steps[steps.index(step) + 1:][:2 if step == "connect" else 1]
    if (worker, its_backend) == (blamed, backend):
        if its_step in STEPS[step][3] or (its_step is None and step in ("start", "load")):
            return "yes"
        if any(its_step in STEPS[name][3] for name in following):
            return "next step"
    return f"no: {found.group(0).strip(': ')}"


def sound_cells(lines):
    """The cells of the lines whose checksum is right."""
    cells = set()
    for line in lines.split(b"\n"):
        body, key, rest = line.rpartition(b',"crc32":"')
        if key and rest == b'%08x"}' % zlib.crc32(body):
            record = json.loads(line)
            if record["kind"] == "cell":
                cells.add(record["cell"])
    return cells

