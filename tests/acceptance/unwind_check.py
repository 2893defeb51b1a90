"""Every allocation of a program captured by our unwinder and by libgcc's, and compared.

The comparing is done by a library of the unit tests that is preloaded (`tests/unit/unwind`); here are
its counts.
"""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from acceptance import harness

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import redis  # noqa: E402

LINE = re.compile(r"^(\S+) pid=\d+ captures=(\d+) frames=(\d+) kept=\d+ differing=(\d+) "
                  r"stacks=\d+ unmatched=(\d+) ends=", re.MULTILINE)


@dataclass
class Compared:
    """Sums over the processes of one command."""

    processes: int = 0
    captures: int = 0
    frames: int = 0
    differing: int = 0
    unmatched: int = 0
    examples: list = field(default_factory=list)

    def percent(self):
        return 100.0 * self.differing / max(self.frames, 1)

    def add(self, other):
        for key in ("processes", "captures", "frames", "differing", "unmatched"):
            setattr(self, key, getattr(self, key) + getattr(other, key))
        self.examples += other.examples


def read(path):
    text = path.read_text() if path.exists() else ""
    compared = Compared(examples=re.findall(r"^  end=.*$", text, re.MULTILINE))
    for numbers in LINE.findall(text):
        compared.processes += 1
        compared.captures += int(numbers[1])
        compared.frames += int(numbers[2])
        compared.differing += int(numbers[3])
        compared.unmatched += int(numbers[4])
    return compared


class Checker:
    """Runs commands under the comparing library of a build."""

    def __init__(self, build, folder):
        self.library = build.folder / "lib" / "libtrack_unwind_check.so"
        self.output = Path(folder) / "compared"

    def environment(self, env):
        self.output.unlink(missing_ok=True)
        return env | {"LD_PRELOAD": str(self.library), "TRACK_UNWIND_CHECK_OUT": str(self.output)}

    def run(self, command):
        harness.run(command.words, self.environment(command.environment()), cwd=command.cwd)
        return read(self.output)

    def run_redis(self, folder, env, requests):
        """redis-server, while redis-benchmark asks it on the loopback."""
        port = str(harness.free_port())
        with subprocess.Popen(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
                               "--appendonly", "no"], env=self.environment(env), cwd=folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                redis.wait_until_up(int(port), server)
                for tests, count in (("set,lpush,sadd,hset,zadd", requests), ("get,mset", requests)):
                    harness.run(["redis-benchmark", "-p", port, "-t", tests, "-n", str(count), "-r",
                                 "10000", "-q"], env)
            finally:
                harness.run(["redis-cli", "-p", port, "shutdown", "nosave"], env)
                server.wait(120)
        return read(self.output)
