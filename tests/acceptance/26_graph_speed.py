#!/usr/bin/env python3
"""The heap graph of 5 and 20 million nodes, linked in allocation order and shuffled: from the end of
main to the classes that `track run` prints, beside LeakSanitizer's check of the same program in the same
round, and to the report of the finished capture; memory of the copy and of track a block; and what a running program feels of stills: pauses measured from inside,
the cost of copied pages, interrupted sleeps.
"""

import os
import re
import statistics
import subprocess
import threading
import time
from pathlib import Path

from acceptance import harness, start

ROUNDS = 3
SIZES = (5_000_000, 20_000_000)
PART_OF_LSAN = 0.5
CHILD_BYTES, ALL_BYTES = 24, 64  # a block
PAUSE_MS_A_GIB, PAUSE_MS_A_THREAD = 40.0, 0.05
SLEEPERS = 50
PAUSE_NODES = 8_000_000
SECONDS_A_RUN = 250

# nodes COUNT order|shuffled [SECONDS]: nodes of 64 bytes, each with a pointer to the next one and one to
# another. Says when main ends. With SECONDS it rewrites nodes for so long before, beside SLEEPERS threads
# that sleep, and says by how much single steps were late, how many it did, and how many sleeps returned.
NODES = r"""
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
struct node { struct node *next, *other; char rest[48]; };
static struct node* first;
static struct node** nodes;
static unsigned long state = 1;
static long woken;
static unsigned long below(unsigned long limit) {
  state = state * 6364136223846793005UL + 1442695040888963407UL;
  return (state >> 20) % limit;
}
static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}
static void* sleeps(void* unused) {
  struct timespec pause = {3600, 0};
  while (nanosleep(&pause, 0) != 0) __atomic_fetch_add(&woken, 1, __ATOMIC_RELAXED);
  return unused;
}
static void feel(unsigned long count, double seconds) {
  pthread_attr_t small;
  pthread_t thread;
  void* volatile block = 0;
  long steps = 0;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  for (int i = 0; i < THREADS; ++i) pthread_create(&thread, &small, sleeps, 0);
  const double begun = now_ms();
  for (double last = begun; last < begun + seconds * 1e3; ++steps) {
    nodes[below(count)]->rest[0] += 1;
    if (steps % 64 != 0) continue;
    free(block);
    block = malloc(32);
    const double now = now_ms();
    if (now - last > 1) printf("late %.2f\n", now - last);
    last = now;
  }
  long resident = 0;
  FILE* pages = fopen("/proc/self/statm", "r");
  if (pages == 0 || fscanf(pages, "%*s %ld", &resident) != 1) abort();
  fclose(pages);
  printf("steps %ld\nwoken %ld\npages %ld\n", steps, __atomic_load_n(&woken, __ATOMIC_RELAXED), resident);
}
int main(int count, char** words) {
  const unsigned long wanted = strtoul(words[1], 0, 10);
  nodes = malloc(wanted * sizeof *nodes);
  for (unsigned long i = 0; i < wanted; ++i) nodes[i] = malloc(sizeof **nodes);
  if (strcmp(words[2], "shuffled") == 0) {
    for (unsigned long i = wanted; i > 1; --i) {
      const unsigned long other = below(i);
      struct node* node = nodes[i - 1];
      nodes[i - 1] = nodes[other];
      nodes[other] = node;
    }
  }
  for (unsigned long i = 0; i < wanted; ++i) {
    memset(nodes[i], 0, sizeof **nodes);
    nodes[i]->next = i + 1 < wanted ? nodes[i + 1] : 0;
    nodes[i]->other = nodes[below(wanted)];
  }
  first = nodes[0];
  if (count > 3) feel(wanted, atof(words[3]));
  free(nodes);
  nodes = 0;
  printf("end %.3f\n", now_ms());
  fflush(stdout);
  return first == 0;
}
"""


def build_nodes(folder, name, *flags):
    source = Path(folder) / "nodes.c"
    source.write_text(NODES)
    done = harness.run(["gcc", "-O2", "-g", f"-DTHREADS={SLEEPERS}", *flags, source, "-o",
                        Path(folder) / name, "-pthread"])
    if done.status != 0:
        raise harness.Failure(done.stderr.decode())
    return Path(folder) / name


def now_ms():
    return time.clock_gettime(time.CLOCK_MONOTONIC) * 1e3


def end_of_main(text):
    return float(re.search(r"^end ([\d.]+)$", text, re.MULTILINE).group(1))


def exit_ms(program, nodes, order):
    """From the end of main to the end of the process."""
    done = harness.run([program, str(nodes), order], seconds=SECONDS_A_RUN)
    ended = now_ms()
    if done.status != 0:
        raise harness.Failure(f"{program.name} ended with {done.status}: {done.stderr[-300:].decode()}")
    return ended - end_of_main(done.stdout.decode())


def private_bytes(pid):
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(kib) * 1024 for kib in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.MULTILINE))


def peak_bytes(pid):
    try:
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024
    except (OSError, AttributeError):
        return 0


def children_of(pid):
    try:
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()]
    except OSError:
        return []


def is_track(build, pid):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", build.track)
    except OSError:
        return False


CLASSES = re.compile(r"track: definitely lost .*still reachable .* in (\d+) blocks")


