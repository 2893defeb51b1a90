"""Heap graphs: from the still of a program into a capture, and read back.
usage: stills_behaviour.py BUILD [CASE…]
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cases import WAIT_SECONDS, Skip, case, expect, main, wait_until
from harness import run
from making import compiled, rows

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
# Two MiB in a static container, which its destructor frees; leaves by the way it is told.
LARGE = r"""
#include <cstdlib>
#include <string>
#include <vector>
static std::vector<std::string> kept;
int main(int count, char** words) {
  const std::size_t blocks = count > 2 ? std::stoul(words[2]) : 20000;
  for (std::size_t i = 0; i < blocks; ++i) kept.push_back(std::string(100, 'x'));
  if (words[1][0] == 'e') std::exit(3);
  return 3;
}
"""
# Its status is what the call says.
SELF = r"""
#include <track/snapshot.h>
int main(void) { return track_snapshot(); }
"""
# Sleeps until it is told to end, and says which calls were cut short.
IDLE = r"""
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  void* volatile kept = malloc(77);
  char byte;
  struct pollfd input = {0, POLLIN, 0};
  printf("ready\n");
  fflush(stdout);
  while (poll(&input, 1, 30000) < 0 && errno == EINTR) {
  }
  return kept == NULL;
}
"""
# Looks at every action, sets all real-time signals to the default, then takes them all.
SIGNALS = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
static volatile int received;
static void count(int number) { received += number != 0; }
int main(void) {
  for (int i = 1; i < 65; ++i) {
    struct sigaction now;
    if (sigaction(i, NULL, &now) == 0 && now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN) printf("%d ", i);
  }
  for (int i = SIGRTMIN; i <= SIGRTMAX; ++i) printf("%d", signal(i, SIG_DFL) == SIG_DFL);
  for (int i = SIGRTMIN; i <= SIGRTMAX; ++i) printf("%d", signal(i, count) == SIG_DFL);
  for (int i = SIGRTMIN; i <= SIGRTMAX; ++i) raise(i);
  printf(" %d %d\n", received == SIGRTMAX - SIGRTMIN + 1, malloc(10) != NULL);
  return 0;
}
"""
# Gives up its user and its root directory where it may.
CHANGED_USER = r"""
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
  void* volatile kept = malloc(77);
  return kept == NULL || setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0;
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
thread_local int first_of_this_thread = 1;
thread_local session* of_this_thread;
int main() {
  the_session = new session;
  of_this_thread = new session;
  the_session->other = std::make_shared<peer>();
}
"""
# Ends badly when a still lets a thread do what it would not have done: take a signal that it waits
# for, or go on after a sleep beyond the program's end.
SLEEPERS = r"""
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static void* takes_signals(void* unused) {
  sigset_t all;
  int number;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, 0);
  sigwait(&all, &number);
  abort();
  return unused;
}
static void* sleeps(void* unused) {
  sleep(3600);
  abort();
  return unused;
}
int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], 0, takes_signals, 0);
  pthread_create(&threads[1], 0, sleeps, 0);
  usleep(100000);  // most likely both are asleep then; if not, the test is weaker, not wrong
  return 0;
}
"""


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
            wait_until(lambda: partial.exists() and partial.stat().st_size and
                       rows(build, partial, "SELECT pid FROM v1_processes"), "no row")
            if wanted == "request":
                pid = rows(build, partial, "SELECT pid FROM v1_processes")[0][0]
                done = run([build.track, "snapshot", pid])
                expect(done.status == 0 and done.stdout == b"0\n", f"{done}")
            wait_until(lambda: stills(build, partial), "no still of the running program")
            stop.touch()
            expect(process.wait(WAIT_SECONDS) == 0, "the program was changed")
        finally:
            stop.touch()
            end(process)
        triggers = [row[1] for row in stills(build, capture)]
        expect(wanted in triggers and triggers[-1] == "exit_end", f"{triggers}")


def triggers(build, capture):
    return [row[1] for row in stills(build, capture)]


