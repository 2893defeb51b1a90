#!/usr/bin/env python3
"""redis-server under redis-benchmark, with a still every two seconds: no request fails. Throughput and
latency by redis-benchmark's own figures, plain, tracked without stills and with them, in turn; counts of
requests by the server's own.
"""

import re
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path

from acceptance import harness, start

ROUNDS = 2
REQUESTS = 400_000
KEYS = 200_000
VALUE_BYTES = 100
STILLS_WANTED = 2
WAIT_SECONDS = 60
SHOWN = ("rps", "p50_latency_ms", "p99_latency_ms", "max_latency_ms")
MODES = {"plain": None, "tracked, no stills": ["--snapshot-every", "never"],
         "tracked, a still every 2 s": ["--snapshot-every", "2s"]}


def wait_until_up(port, server):
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as reason:
            if server.poll() is not None or time.monotonic() > end:
                raise harness.Failure("redis-server does not come up") from reason
            time.sleep(0.05)


def cli(port, *words):
    return harness.run(["redis-cli", "-p", str(port), *words], seconds=WAIT_SECONDS).stdout.decode()


def benchmark(port):
    """{operation: {column: figure}}, and what it complained of."""
    done = harness.run(["redis-benchmark", "-p", str(port), "-t", "set,get", "-n", str(REQUESTS),
                        "-r", str(KEYS), "-d", str(VALUE_BYTES), "--csv"])
    lines = [re.findall(r'"([^"]*)"', line) for line in done.stdout.decode().splitlines()]
    columns = next(line for line in lines if line and line[0] == "test")
    figures = {line[0]: dict(zip(columns[1:], map(float, line[1:])))
               for line in lines if line and line[0] in ("SET", "GET")}
    return figures, done.stderr.decode() if done.status else ""


def served(port):
    """{operation: (calls, rejected, failed)} by the server."""
    told = cli(port, "info", "commandstats")
    return {name.upper(): tuple(map(int, counts)) for name, *counts in re.findall(
        r"cmdstat_(set|get):calls=(\d+).*?rejected_calls=(\d+),failed_calls=(\d+)", told)}


def run(build, options, folder):
    """Figures of one server; its failures; its capture."""
    port = harness.free_port()
    words = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no"]
    capture = Path(folder) / "redis.track"
    capture.unlink(missing_ok=True)
    if options is not None:
        words = [str(build.track), "run", "--quiet", *options, "-o", str(capture), "--", *words]
    server = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        wait_until_up(port, server)
        figures, complaint = benchmark(port)
        counts = served(port)
        cli(port, "shutdown", "nosave")
        status = server.wait(WAIT_SECONDS)
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
            server.wait(WAIT_SECONDS)
    failures = [f"{name}: {counts.get(name)}" for name in ("SET", "GET")
                if counts.get(name) != (REQUESTS, 0, 0)]
    failures += [complaint] if complaint else []
    failures += [f"the server ended with {status}"] if status != 0 else []
    return figures, failures


def pauses_of(build, capture):
    done = harness.run([build.track, "query", capture,
                        "SELECT pause_ms, bytes FROM v1_stills WHERE trigger = 'interval'"])
    return [tuple(map(float, line.split("\t"))) for line in done.stdout.decode().splitlines()[1:]]


def main():
    rows, build, scratch = start("live server", __doc__)
    figures, failures, stills = ({mode: [] for mode in MODES} for _ in range(3))
    with scratch as folder:
        for _ in range(ROUNDS):
            for mode, options in MODES.items():
                found, failed = run(build, options, folder)
                figures[mode].append(found)
                failures[mode] += failed
                if options is not None:
                    stills[mode] += pauses_of(build, Path(folder) / "redis.track")
    for mode in MODES:
        for operation in ("SET", "GET"):
            rounds = [each[operation] for each in figures[mode]]
            cells = [f"{statistics.median(each[column] for each in rounds):.0f} a second" if
                     column == "rps" else
                     f"{column.split('_')[0]} {max(each[column] for each in rounds):.1f} ms"
                     for column in SHOWN]
            rows.add(f"{operation}, {mode}", ", ".join(cells), None)
        rows.add(f"failed requests, {mode}", "; ".join(failures[mode]) or
                 f"none of {ROUNDS * 2 * REQUESTS}", not failures[mode])
    seen = stills["tracked, a still every 2 s"]
    pauses = sorted(pause for pause, _ in seen) or [0.0]
    rows.add("stills", f"{len(seen)} in {ROUNDS} rounds, of up to "
             f"{max([size for _, size in seen] or [0]) / 2**20:.0f} MiB; pause median "
             f"{statistics.median(pauses):.1f} ms, worst {pauses[-1]:.1f} ms",
             len(seen) >= STILLS_WANTED * ROUNDS and not stills["tracked, no stills"])
    rows.end()


if __name__ == "__main__":
    main()
