"""Cases of scripts/drill in which the machine is short of something: a link, disk, locked memory, descriptors."""

import os
import re
import subprocess
import time

import links
from faults import AIM_LIMIT_S, LIMIT_S, TIMEOUT_S, Result, sound_cells
from processes import Running, marked, until

# What is short, as the third and fourth part of a case's name, and what a message must say if the run fails.
WORDS = {
    "link down/a0": r"(initiator|target) 0 of {backend} failed to measure: ",
    "disk full/tmpfs": r"failed to write .*No space left on device",
    "disk full/file size": r"failed to write .*File too large",
    "disk full/device": r"failed to (open|write|read) /dev/full",
    "locked memory/0": r"{worker} failed to ",
    "locked memory/64KiB": r"{worker} failed to ",
    "descriptors/12": r"Too many open files|{worker} failed to ",
    "descriptors/24": r"Too many open files|{worker} failed to ",
    "descriptors/40": r"Too many open files|{worker} failed to ",
}
ENDED_BEFORE = "ended-before"   # the cell that an earlier run has ended
CASES = [f"machine/{name}/measure" for name in WORDS]


def needs_root(name):
    return re.search("link down|tmpfs", name) is not None


def mounts():
    """A mount namespace, kept by a process until its input ends, as it does with this process; that process."""
    holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    holder.stdout.readline()
    return holder


def release(holder):
    holder.stdin.close()
    holder.wait()


def attempt(stage, name, kvbench):
    backend, _, fault, what, _ = name.split("/")
    folder = stage.case_folder(name, backend)
    shortage = Shortage(stage, name, folder, kvbench, backend)
    result = Result(name, ended=1)
    try:
        lines = getattr(shortage, fault.replace(" ", "_"))(what)
        result.lost = len({ENDED_BEFORE} - sound_cells(lines()))
        shortage.finish(result)
    finally:
        shortage.end()
    pattern = WORDS[f"{fault}/{what}"]
    pattern = pattern.replace("{backend}", backend).replace("{worker}", rf"(initiator|target) 0 of {backend}")
    well = result.code == 0 and fault in ("locked memory", "descriptors")
    result.clear = "went on" if well else "yes" if re.search(pattern, result.said) else "no"
    return result


class Shortage:
    """A run that is short of something."""

    def __init__(self, stage, name, folder, kvbench, backend):
        self.mark, self.folder, self.kvbench, self.backend = f"{stage.drill}-{name}.", folder, kvbench, backend
        self.run, self.holders, self.begun = None, [], 0.0

    def start(self, before, records, *more, duration="500ms"):
        """Starts it, by the command `before`, which gives it what it is short of."""
        tcp = ["--ucx-tls", "tcp"] if self.backend == "UCX" else []
        command = [self.kvbench, "--backend", self.backend.lower(), "--block-size", "64KiB", "--batch", "8", *tcp]
        command += ["--json", str(records), "--timeout", f"{TIMEOUT_S}s", "--duration", duration]
        self.begun = time.monotonic()
        self.run = Running([*before, *command, "--restarts", "1", "--ui", "simple", *more], self.mark)

    def wait(self):
        until(AIM_LIMIT_S, self.run.is_over)

    def finish(self, result):
        run = self.run
        left = lambda: marked(self.mark)
        until(LIMIT_S if run.is_over() else 0, lambda: not left(), 0.02)
        result.seconds = (run.ended_at or time.monotonic()) - self.begun
        result.left, result.code = len(left()), run.code() if run.is_over() else None
        result.said = run.text()

    def end(self):
        if self.run:
            self.run.end()
        for holder in self.holders:
            release(holder)

    def link_down(self, device):
        names = []
        for _ in range(2):
            name, holder = links.namespace()
            names.append(name)
            self.holders.append(holder)
        links.connect(1, *names)
        records = self.folder / "records.jsonl"
        self.start([], records, "--netns", ":".join(names), duration="30s")
        until(AIM_LIMIT_S, lambda: self.run.says("^measuring") or self.run.is_over())
        links.batch("ip", [f"link set {device} down"], names[0])
        self.begun = time.monotonic()
        until(2 * LIMIT_S, self.run.is_over)
        return records.read_bytes

    def disk_full(self, what):
        records = self.folder / "records.jsonl"
        if what == "device":
            self.start(["prlimit", f"--as={8 << 30}"], "/dev/full")
        elif what == "file size":
            # Longer than what a run makes beside it, so that the record alone meets the limit.
            records.write_bytes(records.read_bytes() * 64)
            self.start(["prlimit", f"--fsize={records.stat().st_size + 100}"], records)
        else:
            return self.full_disk(records)
        self.wait()
        return records.read_bytes

    def full_disk(self, records):
        """A file system of its own, in a mount namespace of its own, that has no page left."""
        holder = mounts()
        self.holders.append(holder)
        disk = self.folder / "disk"
        disk.mkdir()
        enter = ["nsenter", f"--mount=/proc/{holder.pid}/ns/mnt"]
        subprocess.run([*enter, "mount", "-t", "tmpfs", "-o", "size=128k", "none", str(disk)], check=True)
        inside = f"/proc/{holder.pid}/root{disk}"
        with open(f"{inside}/records.jsonl", "wb") as file:
            file.write(records.read_bytes())
        fill = [*enter, "dd", "if=/dev/zero", f"of={disk}/filler", "bs=4096"]
        subprocess.run(fill, stderr=subprocess.DEVNULL, check=False)
        self.start([*enter, f"--wd={os.getcwd()}"], disk / "records.jsonl")
        self.wait()

        def lines():
            with open(f"{inside}/records.jsonl", "rb") as file:
                return file.read()
        return lines

    def locked_memory(self, what):
        count = {"0": 0, "64KiB": 64 << 10}[what]
        return self.limited(f"--memlock={count}")

    def descriptors(self, what):
        return self.limited(f"--nofile={what}")

    def limited(self, limit):
        records = self.folder / "records.jsonl"
        self.start(["prlimit", limit], records)
        self.wait()
        return records.read_bytes