@case
def what_a_static_container_holds_is_seen_before_its_destructor(build, folder):
    program = compiled(folder, LARGE, "large", "c++")
    for way in ("return", "exit"):
        tracked = build.tracked([program, way], folder)
        expect(tracked.outcome.status == 3, f"{tracked.outcome}")
        expect(triggers(build, tracked.capture) == ["exit_begin", "exit_end"], f"{way}")
        begin, end = stills(build, tracked.capture)
        expect(int(begin[2]) > 20000 and int(end[2]) < 10, f"{begin} {end}")
        done = run([build.track, "why", "--limit", "1", "*string*", tracked.capture])
        expect(b"kept" in done.stdout, f"{done}")
    for options, blocks, wanted in ((["--stills", "end"], "20000", ["exit_end"]), ([], "10", ["exit_end"]),
                                    (["--stills", "begin,end"], "10", ["exit_begin", "exit_end"])):
        tracked = build.tracked([program, "return", blocks], folder, options=options)
        expect(triggers(build, tracked.capture) == wanted, f"{options} {blocks}")


@case
def the_frame_that_main_returns_to_is_in_no_stack(build, folder):
    program = compiled(folder, LARGE, "large", "c++", "-O0")
    capture = build.tracked([program, "return"], folder,
                            options=["--stills", "begin,end"]).capture
    for row in rows(build, capture, "SELECT module FROM v1_frames"):
        expect("libtrack" not in row[0], f"{row}")


@case
def an_idle_program_is_woken_for_a_snapshot(build, folder):
    idle = compiled(folder, IDLE, "idle")
    capture = folder / "idle.track"
    process = subprocess.Popen([build.track, "run", "--quiet", "-o", capture, "--", idle],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        expect(process.stdout.readline() == b"ready\n", "it did not start")
        partial = Path(f"{capture}.partial")
        wait_until(lambda: partial.exists() and rows(build, partial, "SELECT pid FROM v1_processes"), "no row")
        pid = rows(build, partial, "SELECT pid FROM v1_processes")[0][0]
        done = run([build.track, "snapshot", pid])
        expect(done.status == 0 and done.stdout == b"0\n", f"{done}")
        process.stdin.close()
        expect(process.wait(WAIT_SECONDS) == 0, "the program was changed")
    finally:
        process.kill()
        process.wait(WAIT_SECONDS)
    expect(triggers(build, capture) == ["request", "exit_end"], f"{stills(build, capture)}")


@case
def the_signal_of_stills_is_not_the_programs(build, folder):
    program = compiled(folder, SIGNALS, "signals")
    native = run([program])
    expect(native.stdout.endswith(b" 1 1\n"), f"{native}")
    tracked = build.tracked([program], folder)
    expect(tracked.outcome.stdout == native.stdout, f"{tracked.outcome.stdout} instead of {native.stdout}")


@case
def a_program_that_gave_up_its_user_leaves_its_still(build, folder):
    if os.geteuid() != 0:
        raise Skip("only root may change its user")
    capture = build.tracked([compiled(folder, CHANGED_USER, "changed")], folder).capture
    expect(triggers(build, capture) == ["exit_end"], f"{stills(build, capture)}")


@case
def a_program_takes_a_still_of_itself(build, folder):
    header = Path(__file__).resolve().parents[2] / "libtrack" / "include"
    for compiler in ("cc", "c++"):
        program = compiled(folder, SELF, f"itself_{compiler}", compiler, "-I", header)
        expect(run([program]).status == 0, "without us it is more than nothing")
        tracked = build.tracked([program], folder)
        expect(tracked.outcome.status == 1, f"{tracked.outcome}")
        expect(triggers(build, tracked.capture) == ["api", "exit_end"], f"{compiler}")


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
        stop.touch()
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
    expect({"the_session", "of_this_thread"} <= set(variables), f"{variables}")


@case
def threads_asleep_at_the_end_do_nothing_any_more(build, folder):
    program = compiled(folder, SLEEPERS, "sleepers", "cc", "-pthread")
    for _ in range(5):
        tracked = build.tracked([program], folder)
        expect(tracked.outcome.status == 0, f"{tracked.outcome}")
        seen = rows(build, tracked.capture, "SELECT threads, registers_missing FROM v1_stills")
        expect(seen == [["3", "0"]], f"{seen}")


if __name__ == "__main__":
    sys.exit(main())
