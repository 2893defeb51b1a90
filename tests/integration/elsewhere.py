"""Stills in programs and places that make them hard: many threads, blocked signals, the still's own
signal, forks, Docker's system call filter, the first process of a namespace, limits of processes and
memory; and reports in an empty root. A case returns what it saw. usage: elsewhere.py BUILD [CASE…]
"""

import os
import shutil
import sys
from pathlib import Path

from cases import Skip, case, expect, main
from harness import run
from making import SmallGroup, compiled, namespace_words, rows

THREADS = 200
# Threads asleep in three ways or at work, each with a block that only its stack holds; prints how many
# sleeps were interrupted. With an argument every thread blocks every signal.
THREADED = r"""
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
enum { threads = 200, busy = 10 };
static long interrupted;
static int stop;
static void* work(void* number) {
  char* volatile held = malloc(64);
  const long own = (long)number;
  const int set = epoll_create1(0);
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    struct timespec pause = {3600, 0};
    struct epoll_event event;
    int result = 0;
    if (own < busy) {
      free(malloc(100));
      usleep(1000);
      continue;
    }
    errno = 0;
    if (own % 3 == 0) result = nanosleep(&pause, 0);
    if (own % 3 == 1) result = poll(0, 0, 3600000);
    if (own % 3 == 2) result = epoll_wait(set, &event, 1, 3600000);
    if (result < 0 && errno == EINTR) __atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
  }
  pause();
  return held;
}
int main(int count, char** words) {
  pthread_t thread;
  pthread_attr_t small;
  sigset_t all;
  (void)words;
  sigfillset(&all);
  if (count > 1) pthread_sigmask(SIG_BLOCK, &all, 0);
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  for (long i = 0; i < threads; ++i) {
    if (pthread_create(&thread, &small, work, (void*)i) != 0) return 1;
  }
  sleep(3);
  stop = 1;
  printf("%ld\n", interrupted);
  return 0;
}
"""
# Uses every real-time signal; all that are sent arrive, none besides.
SIGNALLING = r"""
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
static volatile int arrived[65];
static void* volatile kept;
static void count(int signal) { ++arrived[signal]; }
static void* sleeps(void* unused) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, 0);
  pause();
  return unused;
}
int main(void) {
  pthread_t thread;
  struct timespec pause = {0, 5000000};
  int sent = 0;
  pthread_create(&thread, 0, sleeps, 0);
  for (int round = 0; round < 400; ++round) {
    if (round % 100 == 50) {
      struct sigaction action;
      memset(&action, 0, sizeof action);
      action.sa_handler = count;
      for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) sigaction(signal, &action, 0);
    }
    free(kept);
    kept = malloc(50);
    nanosleep(&pause, 0);
    if (round < 50) continue;
    ++sent;
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) raise(signal);
  }
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
    if (arrived[signal] != sent) return 1;
  }
  return 0;
}
"""
# Loses one block of 77 bytes, and wipes what the stack still holds of it.
FORGET_ONE = r"""__attribute__((noinline)) static void forget_one(void) {
  sink = malloc(77);
  memset(sink, 1, 77);
  sink = 0;
}
__attribute__((noinline)) static void scrub(void) {
  volatile char room[16384];
  for (unsigned i = 0; i < sizeof room; ++i) room[i] = 0;
}
"""
# Each child forgets a block; waits for any child must see these alone.
FORKING = r"""
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void* volatile sink;
""" + FORGET_ONE + r"""int main(void) {
  int waited = 0;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      for (int k = 0; k < 100; ++k) {
        free(malloc(99));
        usleep(2000);
      }
      forget_one();
      scrub();
      return 7;
    }
  }
  for (int k = 0; k < 300; ++k) {
    free(malloc(99));
    usleep(2000);
  }
  for (;;) {
    int status = 0;
    const pid_t child = waitpid(-1, &status, __WALL);
    if (child < 0) break;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) return 2;
    ++waited;
  }
  return waited == 8 && errno == ECHILD ? 0 : 3;
}
"""
# Forgets one block of 77 bytes, after MIB mebibytes that it keeps.
FORGETFUL = r"""
#include <stdlib.h>
#include <string.h>
static void* volatile sink;
static char* kept[1024];
""" + FORGET_ONE + r"""int main(int count, char** words) {
  const int mib = count > 1 ? atoi(words[1]) : 0;
  for (int i = 0; i < mib; ++i) {
    kept[i] = malloc(1 << 20);
    if (kept[i] == 0) return 5;
    memset(kept[i], 1, 1 << 20);
  }
  forget_one();
  scrub();
  return 3;
}
"""
# filtered WORDS…: as Docker's default profile has it for a container without capabilities; and the
# calls that its older versions forbade, too.
FILTERED = r"""
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define DENY(error) RETURN(SECCOMP_RET_ERRNO | (error))
#define FORBID(name, error) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), DENY(error)
enum { new_namespaces = 0x7e020000 };
int main(int count, char** words) {
  struct sock_filter filter[] = {
      LOAD(nr),
      FORBID(ptrace, EPERM), FORBID(process_vm_readv, EPERM), FORBID(process_vm_writev, EPERM),
      FORBID(kcmp, EPERM), FORBID(pidfd_getfd, EPERM), FORBID(process_madvise, EPERM),
      FORBID(perf_event_open, EPERM), FORBID(bpf, EPERM), FORBID(userfaultfd, EPERM),
      FORBID(unshare, EPERM), FORBID(setns, EPERM), FORBID(mount, EPERM), FORBID(umount2, EPERM),
      FORBID(open_by_handle_at, EPERM), FORBID(keyctl, EPERM), FORBID(add_key, EPERM),
      FORBID(request_key, EPERM), FORBID(io_uring_setup, EPERM), FORBID(mbind, EPERM),
      FORBID(set_mempolicy, EPERM), FORBID(get_mempolicy, EPERM), FORBID(move_pages, EPERM),
      FORBID(syslog, EPERM), FORBID(acct, EPERM), FORBID(reboot, EPERM), FORBID(clone3, ENOSYS),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
      LOAD(args[0]),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, new_namespaces, 0, 1), DENY(EPERM),
      RETURN(SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (count < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    return 99;
  }
  if (syscall(SYS_kcmp, 0, 0, 0, 0, 0) != -1 || errno != EPERM) return 98;
  execvp(words[1], words + 1);
  return 97;
}
"""


