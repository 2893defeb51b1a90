"""The live view: tables of a running program and of captures, keys and signals on a terminal.
usage: top.py BUILD [CASE…]
"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

from cases import WAIT_SECONDS, Skip, case, expect, main, wait_until
from harness import run
from making import compiled, rows

# Sorted by bytes, blocks, growth and rate another function comes first each time. Ends with stdin.
GROWING = """
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
void *volatile kept;
__attribute__((noinline)) static void hold(void) { kept = malloc(64 << 20); }
__attribute__((noinline)) static void scatter(void) { kept = malloc(16); }
__attribute__((noinline)) static void grow(void) { kept = malloc(5000); }
__attribute__((noinline)) static void churn(void) { kept = malloc(32); free(kept); }
int main(void) {
  struct pollfd input = {0, POLLIN, 0};
  hold();
  for (int i = 0; i < 200000; ++i) scatter();
  printf("%d\\n", (int)getpid());
  fflush(stdout);
  while (poll(&input, 1, 5) == 0) {
    grow();
    for (int i = 0; i < 20; ++i) churn();
  }
  return 0;
}
"""
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


class Program:
    """The growing program under `track run`; ended with the block."""

    def __init__(self, build, folder):
        self.build, self.capture = build, folder / "it.track"
        self.partial = folder / "it.track.partial"
        self.words = [build.track, "run", "--quiet", "-o", self.capture, "--",
                      compiled(folder, GROWING, "growing", "cc", "-O0")]

    def __enter__(self):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        expect(line.strip().isdigit(), f"it did not start: {line}")
        self.pid = int(line)
        return self

    def end(self):
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait(WAIT_SECONDS)
        self.process.stdout.close()

    def __exit__(self, *_):
        try:
            self.end()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(WAIT_SECONDS)


class Screen:
    """A command on a terminal of its own, and what it drew."""

    def __init__(self, words, columns=100, lines=20):
        self.output = b""
        self.status = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            # Until the size is set nothing is drawn.
            os.read(0, 1)
            os.execv(words[0], [str(word) for word in words])
        self.resize(columns, lines)
        self.before = termios.tcgetattr(self.master)
        self.press(b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    def resize(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys):
        os.write(self.master, keys)

    def read(self):
        """What there is, for a moment; False at the end."""
        if select.select([self.master], [], [], 0.05)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return False
            self.output += data
            return bool(data)
        return True

    def wait_for(self, condition, message):
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            expect(self.read() and time.monotonic() < end, f"{message}\n{self.output[-3000:]!r}")

    def lines(self):
        """The last screen that was drawn whole."""
        whole = self.output.rpartition(b"\x1b[J")[0].rpartition(b"\x1b[H")[2]
        return [line.replace("\x1b[K", "") for line in re.split("\r+\n", whole.decode())]

    def first(self):
        """The function that stands first."""
        shown = self.lines()
        return shown[5].split()[-2] if len(shown) > 5 else ""

    def end(self):
        """Waits for the command; its status as subprocess has it."""
        while self.read():
            pass
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def expect_restored(self):
        expect(self.output.rfind(LEAVE) > self.output.rfind(ENTER) > 0, "the other screen stays")
        expect(termios.tcgetattr(self.master) == self.before, "the settings stay")


def seconds_of(text):
    """The growth in bytes a second of the line with grow()."""
    line = next(each for each in text.splitlines() if "grow.c" in each or " grow " in each)
    number, unit = re.search(r"\+([0-9.]+) (B|KiB|MiB)", line).groups()
    return float(number) * {"B": 1, "KiB": 1024, "MiB": 1 << 20}[unit]


@case
def the_collector_is_no_tracked_process(build, folder):
    with Program(build, folder) as program:
        track = program.process.pid
        children = open(f"/proc/{track}/task/{track}/children").read().split()
        collector = next(child for child in children if int(child) != program.pid)
        for command in ("top", "snapshot"):
            done = run([build.track, command, collector])
            expect(done.status == 1 and "collector" in done.stderr.decode(), done.stderr.decode())


@case
def tables_of_a_running_program(build, folder):
    with Program(build, folder) as program:
        words = [build.track, "top", program.pid, "--every", "300ms"]
        one = run(words)
        expect(one.status == 0 and one.stdout.count(b"allocations/s  function") == 1, one)
        done = run([*words, "--iterations", "2", "--sort", "growth"])
        text = done.stdout.decode()
        expect(done.status == 0 and "\x1b" not in text, done)
        first, second = text.split("\n\n" + str(program.pid))
        expect(f"{program.pid} growing" in first and "since the start" in first, text)
        expect("in the last" in second and "growing.c:" in second, text)
        # 5,000 bytes each 5 ms at most; much less on a busy machine.
        expect(1000 < seconds_of(second) <= 1_100_000, text)
        expect("64.0 MiB" in second and "hold" in second, text)
        rates = run([*words, "--sort", "rate", "--limit", "1", "--iterations", "2"])
        rates = rates.stdout.decode().rpartition("in the last")[2]
        expect("churn" in rates and "hold" not in rates, rates)
        blocks = run([*words, "--sort", "blocks"]).stdout.decode().splitlines()
        expect("200,000" in blocks[5] and "scatter" in blocks[5], blocks)


@case
def keys_change_the_order_and_q_leaves(build, folder):
    with Program(build, folder) as program, \
            Screen([build.track, "top", program.pid, "--every", "200ms"]) as screen:
        screen.wait_for(lambda: screen.first() == "hold", "no first screen")
        expect("b bytes" in "\n".join(screen.lines()), screen.lines())
        for key, wanted in ((b"k", "scatter"), (b"g", "grow"), (b"r", "churn"), (b"b", "hold")):
            screen.press(key)
            screen.wait_for(lambda wanted=wanted: screen.first() == wanted, f"{key} does nothing")
        screen.press(b"\x1b[B")
        screen.wait_for(lambda: screen.first() != "hold", "the arrow does nothing")
        screen.press(b"q")
        expect(screen.end() == 0, screen.status)
        screen.expect_restored()
        expect(b"has ended" not in screen.output, "it has not")


@case
def lines_are_cut_to_the_window(build, folder):
    with Program(build, folder) as program, \
            Screen([build.track, "top", program.pid, "--every", "60s"], 40, 7) as screen:
        screen.wait_for(lambda: len(screen.lines()) > 5, "no first screen")
        expect(len(screen.lines()) <= 7 and max(map(len, screen.lines())) <= 40, screen.lines())
        screen.resize(100, 9)
        screen.wait_for(lambda: screen.lines()[4].endswith("function"), "another size is not seen")
        expect(len(screen.lines()) <= 9, screen.lines())
        screen.press(b"\x03")
        expect(screen.end() == 0, screen.status)
        screen.expect_restored()


@case
def s_takes_a_still(build, folder):
    with Program(build, folder) as program:
        with Screen([build.track, "top", program.pid, "--every", "200ms"]) as screen:
            screen.wait_for(lambda: screen.first() == "hold", "no first screen")
            screen.press(b"s")
            screen.wait_for(lambda: "still 0 is taken" in screen.lines()[3], "no still")
            screen.press(b"q")
            expect(screen.end() == 0, screen.status)
        program.end()
        taken = rows(build, program.capture, "SELECT trigger FROM v1_stills")
        expect(["request"] in taken, taken)


@case
def signals_restore_the_terminal(build, folder):
    with Program(build, folder) as program:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with Screen([build.track, "top", program.pid]) as screen:
                screen.wait_for(lambda screen=screen: screen.first() == "hold", "no first screen")
                os.kill(screen.pid, number)
                wanted = 0 if number == signal.SIGINT else -number
                expect(screen.end() == wanted, f"{number}: {screen.status}")
                screen.expect_restored()


@case
def suspending_restores_the_terminal(build, folder):
    bash = shutil.which("bash")
    if bash is None:
        raise Skip("no shell with job control")
    with Program(build, folder) as program:
        script = f"set -m; {build.track} top {program.pid}; echo stopped $?; fg; echo left $?"
        with Screen([bash, "-c", script]) as screen:
            screen.wait_for(lambda: screen.first() == "hold", "no first screen")
            screen.press(b"\x1a")
            screen.wait_for(lambda: b"stopped 148" in screen.output, "it does not stop")
            before, after = screen.output.split(b"stopped 148")
            expect(before.rfind(LEAVE) > before.rfind(ENTER), "the other screen stays")
            screen.wait_for(lambda: ENTER in screen.output.split(b"stopped 148")[1] and
                            b"function" in screen.output.split(b"stopped 148")[1],
                            "it does not come back")
            screen.press(b"q")
            screen.end()
            expect(b"left 0" in screen.output, screen.output[-500:])
            screen.expect_restored()


@case
def a_program_that_ends_leaves_its_last_table(build, folder):
    with Program(build, folder) as program:
        words = [build.track, "top", program.pid, "--every", "60s"]
        # pylint: disable-next=consider-using-with
        plain = subprocess.Popen([str(word) for word in [*words, "--iterations", "2"]],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        try:
            expect(plain.stdout.readline().startswith(str(program.pid).encode()), "no table")
            with Screen(words) as screen:
                screen.wait_for(lambda: screen.first() == "hold", "no first screen")
                os.kill(program.pid, signal.SIGKILL)
                expect(screen.end() == 0, screen.status)
                screen.expect_restored()
                left = screen.output.rpartition(LEAVE)[2].decode()
            expect(plain.wait(WAIT_SECONDS) == 0, plain.returncode)
            text = plain.stdout.read().decode()
        finally:
            plain.kill()
            plain.wait(WAIT_SECONDS)
            plain.stdout.close()
        for each in (left, text):
            expect(f"{program.pid} has ended; its capture" in each, each)
            expect(str(program.capture) in each and "hold" in each, each)


@case
def captures_growing_and_finished(build, folder):
    with Program(build, folder) as program:
        wait_until(lambda: program.partial.exists() and
                   rows(build, program.partial, "SELECT pid FROM v1_processes"), "no checkpoint")

        def shown():
            done = run([build.track, "top", program.partial])
            expect(done.status == 0, done)
            return "hold  growing.c:" in done.stdout.decode()

        wait_until(shown, "the growing capture tells nothing")
        with Screen([build.track, "top", program.partial, "--every", "100ms"]) as screen:
            screen.wait_for(lambda: screen.first() == "hold", "no first screen")
            screen.wait_for(lambda: "in the last" in screen.lines()[2], "it is read once")
            screen.press(b"s")
            screen.wait_for(lambda: "track top PID" in screen.lines()[3], "no word about stills")
            program.end()
            expect(screen.end() == 0, screen.status)
            screen.expect_restored()
            expect(b"the recording has ended" in screen.output, screen.output[-500:])
    done = run([build.track, "top", program.capture, "--iterations", "3", "--every", "60s"])
    expect(done.status == 0 and done.stdout.count(b"since the start") == 1, done)
    expect("hold  growing.c:" in done.stdout.decode(), done)
    with Screen([build.track, "top", program.capture]) as screen:
        expect(screen.end() == 0 and ENTER not in screen.output, screen.output)


@case
def what_cannot_be_watched(build, folder):
    done = run([build.track, "top", os.getpid()])
    expect(done.status == 1 and b"is not tracked" in done.stderr, done)
    done = run([build.track, "top", "999999999"])
    expect(done.status == 1 and b"no such process" in done.stderr, done)
    done = run([build.track, "top", folder / "absent.track"])
    expect(done.status == 3 and b"absent.track" in done.stderr, done)
    for words in (["0"], ["1", "--every", "soon"], ["1", "--iterations", "0"], ["1", "--sort", "x"]):
        done = run([build.track, "top", *words])
        expect(done.status == 2, done)


if __name__ == "__main__":
    main()
