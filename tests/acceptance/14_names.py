#!/usr/bin/env python3
"""Names from wherever they can be had: debug files by build-id and debuglink, a debuginfod server, a
library that is gone, a stripped program, Rust. Each from `track run` to `track report`."""

import os
import re
import selectors
import subprocess
import time
from pathlib import Path

from acceptance import harness, start

SERVER_SECONDS = 60
SIZE_BYTES = 1000
SOURCE = """
#include <cstdlib>
namespace shop {
static inline void* take(std::size_t size) {
  void* block = std::malloc(size);
  asm volatile("" : "+r"(block) : : "memory");
  return block;
}
__attribute__((noinline)) void open_door(int size) { take(static_cast<std::size_t>(size)); asm volatile(""); }
}
extern "C" __attribute__((noinline)) void exported_door(int size) { shop::open_door(size); asm volatile(""); }
int main(int argc, char**) { exported_door(999 + argc); return 0; }
"""
RUST_SOURCE = """
mod shelf {
    pub struct Keeper<T>(pub T);
    impl<T: Copy> Keeper<T> {
        #[inline(never)]
        pub fn keep_all(&self, count: usize) -> usize {
            let kept = vec![self.0; std::hint::black_box(count)];
            std::mem::forget(std::hint::black_box(kept));
            count
        }
    }
}
fn main() {
    println!("{}", shelf::Keeper(7u64).keep_all(125));
}
"""


def do(*words, cwd=None):
    subprocess.run([str(word) for word in words], check=True, cwd=cwd)


def build_program(folder, *options):
    """The program with debug information, and with it in a file of its own: (bare, debug file)."""
    folder.mkdir()
    source, program, debug = folder / "door.cpp", folder / "door", folder / "door.debug"
    source.write_text(SOURCE)
    do("g++", "-g", "-O2", "-fno-ipa-cp", *options, source, "-o", program)
    do("objcopy", "--only-keep-debug", program, debug)
    do("strip", program)
    return program, debug


def build_id(path):
    notes = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True).stdout
    return re.search(r"Build ID: (\w+)", notes).group(1)


def stack_of(build, capture, size_bytes):
    """The stack of the survivor of that size."""
    findings = build.track_json("survivors", capture)["findings"]
    return next((each["stack"] for each in findings if each["bytes"] == size_bytes), [])


def show(stack, count=3):
    return " < ".join(f"{frame['function']}{':' + str(frame['line']) if frame['line'] else ''}"
                      f"{' inlined' if frame['inlined'] else ''}" for frame in stack[:count])


def has_all(stack):
    """take, inlined into open_door, with lines."""
    names = [frame["function"] or "" for frame in stack]
    return (len(stack) >= 4 and names[0].startswith("shop::take(") and stack[0]["inlined"] and
            names[1] == "shop::open_door(int)" and all(frame["line"] for frame in stack[:4]))


def tracked_stack(build, program, env=None, symbolize=()):
    capture = build.tracked([program], program.parent, env).capture
    if symbolize:
        done = harness.run([build.track, "symbolize", capture, *symbolize])
        if done.status != 0:
            raise harness.Failure(done.stderr.decode())
    return stack_of(build, capture, SIZE_BYTES)


def by_build_id(rows, build, folder):
    program, debug = build_program(folder / "id", "-Wl,--build-id")
    number = build_id(program)
    place = folder / "id" / "debug" / ".build-id" / number[:2]
    place.mkdir(parents=True)
    debug.rename(place / f"{number[2:]}.debug")
    before = tracked_stack(build, program)
    stack = tracked_stack(build, program, symbolize=("--debug-dir", folder / "id" / "debug"))
    rows.add("build-id, track symbolize --debug-dir", show(stack), has_all(stack) and not has_all(before))


def by_debuglink(rows, build, folder):
    program, debug = build_program(folder / "link", "-Wl,--build-id=none")
    do("objcopy", f"--add-gnu-debuglink={debug}", program)
    stack = tracked_stack(build, program)
    rows.add("debuglink, no build-id", show(stack), has_all(stack))


