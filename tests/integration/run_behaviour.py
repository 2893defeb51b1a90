"""`track run` and `track doctor` from outside: statuses, signals, files, and what is
left when one of the processes is killed. usage: run_behaviour.py BUILD [CASE…]
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from cases import WAIT_SECONDS, alive, case, expect, main, wait_until
from harness import Failure, run

# A program that says its pid, then lives until its standard input ends.
PATIENT = "echo $$; cat; exit 7"


def start(build, folder, *words, options=(), program_words=("sh", "-c", PATIENT)):
    """A patient program under track; returns the process and the program's pid."""
    command = [build.track, "run", *options, "-o", folder / "it.track", *words, "--", *program_words]
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
    return process, int(process.stdout.readline())


def collector_of(process):
    """The other child of `track run` than the program: it leads a session."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == process.pid and int(fields[3]) == int(entry.name):
            return int(entry.name)
    raise Failure("the collector is not to be seen")


def end_of_root(build, capture):
    report = build.track_json("report", capture)
    return report["processes"][0]["exit"], report["processes"][0]["quality"]


@case
def exit_status_is_the_programs(build, folder):
    done = run([build.track, "run", "-o", folder / "it.track", "sh", "-c", "exit 42"])
    expect(done.status == 42, f"status {done.status}")
    expect(b"alive at the end in" in done.stderr, done.stderr)
    quiet = run([build.track, "run", "--quiet", "-o", folder / "it.track", "true"])
    expect((quiet.status, quiet.stdout, quiet.stderr) == (0, b"", b""), f"{quiet}")


@case
def a_signal_ends_track_too(build, folder):
    done = run([build.track, "run", "-o", folder / "it.track", "sh", "-c", "kill -USR2 $$"])
    expect(done.status == -signal.SIGUSR2, f"status {done.status}")
    ended, quality = end_of_root(build, folder / "it.track")
    expect(ended["kind"] == "signaled" and ended["signal"] == signal.SIGUSR2, f"{ended}")
    expect(quality["state"] == "incomplete", f"{quality}")


@case
def what_cannot_start_has_a_reason_and_a_status(build, folder):
    (folder / "data").write_text("x")
    (folder / "folder").mkdir()
    for program, status in (("/no/such", 127), ("no-such-program", 127), (folder / "data", 126),
                            (folder / "folder", 126), ("", 127)):
        done = run([build.track, "run", "-o", folder / "it.track", "--", program])
        expect(done.status == status, f"{program}: {done.status}")
        expect(done.stderr.startswith(b"track: "), f"{program}: {done.stderr}")
    expect(not list(folder.glob("it.track*")), "a file was left behind")
    # The kernel's own refusal, after all checks passed.
    forged = folder / "forged"
    forged.write_bytes(Path("/bin/true").read_bytes()[:4096])
    forged.chmod(0o755)
    done = run([build.track, "run", "-o", folder / "it.track", forged])
    expect(done.status in (-signal.SIGSEGV, 125, 126), f"forged: {done.status}")


@case
def output_that_cannot_be_written_fails_before_the_start(build, folder):
    for output in (folder / "absent" / "it.track", folder):
        done = run([build.track, "run", "-o", output, "touch", folder / "ran"])
        expect(done.status == 125, f"{output}: {done.status}")
    expect(not (folder / "ran").exists(), "the program ran")


@case
def usage_errors_are_2_and_the_programs_options_its_own(build, folder):
    for words in (["--bogus", "true"], ["--fail-on", "rust", "true"], ["--stills", "begin", "true"],
                  ["--depth", "129", "true"], []):
        done = run([build.track, "run", *words], cwd=folder)
        expect(done.status == 2, f"{words}: {done.status}")
    done = run([build.track, "run", "--quiet", "-o", folder / "it.track", "echo", "--quiet", "-o", "x"])
    expect(done.stdout == b"--quiet -o x\n", f"{done}")
    done = run([build.track, "run", "--quiet", "-o", folder / "it.track", "--", "echo", "--", "-o"])
    expect(done.stdout == b"-- -o\n", f"{done}")


@case
def names_follow_their_patterns(build, folder):
    run([build.track, "run", "--quiet", "true"], cwd=folder)
    names = [path.name for path in folder.iterdir()]
    expect(len(names) == 1 and re.fullmatch(r"true\.\d+\.track", names[0]), f"{names}")
    env = dict(os.environ, JOB="nightly")
    run([build.track, "run", "--quiet", "-o", "%q{JOB}-%n.track", "true"], cwd=folder, env=env)
    expect((folder / "nightly-true.track").exists(), "no nightly-true.track")


def without_the_signal_of_stills(text):
    """SIGRTMAX - 3 has a handler of ours, which only /proc shows."""
    def cleared(line):
        return b"SigCgt:\t%016x" % (int(line[1], 16) & ~(1 << (signal.SIGRTMAX - 4)))

    return re.sub(rb"SigCgt:\t(\w+)", cleared, text)


@case
def program_sees_the_surroundings_it_would_have(build, folder):
    script = ("ls /proc/self/fd | wc -l; grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; umask; pwd;"
              "env | grep -v '^_=' ; ulimit -a; ps -o pgid= $$ | tr -d ' ' | wc -l")
    native = run(["sh", "-c", script], cwd=folder)
    tracked = run([build.track, "run", "--quiet", "-o", folder / "it.track", "sh", "-c", script],
                  cwd=folder)
    expect(native.stdout == without_the_signal_of_stills(tracked.stdout),
           f"native:\n{native.stdout.decode()}\ntracked:\n{tracked.stdout.decode()}")
    children = run([build.track, "run", "--quiet", "-o", folder / "it.track", "sh", "-c",
                    "cat /proc/$$/task/$$/children | wc -w; true"])
    expect(children.stdout.strip() in (b"1", b"2"), f"{children.stdout}")


@case
def a_forwarded_signal_reaches_the_program(build, folder):
    process, pid = start(build, folder, program_words=(
        "sh", "-c", "trap 'exit 9' TERM; echo $$; while :; do read line || sleep 0.01; done"))
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    expect(process.wait(WAIT_SECONDS) == 9, "the program did not get SIGTERM, or track died of SIGINT")
    expect(not alive(pid), "the program lives")
    process.communicate()


@case
def track_stops_and_goes_on_with_the_program(build, folder):
    process, pid = start(build, folder)
    os.kill(pid, signal.SIGSTOP)
    waited, status = os.waitpid(process.pid, os.WUNTRACED)
    expect(waited == process.pid and os.WIFSTOPPED(status), f"status {status}")
    os.kill(process.pid, signal.SIGCONT)
    process.communicate(timeout=WAIT_SECONDS)
    expect(process.returncode == 7, f"status {process.returncode}")


@case
def killed_track_leaves_the_program_and_the_capture_alone(build, folder):
    process, pid = start(build, folder)
    process.kill()
    process.wait(WAIT_SECONDS)
    expect(alive(pid), "the program died with track")
    expect((folder / "it.track.partial").exists(), "no growing capture")
    process.stdin.close()
    wait_until((folder / "it.track").exists, "the capture was never finished")
    report = build.track_json("report", folder / "it.track")
    expect(report["processes"][0]["exit"]["code"] == 7, f"{report['processes'][0]['exit']}")
    process.stdout.close()
    process.stderr.close()


@case
def killed_collector_leaves_the_program_alone_and_a_readable_rest(build, folder):
    process, pid = start(build, folder)
    partial = folder / "it.track.partial"

    def has_checkpoint():
        done = run([build.track, "report", partial, "-f", "json"])
        return done.status in (0, 4) and b'"processes": [' in done.stdout and b'"pid"' in done.stdout

    wait_until(has_checkpoint, "no checkpoint in the growing capture")
    os.kill(collector_of(process), signal.SIGKILL)
    expect(alive(pid), "the program died with the collector")
    _, stderr = process.communicate(timeout=WAIT_SECONDS)
    expect(process.returncode == 7, f"status {process.returncode}")
    expect(b"collector ended unexpectedly" in stderr and b".partial" in stderr, stderr)
    report = build.track_json("report", partial)
    expect(report["processes"][0]["quality"]["state"] == "incomplete", "the rest is called complete")


@case
def daemons_are_left_to_the_collector(build, folder):
    script = f"(while [ ! -e {folder}/go ]; do sleep 0.02; done) >/dev/null 2>&1 & echo ready"
    done = run([build.track, "run", "-o", folder / "it.track", "sh", "-c", script])
    expect(done.status == 0 and b"the capture will be" in done.stderr, f"{done}")
    expect(not (folder / "it.track").exists(), "finished too early")
    (folder / "go").touch()
    wait_until((folder / "it.track").exists, "the capture was never finished")
    expect(not (folder / "it.track.partial").exists(), "the growing capture is still there")


@case
def a_child_of_every_kind_has_its_part(build, folder):
    run([build.track, "run", "--quiet", "-o", folder / "it.track", "sh", "-c",
         "(exit 3); sh -c 'exec env true'; true"])
    kinds = [process["exit"]["kind"]
             for process in build.track_json("report", folder / "it.track")["processes"]]
    expect(kinds.count("execed") >= 1 and kinds.count("exited") >= 2, f"{kinds}")


@case
def fail_on_changes_the_status(build, folder):
    done = run([build.track, "run", "--quiet", "-o", folder / "it.track", "--fail-on",
                "mismatch,incomplete", "sh", "-c", "kill -KILL $$"])
    expect(done.status == 23, f"status {done.status}")
    done = run([build.track, "run", "--quiet", "-o", folder / "it.track", "--fail-on", "mismatch",
                "--error-exitcode", "9", "true"])
    expect(done.status == 0, f"status {done.status}")


@case
def the_doctor_finds_all_well_and_names_obstacles(build, folder):
    done = run([build.track, "doctor", "--self-test", "/bin/true"], cwd=folder)
    expect(done.status == 0 and b"as it should be" in done.stdout, f"{done}")
    expect(not list(folder.iterdir()), f"it leaves {list(folder.iterdir())}")
    done = run([build.track, "doctor", "/no/such"])
    expect(done.status == 1 and b"fail" in done.stdout, f"{done}")


if __name__ == "__main__":
    sys.exit(main())
