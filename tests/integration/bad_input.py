"""What gate, baseline, diff and report do with files that are not as they should be, and with output
that cannot be written: the status, what is said, and what is still there afterwards.
usage: bad_input.py BUILD [CASE…]
"""

import json
import os
import shutil

from cases import Skip, case, expect, main
from harness import run
from heap_programs import track
from making import compiled

LEAKING = """
#include <stdlib.h>
__attribute__((noinline)) static void *NAME(int n) { return malloc(100 + n); }
int main(void) { for (int i = 0; i < COUNT; ++i) if (!NAME(i)) return 1; return 0; }
"""
OLD = "what was there before, and is longer than nothing\n"
NOBODY = 65534


def recorded(build, folder, name="leaking", function="make", count=5):
    """A capture of a program of that name, which leaks in that function."""
    program = compiled(folder, LEAKING.replace("NAME", function).replace("COUNT", str(count)), name,
                       "cc", "-O0")
    capture = folder / f"{name}.track"
    done = run([build.track, "run", "--quiet", "-o", capture, "--", program])
    expect(done.status == 0, done.stderr)
    return capture


def refused(build, status, words, *parts):
    """The command's message: one line with all parts in it."""
    done = run([build.track, *words])
    text = done.stderr.decode()
    expect(done.status == status, f"{words}: status {done.status}, not {status}: {text}")
    expect(text.startswith("track: ") and all(part in text for part in parts), f"{words}: {text}")
    return done


def without_rights(words):
    """The command, by somebody whom permissions mean something to."""
    if os.geteuid() != 0:
        return [str(word) for word in words]
    if shutil.which("setpriv") is None:
        raise Skip("no setpriv to give up root's rights with")
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *words]


def give(*paths):
    """To whom `without_rights` runs as."""
    for path in paths:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)


@case
def a_baseline_with_conflict_markers_is_named_with_its_line(build, folder):
    capture = recorded(build, folder)
    baseline = folder / "leaks.txt"
    track(build, 0, "baseline", capture, "-o", baseline)
    good = baseline.read_text()
    first, line = good.splitlines()
    baseline.write_text(f"{first}\n<<<<<<< ours\n{line}\n=======\n{line}\n>>>>>>> theirs\n")
    before = baseline.read_text()
    for words in (["gate", capture, "--baseline", baseline], ["baseline", "--check", baseline],
                  ["baseline", capture, "--update", baseline],
                  ["baseline", capture, "--tighten", baseline]):
        refused(build, 3, words, f"{baseline}:2", "conflict marker", "both sides")
    expect(baseline.read_text() == before, "a conflict was written over")


@case
def a_baseline_of_a_newer_version_is_left_alone(build, folder):
    capture = recorded(build, folder)
    baseline = folder / "leaks.txt"
    baseline.write_text("libtrack-baseline 2\nsomething of the future\n")
    before = baseline.read_text()
    for words in (["gate", capture, "--baseline", baseline], ["baseline", "--check", baseline],
                  ["baseline", capture, "--update", baseline]):
        refused(build, 3, words, f"{baseline}:1", "newer track", "version 2")
    expect(baseline.read_text() == before, "the newer baseline was written over")
    refused(build, 2, ["gate", capture, "--baseline", folder / "absent.txt"], "absent.txt",
            "track baseline CAPTURE -o FILE")
    refused(build, 3, ["gate", capture, "--baseline", folder], str(folder), "directory")


@case
def suppressions_that_cannot_be_read_are_told_by_every_command(build, folder):
    capture = recorded(build, folder)
    for command in (["report", capture], ["gate", capture], ["baseline", capture],
                    ["diff", capture, capture]):
        refused(build, 2, [*command, "--suppressions", folder / "absent"], "absent", "check the path")
        refused(build, 3, [*command, "--suppressions", folder], str(folder), "directory")
    bad = folder / "bad.supp"
    bad.write_text("leak:fine\nno suppression at all\n")
    refused(build, 2, ["gate", capture, "--suppressions", bad], f"{bad}:2")


@case
def what_one_may_not_read_is_3_and_what_one_may_not_write_74(build, folder):
    capture = recorded(build, folder)
    secret, locked = folder / "secret.txt", folder / "locked.txt"
    secret.write_text("leak:make\n")
    secret.chmod(0)
    locked.write_text(OLD)
    locked.chmod(0o444)
    folder.chmod(0o755)
    give(capture, secret, locked)
    for words, status, part in (
            (["gate", capture, "--suppressions", secret], 3, "permissions"),
            (["gate", capture, "--baseline", secret], 3, "permissions"),
            (["report", secret], 3, "permission"),
            (["gate", capture, "--json", locked], 74, "permissions"),
            (["baseline", capture, "-o", locked], 74, "permissions")):
        done = run(without_rights([build.track, *words]))
        text = done.stderr.decode()
        expect(done.status == status and part in text.lower() and "txt" in text, f"{words}: {done}")
    expect(locked.read_text() == OLD, "a file without permission was written over")


