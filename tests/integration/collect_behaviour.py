"""`track collect` from outside: ledgers of plain preloads, by folder and by process, and rotation.
usage: collect_behaviour.py BUILD [CASE…]
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cases import WAIT_SECONDS, case, expect, main, wait_until
from harness import run


@case
def plain_preload_is_collected(build, folder):
    env = dict(os.environ, LD_PRELOAD=str(build.preload), TRACK_DIR=str(folder))
    program = subprocess.Popen(["cat"], stdin=subprocess.PIPE, env=env)
    wait_until(lambda: list(folder.glob("cat.*.ledger")), "no ledger")
    collector = subprocess.Popen([str(build.track), "collect", str(folder), "-o",
                                  str(folder / "it.track")], stderr=subprocess.PIPE)
    wait_until((folder / "it.track.partial").exists, "collect made no capture")
    program.communicate(timeout=WAIT_SECONDS)
    _, stderr = collector.communicate(timeout=WAIT_SECONDS)
    expect(collector.returncode == 0, f"{collector.returncode}: {stderr}")
    report = build.track_json("report", folder / "it.track")
    expect(report["processes"][0]["pid"] == program.pid, f"{report['processes']}")
    # Again, by pid, of a process that goes on.
    program = subprocess.Popen(["cat"], stdin=subprocess.PIPE, env=env)
    wait_until(lambda: ".ledger" in Path(f"/proc/{program.pid}/maps").read_text(),
               "no second ledger")
    collector = subprocess.Popen([str(build.track), "collect", str(program.pid), "-o",
                                  str(folder / "two.track")], stderr=subprocess.DEVNULL)
    wait_until((folder / "two.track.partial").exists, "collect made no second capture")
    collector.send_signal(signal.SIGINT)
    expect(collector.wait(WAIT_SECONDS) == 0, "collect did not end well")
    program.communicate(timeout=WAIT_SECONDS)
    report = build.track_json("report", folder / "two.track")
    expect(report["processes"][0]["exit"]["kind"] == "running", f"{report['processes'][0]['exit']}")


@case
def a_process_that_has_no_ledger_yet_is_waited_for(build, folder):
    """The process is there, its exec is still to come: what a script sees right after `program &`."""
    script = f"read line; LD_PRELOAD={build.preload} TRACK_DIR={folder} exec cat"
    program = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE)
    collector = subprocess.Popen([str(build.track), "collect", str(program.pid), "-o",
                                  str(folder / "it.track")], stderr=subprocess.PIPE)
    maps = Path(f"/proc/{collector.pid}/comm")
    wait_until(lambda: maps.read_text().strip() == "track", "collect did not start")
    program.stdin.write(b"go\n")
    program.stdin.flush()
    wait_until((folder / "it.track.partial").exists, "collect made no capture")
    program.communicate(timeout=WAIT_SECONDS)
    _, stderr = collector.communicate(timeout=WAIT_SECONDS)
    expect(collector.returncode == 0, f"{collector.returncode}: {stderr}")
    report = build.track_json("report", folder / "it.track")
    expect(report["processes"][0]["pid"] == program.pid, f"{report['processes']}")


@case
def a_process_without_the_preload_is_refused(build, folder):
    program = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    done = run([build.track, "collect", program.pid], cwd=folder)
    program.communicate(timeout=WAIT_SECONDS)
    expect(done.status == 1 and b"LD_PRELOAD" in done.stderr, f"{done}")
    done = run([build.track, "collect", program.pid], cwd=folder)
    expect(done.status == 1, f"of a process that is gone: {done}")
    done = run([build.track, "collect", folder / "absent"])
    expect(done.status == 3, f"of no folder: {done}")


def finished(folder):
    return sorted(folder.glob("it*.track"))


@case
def rotation_begins_a_new_capture_each_period(build, folder):
    env = dict(os.environ, LD_PRELOAD=str(build.preload), TRACK_DIR=str(folder))
    program = subprocess.Popen(["cat"], stdin=subprocess.PIPE, env=env)
    wait_until(lambda: list(folder.glob("cat.*.ledger")), "no ledger")
    collector = subprocess.Popen([str(build.track), "collect", str(folder), "--rotate", "300ms", "-o",
                                  str(folder / "it.track")], stderr=subprocess.PIPE)
    wait_until(lambda: len(finished(folder)) >= 3, "no three captures")
    program.communicate(timeout=WAIT_SECONDS)
    for path in finished(folder)[:2]:
        report = build.track_json("report", path)
        expect([each["pid"] for each in report["processes"]] == [program.pid], f"{path}: {report}")
        expect(report["processes"][0]["exit"]["kind"] == "running", f"{path}: {report['processes']}")

    def has_the_end():
        return any(each["exit"]["kind"] == "exited" for path in finished(folder)
                   for each in build.track_json("report", path)["processes"])

    wait_until(has_the_end, "no capture has the process's end")
    # It goes on for ever, also with nothing to watch, and takes what comes later.
    expect(collector.poll() is None, "the collector ended by itself")
    second = subprocess.Popen(["cat"], stdin=subprocess.PIPE, env=env)
    wait_until(lambda: list(folder.glob(f"cat.{second.pid}.ledger")), "no second ledger")

    def has_the_second():
        return any(each["pid"] == second.pid for path in finished(folder)
                   for each in build.track_json("report", path)["processes"])

    wait_until(has_the_second, "a program that came later was not taken")
    second.communicate(timeout=WAIT_SECONDS)
    collector.send_signal(signal.SIGTERM)
    _, stderr = collector.communicate(timeout=WAIT_SECONDS)
    expect(collector.returncode == 0, f"{collector.returncode}: {stderr}")
    expect(not list(folder.glob("*.partial")), "a growing capture was left behind")
    ends = [each["exit"]["kind"] for path in finished(folder)
            for each in build.track_json("report", path)["processes"] if each["pid"] == program.pid]
    expect(ends.count("exited") == 1, f"stored again after its end: {ends}")


@case
def rotation_of_one_process_ends_with_it(build, folder):
    env = dict(os.environ, LD_PRELOAD=str(build.preload), TRACK_DIR=str(folder))
    program = subprocess.Popen(["cat"], stdin=subprocess.PIPE, env=env)
    collector = subprocess.Popen([str(build.track), "collect", str(program.pid), "--rotate", "200ms",
                                  "-o", str(folder / "it.track")], stderr=subprocess.PIPE)
    wait_until(lambda: len(finished(folder)) >= 2, "no two captures")
    program.communicate(timeout=WAIT_SECONDS)
    _, stderr = collector.communicate(timeout=WAIT_SECONDS)
    expect(collector.returncode == 0, f"{collector.returncode}: {stderr}")
    last = max(finished(folder), key=lambda path: path.stat().st_mtime_ns)
    kinds = [each["exit"]["kind"] for each in build.track_json("report", last)["processes"]]
    expect(kinds == ["exited"], f"{kinds}")
    done = run([build.track, "collect", folder, "--rotate", "0s"])
    expect(done.status == 2, f"{done}")


if __name__ == "__main__":
    sys.exit(main())
