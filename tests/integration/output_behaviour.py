"""Where captures go: names that are taken, left behind or shared, and disks that are full.
usage: output_behaviour.py BUILD [CASE…]
"""

import os
import signal
import subprocess
import sys

from cases import WAIT_SECONDS, Skip, alive, case, expect, main, wait_until
from harness import run

PATIENT = "echo $$; cat; exit 7"


def start(build, folder, *options):
    """A patient program under track; returns the process and the program's pid."""
    command = [build.track, "run", *options, "--", "sh", "-c", PATIENT]
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
    return process, int(process.stdout.readline())


def collector_of(capture):
    """Who has the growing capture open."""
    for entry in os.listdir("/proc"):
        try:
            opened = [os.readlink(f"/proc/{entry}/fd/{number}")
                      for number in os.listdir(f"/proc/{entry}/fd")]
        except OSError:
            continue
        if entry.isdigit() and f"{capture}.partial" in opened:
            return int(entry)
    return None


@case
def two_recordings_do_not_share_a_file(build, folder):
    first, _ = start(build, folder, "-o", "it.track")
    wait_until((folder / "it.track.partial").exists, "no growing capture")
    second = run([build.track, "run", "-o", "it.track", "touch", "ran"], cwd=folder)
    expect(second.status == 125 and b"another track is recording" in second.stderr, f"{second}")
    expect(not (folder / "ran").exists(), "the second program ran")
    other = run([build.track, "run", "--quiet", "-o", "other.track", "true"], cwd=folder)
    expect(other.status == 0, f"{other}")
    _, stderr = first.communicate(timeout=WAIT_SECONDS)
    expect(first.returncode == 7, f"{first.returncode}: {stderr}")
    processes = build.track_json("report", folder / "it.track")["processes"]
    expect(processes[0]["exit"]["code"] == 7, f"{processes}")
    # Now it is nobody's, and a later recording replaces it.
    again = run([build.track, "run", "--quiet", "-o", "it.track", "sh", "-c", "exit 3"], cwd=folder)
    expect(again.status == 3, f"{again}")
    expect(build.track_json("report", folder / "it.track")["processes"][0]["exit"]["code"] == 3,
           "not replaced")
    expect(sorted(path.name for path in folder.iterdir()) == ["it.track", "other.track"],
           f"{list(folder.iterdir())}")


@case
def what_a_dead_track_left_is_kept_and_not_in_the_way(build, folder):
    first, pid = start(build, folder, "-o", "it.track")

    def has_checkpoint():
        done = run([build.track, "report", folder / "it.track.partial", "-f", "json"])
        return done.status in (0, 4) and b'"pid"' in done.stdout

    wait_until(has_checkpoint, "no checkpoint in the growing capture")
    collector = collector_of(folder / "it.track")
    expect(collector, "nobody writes the growing capture")
    os.kill(collector, signal.SIGKILL)
    first.communicate(timeout=WAIT_SECONDS)
    expect(first.returncode == 7 and not alive(pid), "the program was harmed")
    second = run([build.track, "run", "-o", "it.track", "true"], cwd=folder)
    expect(second.status == 0 and b"it.2.track.partial" in second.stderr, f"{second}")
    kept = build.track_json("report", folder / "it.2.track.partial")
    expect(kept["processes"][0]["pid"] == pid, "what the dead track had is lost")
    expect(kept["processes"][0]["quality"]["state"] == "incomplete", "it is called complete")
    # Both together: the whole folder.
    everything = build.track_json("report", folder)
    pids = [each["pid"] for each in everything["processes"]]
    expect(len(pids) == 1 + len(kept["processes"]) and pid in pids, f"{pids}")
    expect(everything["growing"], "not called unfinished")


@case
def a_device_or_a_folder_is_not_replaced(build, folder):
    for output in ("/dev/null", folder):
        done = run([build.track, "run", "-o", output, "touch", folder / "ran"])
        expect(done.status == 125 and b"name of a file" in done.stderr, f"{done}")
    expect(not (folder / "ran").exists(), "the program ran")


def on_small_disk(folder, kib, command):
    """Runs `command` in a mount namespace of its own, with `folder`/disk of so many KiB."""
    (folder / "disk").mkdir(exist_ok=True)
    mounting = ["unshare", "--map-root-user", "--mount", "sh", "-c",
                f'mount -t tmpfs -o size={kib}k none "$0" && exec "$@"', folder / "disk"]
    if run([*mounting, "true"]).status != 0:
        raise Skip("no mount namespace to be had")
    return run([*mounting, *command])


@case
def a_full_disk_is_told_first_and_does_not_harm_the_program(build, folder):
    program = [build.programs / "churn", "2", "50000"]
    native = run(program)
    begun = 0
    for kib in (200, 250, 300, 400, 500):
        done = on_small_disk(folder, kib, [build.track, "run", "-o", folder / "disk" / "x.track", "--",
                                           *program])
        # What the heap held is said as soon as it is known, whatever the disk does.
        first = [line for line in done.stderr.decode().splitlines() if "still reachable" not in line][0]
        expect("UNIQUE" not in done.stderr.decode(), f"{kib} KiB: {done}")
        if done.status == 125:
            expect("the disk is full" in first and not done.stdout, f"{kib} KiB: {done}")
            continue
        begun += 1
        expect(done.status == native.status and done.stdout == native.stdout, f"{kib} KiB: {done}")
        expect(done.stderr.count(b"the disk is full") <= 1, f"{kib} KiB, told twice: {done}")
        expect("alive at the end" in first or
               ("the disk is full; free some space" in first and "x.track.partial" in first),
               f"{kib} KiB: {done}")
    expect(begun, "on no disk was there room to begin")


@case
def a_full_disk_ends_collect_with_its_status(build, folder):
    env = f"LD_PRELOAD={build.preload} TRACK_DIR={folder}"
    run(["env", *env.split(), build.programs / "churn", "2", "50000"])
    ledgers = list(folder.glob("*.ledger"))
    expect(ledgers, "no ledger")
    done = on_small_disk(folder, 250, [build.track, "collect", folder, "-o",
                                       folder / "disk" / "x.track"])
    expect(done.status == 74 and b"the disk is full" in done.stderr, f"{done}")
    expect(b"UNIQUE" not in done.stderr, f"{done}")


if __name__ == "__main__":
    sys.exit(main())