class Server:
    """debuginfod for one folder on the loopback, until the block ends."""

    def __init__(self, files, database):
        self.port = harness.free_port()
        self.heard = b""
        env = {key: value for key, value in os.environ.items() if key != "DEBUGINFOD_URLS"}
        self.process = subprocess.Popen(
            ["debuginfod", "-vvv", "-p", str(self.port), "-d", database, "-F", files], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=60)

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, words):
        """Reads what the server says until it has said `words`."""
        end = time.monotonic() + SERVER_SECONDS
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.process.stdout, selectors.EVENT_READ)
            while words not in self.heard:
                said = os.read(self.process.stdout.fileno(), 65536) if waiting.select(
                    max(0, end - time.monotonic())) else b""
                if not said:
                    raise harness.Failure(f"debuginfod does not say {words!r}: {self.heard[-500:]!r}")
                self.heard += said


def by_debuginfod(rows, build, folder):
    program, debug = build_program(folder / "server", "-Wl,--build-id")
    served, cache = folder / "server" / "served", folder / "server" / "cache"
    served.mkdir()
    debug.rename(served / "door.debug")
    env = dict(os.environ, DEBUGINFOD_CACHE_PATH=str(cache))
    env.pop("DEBUGINFOD_URLS", None)
    with Server(served, folder / "server" / "index") as server:
        server.wait_for(b"started http server on IPv4")
        server.wait_for(b"atype=D")
        without = tracked_stack(build, program, env)
        stack = tracked_stack(build, program, env | {"DEBUGINFOD_URLS": server.url()})
    rows.add("debuginfod", show(stack), has_all(stack) and not has_all(without))


def unloaded(rows, build, folder):
    capture = build.tracked([build.programs / "unloads_plugin",
                             build.programs / "forgetful.plugin.so"], folder).capture
    stack = stack_of(build, capture, 77)
    rows.add("dlclosed library", show(stack, 2), bool(stack) and stack[0]["function"] == "plugin_leak"
             and stack[0]["unloaded"] and bool(stack[0]["line"]))


def stripped(rows, build, folder):
    program, debug = build_program(folder / "stripped", "-rdynamic")
    debug.unlink()
    stack = tracked_stack(build, program)
    names = [frame["function"] for frame in stack]
    rows.add("stripped, exported functions", show(stack),
             names[:2] == ["shop::open_door(int)", "exported_door"] and not stack[0]["line"])
    program, debug = build_program(folder / "bare")
    debug.unlink()
    capture = build.tracked([program], folder).capture
    stack = stack_of(build, capture, SIZE_BYTES)
    quality = build.track_json("report", capture)["processes"][0]["quality"]
    without = [Path(path).name for path in quality["modules_without_symbols"]]
    rows.add("stripped, nothing exported", f"{show(stack)}, without symbols: {', '.join(without)}",
             bool(stack) and stack[0]["function"] is None and stack[0]["offset"] > 0 and
             "door" in without)


def rust(rows, build, folder):
    for mangling in ("legacy", "v0"):
        source = folder / f"shelf_{mangling}.rs"
        source.write_text(RUST_SOURCE)
        program = source.with_suffix("")
        unstable = ["-C", f"symbol-mangling-version={mangling}"]
        if mangling == "legacy":
            unstable += ["-Z", "unstable-options"]
        env = os.environ | {"RUSTC_BOOTSTRAP": "1"}
        subprocess.run(["rustc", "-g", "-O", *unstable, source, "-o", program], env=env, check=True)
        stack = stack_of(build, build.tracked([program], folder).capture, SIZE_BYTES)
        own = [frame["function"] for frame in stack if frame["function"] and
               "keep_all" in frame["function"]]
        rows.add(f"Rust, {mangling} names", ", ".join(own[:1]), bool(own) and
                 "Keeper" in own[0] and not re.search(r"::h[0-9a-f]{16}$|_ZN|_R", own[0]) and
                 any((frame["file"] or "").endswith(source.name) for frame in stack))


rows, build, scratch = start("names", __doc__)
with scratch as name:
    for judge in (by_build_id, by_debuglink, by_debuginfod, unloaded, stripped, rust):
        judge(rows, build, Path(name))
rows.end()
