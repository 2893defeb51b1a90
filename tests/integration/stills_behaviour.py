"""Heap graphs: from the still of a program into a capture, and read back.
usage: stills_behaviour.py BUILD [CASE…]
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cases import WAIT_SECONDS, case, expect, main, wait_until
from harness import run

# Allocates for ever, until the file that it is given is there.
BUSY = r"""
#include <stdlib.h>
#include <unistd.h>
void* kept[1 << 20];
int main(int count, char** words) {
  for (int i = 0; count > 1 && access(words[1], F_OK) != 0; ++i) {
    free(kept[i & 0xfffff]);
    kept[i & 0xfffff] = malloc(32);
    usleep(1000);
  }
  return 0;
}
"""
# A variable, an object, and what a field of it holds.
TYPED = r"""
#include <memory>
#include <string>
struct peer { virtual ~peer() = default; };
struct session {
  virtual ~session() = default;
  std::shared_ptr<peer> other;
};
session* the_session;
int main() {
  the_session = new session;
  the_session->other = std::make_shared<peer>();
}
"""


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


def stills(build, capture):
    return rows(build, capture, "SELECT process, trigger, blocks, bytes FROM v1_stills")


def end(process):
    process.kill()
    process.communicate(timeout=WAIT_SECONDS)


@case
def every_process_that_exits_leaves_a_still_that_agrees_with_its_counters(build, folder):
    for command in (["perl", "-e", "1"], ["sh", "-c", "ls / >/dev/null; true"]):
        capture = build.tracked(command, folder).capture
        counted = rows(build, capture,
                       "SELECT process, 'exit_end', live_blocks, live_bytes FROM v1_processes "
                       "WHERE end = 'exited' AND inherited_blocks = 0")
        found = [row for row in stills(build, capture) if row[1] == "exit_end"]
        expect(counted and all(row in found for row in counted), f"{counted} {found}")


@case
def none_are_taken_where_none_are_wanted(build, folder):
    for option in (["--no-graph"], ["--stills", "none"]):
        capture = build.tracked(["perl", "-e", "1"], folder, options=option).capture
        expect(stills(build, capture) == [], f"{option}")
        code = build.track_json("report", capture)["processes"][0]["quality"]
        expect("still_failed" not in str(code), f"{code}")


@case
def a_running_program_gives_stills_by_the_clock_and_on_request(build, folder):
    busy = compiled(folder, BUSY, "busy")
    for every, wanted in (("200ms", "interval"), ("never", "request")):
        capture, stop = folder / f"{every}.track", folder / f"stop.{every}"
        process = subprocess.Popen([build.track, "run", "--quiet", "--snapshot-every", every,
                                    "-o", capture, "--", busy, stop])
        try:
            partial = Path(f"{capture}.partial")
            wait_until(lambda: partial.exists() and rows(build, partial,
                                                         "SELECT pid FROM v1_processes"), "no row")
            if wanted == "request":
                pid = rows(build, partial, "SELECT pid FROM v1_processes")[0][0]
                done = run([build.track, "snapshot", pid])
                expect(done.status == 0 and done.stdout == b"0\n", f"{done}")
            wait_until(lambda: stills(build, partial), "no still of the running program")
            stop.touch()
            expect(process.wait(WAIT_SECONDS) == 0, "the program was changed")
        finally:
            end(process)
        triggers = [row[1] for row in stills(build, capture)]
        expect(wanted in triggers and triggers[-1] == "exit_end", f"{triggers}")


@case
def snapshot_refuses_what_is_not_tracked(build, _folder):
    done = run([build.track, "snapshot", str(os.getpid())])
    expect(done.status == 1 and b"is not tracked" in done.stderr, f"{done}")


@case
def a_killed_collector_leaves_the_stills_it_had(build, folder):
    capture, stop = folder / "it.track", folder / "stop"
    process = subprocess.Popen([build.track, "run", "--snapshot-every", "100ms", "-o", capture,
                                "--", compiled(folder, BUSY, "busy"), stop],
                               stderr=subprocess.PIPE)
    try:
        partial = Path(f"{capture}.partial")
        wait_until(lambda: partial.exists() and stills(build, partial), "no still")
        os.kill(holder_of(partial), signal.SIGKILL)
        stop.touch()
        process.communicate(timeout=WAIT_SECONDS)
        expect(process.returncode == 0, f"status {process.returncode}")
    finally:
        end(process)
    expect(stills(build, partial), "they are gone")
    done = run([build.track, "report", partial])
    expect(done.status in (0, 4), f"{done}")


def holder_of(path):
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(entry) == str(path) for entry in (folder / "fd").iterdir()):
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError(f"nobody holds {path}")


@case
def a_plain_preload_writes_its_graph_beside_its_ledger(build, folder):
    done = run(["perl", "-e", "1"], env={**os.environ, "LD_PRELOAD": str(build.preload),
                                         "TRACK_DIR": str(folder)})
    expect(done.status == 0, f"{done}")
    ledger = next(folder.glob("perl.*.ledger"))
    graph = ledger.with_suffix(".graph")
    expect(graph.stat().st_mode & 0o777 == 0o600, "others may read it")
    direct = stills(build, ledger)
    expect(len(direct) == 1 and direct[0][1] == "exit_end", f"{direct}")
    capture = folder / "all.track"
    expect(run([build.track, "collect", "--quiet", "-o", capture, folder]).status == 0, "collect")
    expect(stills(build, capture) == direct, "collected otherwise than read")

    whole = graph.read_bytes()
    graph.write_bytes(whole[:len(whole) // 2])
    expect(stills(build, ledger) == [], "half a graph was taken")
    report = build.track_json("report", ledger)
    expect("still_failed" in str(report["processes"][0]["quality"]), "nothing is said of it")


@case
def a_damaged_graph_is_status_3(build, folder):
    ledger_folder = folder / "ledgers"
    ledger_folder.mkdir()
    run(["perl", "-e", "1"], env={**os.environ, "LD_PRELOAD": str(build.preload),
                                  "TRACK_DIR": str(ledger_folder)})
    ledger = next(ledger_folder.glob("perl.*.ledger"))
    graph = ledger.with_suffix(".graph")
    damaged = bytearray(graph.read_bytes())
    middle = len(damaged) // 2
    damaged[middle:middle + 8] = b"\xff" * 8
    graph.write_bytes(damaged)
    done = run([build.track, "report", ledger])
    expect(done.status == 3 and b"heap graph, offset" in done.stderr, f"{done}")


@case
def types_fields_and_variables_outlive_the_program(build, folder):
    program = compiled(folder, TYPED, "typed", "c++", "-O0")
    capture = build.tracked([program], folder).capture
    program.unlink()
    types = [row[0] for row in rows(build, capture, "SELECT name FROM v1_types")]
    expect("session" in types and "peer" in types, f"{types}")
    fields = rows(build, capture, "SELECT field, kind FROM v1_fields")
    expect(["other", "strong"] in fields, f"{fields}")
    variables = [row[0] for row in rows(build, capture, "SELECT name FROM v1_variables")]
    expect("the_session" in variables, f"{variables}")


if __name__ == "__main__":
    sys.exit(main())
