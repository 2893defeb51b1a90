"""What several integration scripts make: programs from a few lines, rows of a query, control groups,
namespaces.
"""

import os
from pathlib import Path

from cases import Skip, expect, wait_until
from harness import run

GROUP_BYTES = 96 << 20


def compiled(folder, source, name, compiler="cc", *flags):
    path = folder / (name + (".cpp" if compiler == "c++" else ".c"))
    path.write_text(source)
    done = run([compiler, "-g", *flags, "-o", folder / name, path])
    expect(done.status == 0, done.stderr.decode())
    return folder / name


def rows(build, capture, sql):
    done = run([build.track, "query", capture, sql])
    expect(done.status == 0, f"{sql}: {done.stderr.decode()}")
    return [line.split("\t") for line in done.stdout.decode().splitlines()[1:]]


def own_group():
    """The folder of our memory control group and its name of the limit."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller, top, limit in (("memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                                       ("", "/sys/fs/cgroup", "memory.max")):
            folder = Path(top + path)
            if controllers == controller and (folder / limit).exists():
                return folder, limit
    raise Skip("no memory control group to be seen")


class SmallGroup:
    """A group below ours with little memory; gone afterwards."""

    def __enter__(self):
        folder, limit = own_group()
        self.folder = folder / f"track-test-{os.getpid()}"
        try:
            self.folder.mkdir()
        except OSError as reason:
            raise Skip(f"no control group can be made: {reason.strerror}") from reason
        try:
            (self.folder / limit).write_text(str(GROUP_BYTES))
        except OSError as reason:
            self.folder.rmdir()
            raise Skip(f"the group's memory cannot be limited: {reason.strerror}") from reason
        return self

    def __exit__(self, *_):
        def is_gone():
            try:
                self.folder.rmdir()
            except OSError:
                pass
            return not self.folder.exists()

        wait_until(is_gone, "somebody is left in the control group")

    def run(self, command):
        enter = f"echo $$ > {self.folder}/cgroup.procs && exec \"$@\""
        return run(["sh", "-c", enter, "sh", *command])


def namespace_words():
    for words in (["unshare", "--fork", "--pid", "--mount-proc"],
                  ["unshare", "--map-root-user", "--fork", "--pid", "--mount-proc"]):
        if run([*words, "true"]).status == 0:
            return words
    raise Skip("no pid namespace can be made")