@case
def output_that_cannot_be_written_is_74_and_the_rest_is_there(build, folder):
    capture = recorded(build, folder)
    for place in ("/dev/full", folder / "absent" / "it", folder):
        for words in (["report", capture, "-o", place], ["gate", capture, "-o", place],
                      ["baseline", capture, "-o", place], ["diff", capture, capture, "-o", place]):
            refused(build, 74, words, "cannot write", str(place))
        done = refused(build, 74, ["gate", capture, "--json", place, "--junit", folder / "it.xml"],
                       str(place))
        expect("gate: FAIL" in done.stdout.decode(), "the verdict is not told")
        expect("<failure" in (folder / "it.xml").read_text(), "the other report is not there")
        (folder / "it.xml").unlink()
    done = refused(build, 74, ["gate", capture, "--sarif", "/dev/full", "--json",
                               folder / "absent" / "it"], "/dev/full", "absent/it")
    expect(done.stderr.count(b"track: ") == 2, "each file that cannot be written is told")


@case
def a_full_disk_does_not_take_the_old_file(build, folder):
    capture = recorded(build, folder)
    disk = folder / "disk"
    disk.mkdir()
    script = ('mount -t tmpfs -o size=16k none "$0" && printf %s "$1" > "$0/old" && '
              'head -c 20000 /dev/zero > "$0/fill" 2> /dev/null; shift; "$@"; '
              'status=$?; cat "$0/old"; ls "$0"; exit $status')
    enter = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, disk, OLD]
    if run([*enter, "true"]).status != 0:
        raise Skip("no mount namespace to be had")
    for words in (["report", capture, "-f", "json", "-o", disk / "old"],
                  ["baseline", capture, "-o", disk / "old"],
                  ["gate", capture, "-o", folder / "it", "--json", disk / "old"]):
        done = run([*enter, build.track, *words])
        expect(done.status == 74 and b"the disk is full" in done.stderr.lower() or
               b"No space left" in done.stderr, done)
        expect(done.status == 74 and done.stdout.decode() == OLD + "fill\nold\n", f"{words}: {done}")


@case
def a_shard_that_is_cut_off_is_named(build, folder):
    shards = folder / "shards"
    shards.mkdir()
    capture = recorded(build, folder)
    whole = track(build, 0, "report", capture, "-f", "json")
    (shards / "a.json").write_text(whole)
    (shards / "b.json").write_text(whole[: len(whole) // 2])
    shutil.copy(capture, shards / "a.track")
    (shards / "b.track").write_bytes(capture.read_bytes()[:5000])
    for pattern, name in (("*.json", "b.json"), ("*.track", "b.track")):
        for words in (["gate", shards / pattern], ["baseline", shards / pattern],
                      ["report", shards / pattern], ["diff", shards / pattern, capture]):
            refused(build, 3, words, name)
    text = refused(build, 3, ["gate", shards / "b.json"]).stderr.decode()
    expect("cut off" in text or "ends" in text or "end of input" in text, text)


@case
def captures_of_different_programs_are_not_fixed_and_new(build, folder):
    one = recorded(build, folder, "first", "make")
    other = recorded(build, folder, "second", "forget")
    refused(build, 2, ["diff", one, other], f"{one} ran first", f"{other} ran second",
            "different programs", "--any-programs")
    told = json.loads(track(build, 0, "diff", one, other, "--any-programs", "-f", "json"))
    expect({each["state"] for each in told["findings"]} == {"new", "fixed"}, told["findings"])
    expect(any("different programs" in each for each in told["remarks"]), told["remarks"])
    both = folder / "both"
    both.mkdir()
    shutil.copy(one, both)
    shutil.copy(other, both)
    told = json.loads(track(build, 0, "diff", both, one, "-f", "json"))
    expect({each["state"] for each in told["findings"]} == {"known"}, told["findings"])
    expect(any("alone: second" in each for each in told["remarks"]), told["remarks"])
    text = track(build, 0, "diff", both, one)
    expect("No difference." in text and "alone: second" in text, text)


@case
def a_program_by_another_name_is_compared(build, folder):
    source = LEAKING.replace("int main", "static int run(void); int main(void) { return run(); }\n"
                             "static int run").replace("NAME", "make")
    captures = []
    for name, count in (("app-1", "5"), ("app-2", "9")):
        program = compiled(folder, source.replace("COUNT", count), name, "cc", "-O0")
        captures.append(folder / f"{name}.track")
        run([build.track, "run", "--quiet", "-o", captures[-1], "--", program])
    told = json.loads(track(build, 0, "diff", *captures, "-f", "json"))
    expect([each["state"] for each in told["findings"]] == ["grown"], told["findings"])
    expect(any("different programs" in each for each in told["remarks"]), told["remarks"])


@case
def a_diff_does_not_call_itself_a_gate(build, folder):
    old = folder / "old"
    recorded(build, folder).rename(old)
    capture = recorded(build, folder, count=0)
    for name, part in (("markdown", "### diff: 1 fixed\n"), ("junit", 'name="track diff"')):
        text = track(build, 0, "diff", old, capture, "-f", name)
        expect("gate" not in text and part in text, text)
    text = track(build, 0, "diff", capture, old, "-f", "markdown")
    expect(text.startswith("### diff: 1 new\n\nCompared: "), text)
    track(build, 1, "diff", capture, old, "--exit-code", "-f", "github")


if __name__ == "__main__":
    main()
