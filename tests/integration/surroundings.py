"""`track run` where the kernel divides the machine: the out-of-memory killer of a control group, and
pid namespaces. usage: surroundings.py BUILD [CASE…]
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from cases import WAIT_SECONDS, case, expect, main, wait_until
from harness import run
from making import SmallGroup, namespace_words

# Takes more memory than the group may have, a mebibyte at a time, and touches it.
HUNGRY = "hungry = []\nwhile True:\n hungry.append(bytearray(b'x') * (1 << 20))\n"


@case
def a_process_that_the_oom_killer_took_says_so(build, folder):
    with SmallGroup() as group:
        done = group.run([build.track, "run", "--quiet", "-o", folder / "it.track", sys.executable,
                          "-c", HUNGRY])
        expect(done.status == -9, f"{done}")
        wait_until((folder / "it.track").exists, "no capture")
        # The same end by somebody else's hand.
        group.run([build.track, "run", "--quiet", "-o", folder / "other.track", "sh", "-c",
                   "kill -KILL $$"])
        wait_until((folder / "other.track").exists, "no second capture")
    processes = build.track_json("report", folder / "it.track")["processes"]
    hungry = max(processes, key=lambda each: each["totals"]["peak_bytes"])
    expect(hungry["exit"] == {"kind": "signaled", "code": None, "signal": 9, "oom_killed": True},
           f"{hungry['exit']}")
    other = build.track_json("report", folder / "other.track")["processes"][0]["exit"]
    expect(other["signal"] == 9 and other["oom_killed"] is not True, f"{other}")
    expect(hungry["quality"]["state"] == "incomplete", f"{hungry['quality']}")
    done = run([build.track, "report", folder / "it.track"])
    expect(b"out of memory" in done.stdout, f"{done}")


def kernel_tells_statuses():
    """Linux 6.15: PIDFD_GET_INFO of a process that somebody else waited for."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 15)


SCRIPT = "sh -c 'exit 3' & wait $!; (exit 4); exit 5"


@case
def programs_in_a_pid_namespace_are_found(build, folder):
    """`track run unshare …`: the program's own pids are not ours."""
    words = namespace_words()
    done = run([build.track, "run", "-o", folder / "it.track", "--", *words, "sh", "-c", SCRIPT])
    expect(done.status == 5, f"{done}")
    processes = build.track_json("report", folder / "it.track")["processes"]
    codes = sorted(each["exit"]["code"] for each in processes if each["exit"]["kind"] == "exited")
    expect(codes == [3, 4, 5, 5], f"{codes}")
    reasons = {reason["code"] for each in processes for reason in each["quality"]["reasons"]}
    # unshare itself cannot be copied any more: its namespace's first process has ended.
    expect(reasons <= {"names_incomplete", "still_failed"}, f"{reasons}")


@case
def killed_programs_in_a_pid_namespace_tell_their_signal(build, folder):
    words = namespace_words()
    process = subprocess.Popen(
        [str(word) for word in (build.track, "run", "-o", folder / "it.track", "--", *words, "sh", "-c",
                                "sh -c 'read line; kill -KILL $$'; exit 5")],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE)

    def inner_shell_is_watched():
        done = run([build.track, "report", folder / "it.track.partial", "-f", "json"])
        return done.status == 0 and len(json.loads(done.stdout)["processes"]) >= 3

    wait_until(inner_shell_is_watched, "the inner shell is not in the growing capture")
    _, stderr = process.communicate(b"go\n", timeout=WAIT_SECONDS)
    expect(process.returncode == 5, f"{process.returncode}: {stderr}")
    processes = build.track_json("report", folder / "it.track")["processes"]
    killed = [each["exit"] for each in processes if each["exit"]["kind"] != "execed"
              and each["exit"]["code"] != 5]
    # Who is no parent learns the status only from newer kernels; none calls it a good end.
    expect(len(killed) == 1 and killed[0]["signal"] in (9, None) and killed[0]["kind"] != "exited",
           f"{killed}")
    if kernel_tells_statuses():
        expect(killed[0]["signal"] == 9, f"{killed}")


@case
def track_itself_may_be_in_a_pid_namespace(build, folder):
    words = namespace_words()
    done = run([*words, build.track, "run", "-o", folder / "it.track", "--", "sh", "-c", SCRIPT])
    expect(done.status == 5, f"{done}")
    processes = build.track_json("report", folder / "it.track")["processes"]
    codes = sorted(each["exit"]["code"] for each in processes if each["exit"]["kind"] == "exited")
    expect(codes == [3, 4, 5], f"{codes}")
    # As the first process of its namespace, like a container's entry point.
    done = run([*words, build.track, "run", "--quiet", "-o", folder / "first.track", "--", "true"])
    expect(done.status == 0 and (folder / "first.track").exists(), f"{done}")


if __name__ == "__main__":
    sys.exit(main())
