"""What experiments with clients of `kvbench serve` share: AIPerf in an environment of its own, a tokenizer
that needs no network, the endpoint, and processes that end with the script.
"""

import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
KVBENCH = ROOT / "target/release/kvbench"
REQUIREMENTS = ROOT / "vendor/aiperf.txt"
# The interpreter and machine whose files the hashes of the requirements are.
HASHED = ((3, 11), "Linux", "x86_64")
MODEL = "Qwen/Qwen3-0.6B"

# Trained on the text from which AIPerf takes its prompts; the same counts for it and for the endpoint.
TRAIN = """
import json, pathlib, sys
import aiperf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
folder = pathlib.Path(sys.argv[1])
corpus = pathlib.Path(aiperf.__file__).parent / "dataset/generator/assets/shakespeare.txt"
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train([str(corpus)], trainers.BpeTrainer(
    vocab_size=4096, special_tokens=["<|endoftext|>"], show_progress=False,
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
tokenizer.save(str(folder / "tokenizer.json"))
(folder / "tokenizer_config.json").write_text(json.dumps({
    "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "model_max_length": 131072}))
"""


def cache():
    """This project's folder in the user's cache."""
    base = os.environ.get("KVBENCH_CACHE_DIR")
    if base:
        return pathlib.Path(base)
    xdg = pathlib.Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (xdg if xdg.is_absolute() else pathlib.Path.home() / ".cache") / "kvbench"


def version():
    """The AIPerf that is pinned."""
    return re.search(r"^aiperf==(\S+)", REQUIREMENTS.read_text(), re.MULTILINE)[1]


def aiperf():
    """The folder with the `aiperf` command; the first time it is installed, which takes 1.2 GB."""
    venv = cache() / "clients" / f"aiperf-{version()}-py{sys.version_info.major}.{sys.version_info.minor}"
    done = venv / "complete"
    if not done.exists():
        print(f"Installing AIPerf {version()} into {venv}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        here = (sys.version_info[:2], platform.system(), platform.machine())
        requirements, mode = REQUIREMENTS, ["--require-hashes"]
        if here != HASHED:
            print("Note: the hashes are those of another Python or machine; only versions are pinned.")
            pins = re.sub(r"\s*\\?\n?\s+--hash=\S+", "", REQUIREMENTS.read_text())
            requirements, mode = venv / "versions.txt", []
            requirements.write_text(pins)
        pip = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, *mode, "--requirement", requirements], check=True)
        done.touch()
    return venv / "bin"


def tokenizer():
    """A folder with a tokenizer.json: a small stand-in for the model's own."""
    folder = cache() / "clients" / f"tokenizer-{version()}"
    if not (folder / "tokenizer_config.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([aiperf() / "python", "-c", TRAIN, folder], check=True)
    return folder


def workplace(folder, tokens):
    """Makes a folder in which the model's name is the path of the tokenizer in `tokens`, as clients and
    the endpoint find it."""
    link = folder / MODEL
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(pathlib.Path(tokens).resolve())
    return folder


def exit_on_signals():
    """Ctrl-C, SIGTERM and SIGHUP end the script together with what it started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))


class Group:
    """A command with all processes that it starts, which end with the block."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, start_new_session=True, text=True, **options)

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        # The first one may have ended before those that it started.
        for number in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        self.process.wait()


class Endpoint(Group):
    """`kvbench serve` with `arguments`, ready for requests; it ends with the block."""

    LIMIT_S = 120

    def __init__(self, arguments, folder):
        command = [KVBENCH, "serve", *map(str, arguments)]
        super().__init__(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # What it says; the last line, once it has ended, is what it served and what carried the bytes.
        self.lines, self.ready = [], threading.Event()
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("listening on "):
                self.ready.set()
        self.ready.set()

    def __enter__(self):
        self.ready.wait(self.LIMIT_S)
        if not any(line.startswith("listening on ") for line in self.lines):
            self.__exit__()
            sys.exit("kvbench serve is not ready:\n" + "".join(self.lines))
        return self

    def __exit__(self, *failure):
        super().__exit__(*failure)
        self.listener.join(5)


def build():
    """Builds what `KVBENCH` names."""
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)


def run(command, folder, limit_s, environment=None):
    """Runs a command with all that it starts; its exit code and what it printed."""
    with Group(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            output = process.communicate(timeout=limit_s)[0]
        except subprocess.TimeoutExpired:
            sys.exit(f"no end within {limit_s} s of: {command}")
    return process.returncode, output