def resident_pages(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0


def bytes_of_copies(program):
    """What copies of a process have of their own; 0 when it has given its memory back, which then is
    theirs alone."""
    own = sum(map(private_bytes, children_of(program)))
    return own if resident_pages(program) else 0


def tracked(build, program, nodes, order, folder, looks=False):
    """Milliseconds from the end of main to the classes that `run` prints, to the recording's end and to
    the report; bytes of the copies, where it looks (which costs a processor), and of track."""
    capture = Path(folder) / "nodes.track"
    capture.unlink(missing_ok=True)
    process = subprocess.Popen([build.track, "run", "--snapshot-every", "never", "-o", capture, "--",
                                program, str(nodes), order], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    printed = []

    def hear():
        for line in process.stderr:
            found = CLASSES.search(line.decode())
            if found and int(found.group(1)) >= nodes:
                printed.append(now_ms())

    listener = threading.Thread(target=hear)
    listener.start()
    copy = collector = 0
    while looks and process.poll() is None:
        for child in children_of(process.pid):
            if is_track(build, child):
                collector = max(collector, peak_bytes(child))
            else:
                copy = max(copy, bytes_of_copies(child))
        time.sleep(0.02)
    process.wait()
    recorded = now_ms()
    listener.join()
    begun = end_of_main(process.stdout.read().decode())
    if len(printed) != 1:
        raise harness.Failure(f"run told the classes {len(printed)} times")
    report = subprocess.Popen([build.track, "report", capture], stdout=subprocess.PIPE)
    text = report.stdout.read().decode()
    _, status, usage = os.wait4(report.pid, 0)
    report.returncode = os.waitstatus_to_exitcode(status)
    done = now_ms()
    if "still reachable" not in text or process.returncode != 0:
        raise harness.Failure(f"no classes: {text[:400]}")
    return printed[0] - begun, recorded - begun, done - begun, copy, max(collector,
                                                                         usage.ru_maxrss * 1024)


def speed(rows, build, folder, plain, sanitized):
    for nodes in SIZES:
        for order in ("order", "shuffled"):
            ours, recorded, reported, theirs = [], [], [], []
            for _ in range(ROUNDS if nodes == SIZES[0] else 1):
                bare = exit_ms(plain, nodes, order)
                theirs.append(exit_ms(sanitized, nodes, order) - bare)
                first, stored, last, _, _ = tracked(build, plain, nodes, order, folder)
                ours.append(first)
                recorded.append(stored)
                reported.append(last)
            *_, copy, track = tracked(build, plain, nodes, order, folder, looks=True)
            copy, both = copy / nodes, (copy + track) / nodes
            mine, other = statistics.median(ours), statistics.median(theirs)
            name = f"{nodes // 1_000_000} million nodes, {order}"
            rows.add(name, f"classes after {mine / 1e3:.2f} s, LeakSanitizer's check {other / 1e3:.2f} s: "
                     f"{mine / other:.2f} of it; recorded after {statistics.median(recorded) / 1e3:.2f} "
                     f"s, report printed after {statistics.median(reported) / 1e3:.2f} s",
                     mine <= PART_OF_LSAN * other)
            rows.add(f"{name}, memory", f"copy {copy:.1f} bytes a block, with track {both:.1f}",
                     copy < CHILD_BYTES and both < ALL_BYTES)


def felt(command):
    done = harness.run(command, seconds=SECONDS_A_RUN)
    told = done.stdout.decode()
    late = [float(value) for value in re.findall(r"^late ([\d.]+)$", told, re.MULTILINE)]
    return late, *(int(re.search(rf"^{word} (\d+)$", told, re.MULTILINE).group(1))
                   for word in ("steps", "woken", "pages"))


def pauses(rows, build, folder, plain):
    words = [plain, str(PAUSE_NODES), "shuffled", "8"]
    capture = Path(folder) / "felt.track"
    _, alone, _, _ = felt(words)
    _, quiet, _, _ = felt([build.track, "run", "--quiet", "--snapshot-every", "never", "--stills", "none",
                        "-o", capture, "--", *words])
    capture.unlink(missing_ok=True)
    late, steps, woken, pages = felt([build.track, "run", "--quiet", "--snapshot-every", "2s", "-o", capture,
                               "--", *words])
    # Copies of a loaded machine may outlive the program; the collector waits for them.
    harness.wait_for(capture, harness.Outcome(0, b"", b""), SECONDS_A_RUN)
    told = harness.run([build.track, "query", capture,
                        "SELECT pause_ms FROM v1_stills WHERE trigger = 'interval'"])
    held = [float(line) for line in told.stdout.decode().splitlines()[1:]]
    if not held:
        rows.add("pauses", "no still was taken", False)
        return
    gib = pages * 4096 / 2**30  # resident: what a copy's page tables are made of
    limit = PAUSE_MS_A_GIB * gib + PAUSE_MS_A_THREAD * SLEEPERS
    # The program's own view: the longest step for each still.
    longest = sorted(late, reverse=True)[:len(held)] or [0.0]
    rows.add("pauses", f"{len(held)} stills of {gib:.2f} GiB resident and {SLEEPERS} sleeping threads: median "
             f"{statistics.median(held):.1f} ms, worst {max(held):.1f} ms by the still; median "
             f"{statistics.median(longest):.1f} ms, worst {longest[0]:.1f} ms from inside; limit "
             f"{limit:.1f} ms", max(statistics.median(held), statistics.median(longest)) <= limit)
    rows.add("sleeps that stills interrupted", str(woken), woken == 0)
    rows.add("steps in 8 s of rewriting", f"{alone} alone, {quiet} tracked, {steps} with stills: "
             f"{100.0 * (quiet - steps) / quiet:.1f} % lost to copies of pages and pauses", None)


def main():
    rows, build, scratch = start("graph speed", __doc__)
    with scratch as folder:
        plain = build_nodes(folder, "nodes")
        sanitized = build_nodes(folder, "nodes_lsan", "-fsanitize=leak")
        pauses(rows, build, folder, plain)
        speed(rows, build, folder, plain, sanitized)
    rows.end()


if __name__ == "__main__":
    main()
