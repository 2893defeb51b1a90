"""A minimal Debian 12 of its own: a folder that programs run in by chroot, in mount and process
namespaces that end with each command, so that nothing stays mounted or running whatever happens.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import harness

SECONDS = 1500
OF_ITS_OWN = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
# /dev is the machine's, and read by nobody but for null, urandom, shm and such.
ENTER = """
mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && cd / &&
exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive sh -c 'cd "$1" && eval "$2"' sh "$1" "$2"
"""


@dataclass
class Answer:
    status: int
    text: str  # stdout and stderr, as a terminal shows them


class CleanRoot:
    def __init__(self, folder):
        self.folder = Path(folder) / "root"

    def make(self):
        """Where this machine has its packages from, there the root has them from."""
        sources = [path for path in (Path("/etc/apt/sources.list.d/debian.sources"),
                                     Path("/etc/apt/sources.list")) if path.exists()]
        done = harness.run([*OF_ITS_OWN, "--mount-proc", "mmdebstrap", "--variant=minbase", "bookworm",
                            self.folder, *sources[:1]],
                           env={**os.environ, "TMPDIR": str(self.folder.parent)}, seconds=SECONDS)
        if done.status != 0:
            raise harness.Failure(f"mmdebstrap ended with {done.status}: {done.stderr.decode()[-2000:]}")
        # What a person would answer.
        (self.folder / "etc/apt/apt.conf.d/00answers").write_text(
            'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n')

    def run(self, command, cwd="/"):
        done = subprocess.run(
            [*OF_ITS_OWN, "sh", "-c", ENTER, self.folder, cwd, command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
        return Answer(done.returncode, done.stdout.decode(errors="replace"))

    def left_mounts(self):
        """What is mounted below the root outside of its namespaces: nothing."""
        return [line for line in Path("/proc/self/mounts").read_text().splitlines()
                if str(self.folder) in line]


def can_be_made():
    return os.geteuid() == 0