def lost_of(build, capture):
    """Lost blocks as (kind, blocks, bytes), and the report."""
    report = build.track_json("report", capture, "--limit", "1000")
    return [(each["kind"], each["blocks"], each["bytes"]) for each in report["findings"]
            if each["kind"] in ("lost", "cycle", "possibly_lost")], report


def reasons_of(report):
    return {reason["code"] for each in report["processes"] for reason in each["quality"]["reasons"]}


def threaded(build, folder, *words):
    program = compiled(folder, THREADED, "threaded", "cc", "-pthread")
    tracked = build.tracked([program, *words], folder, options=["--snapshot-every", "300ms"])
    expect(tracked.outcome.status == 0, f"{tracked.outcome}")
    lost, report = lost_of(build, tracked.capture)
    expect(lost == [], f"{lost}")
    seen = rows(build, tracked.capture,
                "SELECT trigger, threads, threads_not_stopped, registers_missing, pause_ms FROM v1_stills")
    interrupted = int(tracked.outcome.stdout)
    at_end = [row[1:4] for row in seen if row[0] == "exit_end"]
    expect(at_end == [[str(THREADS + 1), "0", "0"]], f"{seen}")
    running = [row for row in seen if row[0] == "interval"]
    expect(len(running) >= 3, f"{seen}")
    expect(interrupted == 0, f"{interrupted} sleeps were interrupted")
    expect("still_failed" not in reasons_of(report), f"{reasons_of(report)}")
    pauses = sorted(float(row[4]) for row in running)
    skewed = sum(row[2] != "0" for row in running)
    return (f"{len(running)} stills of {THREADS + 1} threads, pause median "
            f"{pauses[len(pauses) // 2]:.1f} ms, worst {pauses[-1]:.1f} ms, {interrupted} EINTR, "
            f"{skewed} with threads that did not stop, none lost")


