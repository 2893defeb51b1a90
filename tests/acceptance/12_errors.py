#!/usr/bin/env python3
"""What cannot be recorded or read is refused with a reason and the exit status of the contract."""

import os
import random
import subprocess
from pathlib import Path

from acceptance import harness, start

SOURCE = "int main(void) { return 0; }\n"


def compiled(folder, name, *flags):
    program = Path(folder) / name
    subprocess.run(["gcc", "-x", "c", "-", "-o", program, *flags], input=SOURCE.encode(), check=True)
    return program


def programs(folder):
    """(what, command, status) of programs that `run` refuses."""
    setuid = compiled(folder, "setuid")
    setuid.chmod(0o4755)
    narrow = Path(folder) / "narrow"
    header = bytearray(compiled(folder, "wide").read_bytes()[:64])
    header[4], header[18] = 1, 3  # ELFCLASS32, EM_386
    narrow.write_bytes(bytes(header))
    narrow.chmod(0o755)
    plain = Path(folder) / "plain.txt"
    plain.write_text("no program\n")
    plain.chmod(0o644)
    return [
        ("static", compiled(folder, "static", "-static"), 125),
        ("setuid", setuid, 125),
        ("32-bit", narrow, 125),
        ("AddressSanitizer build", compiled(folder, "asan", "-fsanitize=address"), 125),
        ("ThreadSanitizer build", compiled(folder, "tsan", "-fsanitize=thread"), 125),
        ("missing", Path(folder) / "missing", 127),
        ("not executable", plain, 126),
        ("a directory", Path(folder), 126),
    ]


def bad_captures(good):
    numbers = random.Random(3)
    flipped = bytearray(good)
    for _ in range(200):
        flipped[numbers.randrange(len(flipped))] ^= 1 << numbers.randrange(8)
    return {"truncated": good[: len(good) // 3], "bit-flipped": bytes(flipped), "empty": b"",
            "foreign": b"SQLite format 3\0" + bytes(5000), "text": b"not a capture\n"}


def bad_ledgers(good):
    """The magic stays; all behind it is doubtful, and what says how much there is."""
    numbers = random.Random(5)
    flipped = bytearray(good)
    for _ in range(500):
        flipped[numbers.randrange(16, min(len(flipped), 1 << 16))] ^= 1 << numbers.randrange(8)
    forged = bytearray(good)
    forged[16:4096] = b"\xff" * 4080
    return {"ledger, truncated": good[: len(good) // 3], "ledger, a page": good[:4096],
            "ledger, bit-flipped": bytes(flipped), "ledger, forged": bytes(forged)}


def damaged(contents, folder):
    """(what, file) of each."""
    for name, content in contents.items():
        path = Path(folder) / f"{name.replace(', ', '-').replace(' ', '-')}.damaged"
        path.write_bytes(content)
        yield name, path


def ledger_of(build, folder):
    """What a program leaves that is started with a plain LD_PRELOAD."""
    harness.run([build.programs / "malloc_free"], dict(os.environ, LD_PRELOAD=str(build.preload),
                                                       TRACK_DIR=str(folder)))
    return next(Path(folder).glob("*.ledger"))


def run_on_full_disk(rows, build, folder):
    """`track run` with its capture in a small file system: too small to begin with, and one that the
    capture fills later, of which the program must not notice anything."""
    place = Path(folder) / "full"
    place.mkdir()
    program = [str(build.programs / "churn"), "2", "50000"]
    native = harness.run(program)
    for kib, status in ((64, 125), (300, native.status)):
        script = (f"mount -t tmpfs -o size={kib}k none {place} && exec {build.track} run "
                  f"-o {place}/x.track -- {' '.join(program)}")
        done = harness.run(["unshare", "--map-root-user", "--mount", "sh", "-c", script])
        rows.add(f"run: disk of {kib} KiB", f"status {done.status}, {said(done)}",
                 done.status == status and said(done).startswith("track: ") and
                 (status == 125 or done.stdout == native.stdout))


def said(outcome):
    text = outcome.stderr.decode(errors="replace").strip().splitlines()
    return text[0] if text else "(nothing)"


rows, build, scratch = start("errors", __doc__)
with scratch as folder:
    for name, program, status in programs(folder):
        done = harness.run([build.track, "run", "-o", f"{folder}/x.track", "--", program], cwd=folder)
        rows.add(f"run: {name}", f"status {done.status}, {said(done)}",
                 done.status == status and said(done).startswith("track: "))
    done = harness.run([build.track, "run", "-o", f"{folder}/none/x.track", "--", "/bin/true"])
    rows.add("run: no such output folder", f"status {done.status}, {said(done)}", done.status == 125)
    done = harness.run([build.track, "run", "-o", "/proc/x.track", "--", "/bin/true"])
    rows.add("run: unwritable output folder", f"status {done.status}, {said(done)}", done.status == 125)

    tracked = build.tracked([build.programs / "malloc_free"], folder)
    with open("/dev/full", "wb") as full:
        process = subprocess.run([build.track, "report", tracked.capture], stdout=full,
                                 stderr=subprocess.PIPE, check=False)
    rows.add("report: full disk", f"status {process.returncode}", process.returncode == 74)
    run_on_full_disk(rows, build, folder)
    contents = bad_captures(tracked.capture.read_bytes()) | bad_ledgers(
        ledger_of(build, folder).read_bytes())
    for name, path in damaged(contents, folder):
        done = harness.run([build.track, "report", path])
        # A flipped bit may lie where nothing is stored, and half a ledger is evidence too.
        allowed = (0, 3, 4) if "flipped" in name or "ledger" in name else (3,)
        rows.add(f"report: {name}", f"status {done.status}, {said(done)}", done.status in allowed)
    done = harness.run([build.track, "report", f"{folder}/nowhere.track"])
    rows.add("report: missing", f"status {done.status}, {said(done)}", done.status in (2, 3))
    done = harness.run([build.track, "report", "--no-such-option"])
    rows.add("report: usage", f"status {done.status}, {said(done)}", done.status == 2)
    for program, status in (("/bin/true", 0), (Path(folder) / "static", 1)):
        done = harness.run([build.track, "doctor", program])
        rows.add(f"doctor {os.path.basename(program)}", f"status {done.status}", done.status == status)
    done = harness.run([build.track, "doctor", "--self-test"], cwd=folder)
    rows.add("doctor --self-test", f"status {done.status}", done.status == 0)
rows.end()
