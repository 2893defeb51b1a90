#!/usr/bin/env python3
"""A program with over 1 GB of debug information is symbolised in under 60 s and 2 GiB."""

import os
import re
import subprocess
import time
from pathlib import Path

from acceptance import harness, start

LIMIT_SECONDS = 60
LIMIT_KIB = 2 << 20
LEAST_DEBUG_BYTES = 1 << 30
COPIES = 480
FUNCTIONS = 40
# Everything has internal linkage, so one object file can be linked many times, and each copy is code
# and debug information of its own. Its constructor allocates once in each of its functions.
UNIT = """
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
namespace {
template <int N> struct tag { int value[N % 7 + 1]; };
template <int N> __attribute__((noinline)) void* leak() {
  std::map<std::string, std::vector<tag<N>>> names;
  names["a"].push_back(tag<N>{});
  std::unordered_map<int, std::shared_ptr<tag<N>>> numbers;
  numbers[N] = std::make_shared<tag<N>>();
  std::function<std::size_t()> size = [&] { return names.size() + numbers.size(); };
  void* block = std::malloc(size() + N);
  asm volatile("" : "+r"(block));
  return block;
}
template <int... N> void leak_all(std::integer_sequence<int, N...>) { (leak<N>(), ...); }
__attribute__((constructor)) void run() { leak_all(std::make_integer_sequence<int, FUNCTIONS>()); }
}
"""


def write_program(folder):
    """(program, library, seconds it took)."""
    begin = time.monotonic()
    unit, library, program = folder / "unit.o", folder / "libunits.so", folder / "main"
    (folder / "unit.cpp").write_text(UNIT)
    subprocess.run(["g++", "-std=c++20", "-g", "-O0", "-fPIC", f"-DFUNCTIONS={FUNCTIONS}", "-c",
                    folder / "unit.cpp", "-o", unit], check=True)
    # gold takes a tenth of the default linker's time and memory for this.
    subprocess.run(["g++", "-shared", "-fuse-ld=gold", "-Wl,--discard-all", *[unit] * COPIES, "-o",
                    library], check=True)
    (folder / "main.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["gcc", folder / "main.c", "-o", program, "-Wl,--no-as-needed", library,
                    f"-Wl,-rpath,{folder}"], check=True)
    return program, library, time.monotonic() - begin


def debug_bytes(library):
    listing = subprocess.run(["readelf", "-SW", library], capture_output=True, text=True,
                             check=True).stdout
    return sum(int(size, 16) for size in re.findall(r" \.debug_\w+ +PROGBITS +\w+ \w+ (\w+)", listing))


def measured(command):
    """(status, seconds, highest resident KiB) of a command alone."""
    begin = time.monotonic()
    pid = os.posix_spawn(command[0], [str(word) for word in command], os.environ)
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - begin, usage.ru_maxrss


rows, build, scratch = start("symbols", __doc__)
with scratch as name:
    program, library, seconds = write_program(Path(name))
    total = debug_bytes(library)
    rows.add("the program", f"{total / 2**30:.2f} GiB of debug information in {COPIES} units, made in "
             f"{seconds:.0f} s", total > LEAST_DEBUG_BYTES)
    capture = build.tracked([program], name, options=("--symbols", "later")).capture
    status, seconds, kib = measured([build.track, "symbolize", capture])
    named = build.track_json(
        "query", capture, "select count(distinct frame) as frames, count(distinct case when function "
        "is not null and line > 0 then frame end) as named from v1_frames "
        "where module like '%/libunits.so'")[0]
    rows.add("track symbolize", f"{seconds:.1f} s, {kib / 1024:.0f} MiB, {named['named']} of "
             f"{named['frames']} frames with lines", status == 0 and seconds < LIMIT_SECONDS and
             kib < LIMIT_KIB and named["named"] >= COPIES * FUNCTIONS)
    begin = time.monotonic()
    report = build.track_json("report", capture)
    quality = report["processes"][0]["quality"]
    rows.add("track report afterwards", f"{time.monotonic() - begin:.1f} s, {quality['state']}, "
             f"{quality['events_lost']} events lost", quality["events_lost"] == 0)
rows.end()