@case
def two_hundred_threads(build, folder):
    return threaded(build, folder)


@case
def threads_that_block_every_signal(build, folder):
    return threaded(build, folder, "blocked")


@case
def a_program_that_uses_the_stills_signal(build, folder):
    program = compiled(folder, SIGNALLING, "signalling", "cc", "-pthread")
    expect(run([program]).status == 0, "it does not even run alone")
    tracked = build.tracked([program], folder, options=["--snapshot-every", "100ms"])
    expect(tracked.outcome.status == 0, f"signals were lost or added: {tracked.outcome}")
    count = len(rows(build, tracked.capture, "SELECT still FROM v1_stills"))
    expect(count >= 5, f"{count} stills")
    return f"{count} stills; every real-time signal arrived as often as sent"


@case
def a_forking_program(build, folder):
    program = compiled(folder, FORKING, "forking", "cc")
    tracked = build.tracked([program], folder, options=["--snapshot-every", "50ms"])
    expect(tracked.outcome.status == 0, f"wait saw something else: {tracked.outcome}")
    ends = rows(build, tracked.capture, "SELECT process FROM v1_stills WHERE trigger = 'exit_end'")
    expect(len(ends) == 9, f"{ends}")
    lost, _ = lost_of(build, tracked.capture)
    expect(lost == [("lost", 8, 8 * 77)], f"{lost}")
    count = len(rows(build, tracked.capture, "SELECT still FROM v1_stills"))
    return f"{count} stills in 9 processes, 8 blocks lost, waitpid(-1) saw 8 children"


def finds_the_one(build, capture, status, outcome):
    expect(outcome.status == status, f"{outcome}")
    lost, report = lost_of(build, capture)
    expect(lost == [("lost", 1, 77)], f"{lost} {reasons_of(report)}")


@case
def dockers_system_call_filter(build, folder):
    program = compiled(folder, FORGETFUL, "forgetful", "cc")
    filtered = compiled(folder, FILTERED, "filtered", "cc")
    capture = folder / "it.track"
    done = run([filtered, build.track, "run", "--quiet", "-o", capture, "--", program])
    finds_the_one(build, capture, 3, done)
    # The program alone behind it, as the main process of a container has it.
    other = build.tracked([filtered, program], folder)
    finds_the_one(build, other.capture, 3, other.outcome)
    busy = compiled(folder, THREADED, "threaded", "cc", "-pthread")
    done = run([filtered, build.track, "run", "--quiet", "--snapshot-every", "500ms", "-o",
                folder / "busy.track", "--", busy])
    seen = rows(build, folder / "busy.track", "SELECT trigger FROM v1_stills")
    expect(done.status == 0 and len(seen) >= 3, f"{done} {seen}")
    return f"the leak is found, {len(seen)} stills of a running program"


@case
def the_first_process_of_a_namespace(build, folder):
    program = compiled(folder, FORGETFUL, "forgetful", "cc")
    ledgers = folder / "ledgers"
    ledgers.mkdir()
    done = run([*namespace_words(), "env", f"LD_PRELOAD={build.preload}", f"TRACK_DIR={ledgers}",
                program])
    ledger = next(ledgers.glob("forgetful.*.ledger"))
    expect(ledger.name == "forgetful.1.ledger", f"{ledger.name}")
    finds_the_one(build, ledger, 3, done)
    done = run([*namespace_words(), build.track, "run", "--quiet", "-o", folder / "it.track", "--",
                program])
    finds_the_one(build, folder / "it.track", 3, done)
    return "as process 1 by a plain preload, and below a track that is process 1: found"


@case
def no_process_more_is_allowed(build, folder):
    if os.geteuid() != 0:
        raise Skip("only root may become somebody with no process left")
    program = compiled(folder, FORGETFUL, "forgetful", "cc")
    folder.chmod(0o755)
    limited = ["setpriv", "--reuid=64321", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
               "prlimit", "--nproc=1:1", program]
    expect(run(limited).status == 3, "it does not even run alone")
    tracked = build.tracked(limited, folder)
    expect(tracked.outcome.status == 3, f"{tracked.outcome}")
    lost, report = lost_of(build, tracked.capture)
    expect(lost == [] and "still_failed" in reasons_of(report), f"{lost} {reasons_of(report)}")
    return "status kept; no still, and the report says so (still_failed)"


@case
def little_address_space(build, folder):
    program = compiled(folder, FORGETFUL, "forgetful", "cc")
    outcomes = []
    for mib in (400, 64, 24):
        tracked = build.tracked(["prlimit", f"--as={mib << 20}", program, "4"], folder)
        expect(tracked.outcome.status == 3, f"{mib} MiB: {tracked.outcome}")
        lost, report = lost_of(build, tracked.capture)
        said = reasons_of(report)
        expect(lost == [("lost", 1, 77)] or (lost == [] and said), f"{mib} MiB: {lost} {said}")
        outcomes.append(f"{mib} MiB: {'found' if lost else ', '.join(sorted(said))}")
    return "; ".join(outcomes)


@case
def little_memory_in_a_control_group(build, folder):
    program = compiled(folder, FORGETFUL, "forgetful", "cc")
    outcomes = []
    for mib in (20, 70):
        capture = folder / f"{mib}.track"
        with SmallGroup() as group:
            # The group holds the program; track itself stays outside.
            enter = f"echo $$ > {group.folder}/cgroup.procs && exec {program} {mib}"
            done = run([build.track, "run", "--quiet", "-o", capture, "--", "sh", "-c", enter])
        expect(done.status == 3, f"{mib} MiB: {done}")
        lost, report = lost_of(build, capture)
        said = reasons_of(report)
        expect(lost == [("lost", 1, 77)] or (lost == [] and "still_failed" in said),
               f"{mib} MiB: {lost} {said}")
        outcomes.append(f"{mib} of 96 MiB in use: {'found' if lost else 'still_failed'}")
    return "; ".join(outcomes)


def libraries_of(program):
    told = run(["ldd", program]).stdout.decode()
    return [Path(word) for line in told.splitlines() for word in line.split() if word.startswith("/")]


@case
def an_empty_root(build, folder):
    """The capture alone, where neither the program nor its libraries are."""
    program = compiled(folder, FORGETFUL, "forgetful", "cc")
    capture = build.tracked([program, "3"], folder).capture
    root = folder / "root"
    for path in [build.track, *libraries_of(build.track)]:
        target = root / ("track" if path == build.track else str(path)[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path.resolve(), target)
    shutil.copy(capture, root / "it.track")
    enter = ["chroot", root] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot", root]
    if run([*enter, "/track", "--version"]).status != 0:
        raise Skip("no other root can be had")
    _, report = lost_of(build, capture)
    print_of = next(each["fingerprint"] for each in report["findings"] if each["kind"] == "lost")
    for words in (["report"], ["why", print_of], ["cycles"], ["survivors", "--retained"], ["stills"],
                  ["sites"], ["report", "-f", "json"]):
        inside = run([*enter, "/track", *words, "/it.track"])
        outside = run([build.track, *words, capture])
        expect(inside.status == outside.status, f"{words}: {inside} {outside}")
        expect(inside.stdout.replace(b"/it.track", b"it.track") ==
               outside.stdout.replace(str(capture).encode(), b"it.track"),
               f"{words}: {inside.stdout.decode()}\n{outside.stdout.decode()}")
    return "report, why, cycles, survivors, stills and sites answer as outside"


if __name__ == "__main__":
    sys.exit(main())
