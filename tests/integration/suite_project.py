"""A suite of tests for `ctest -j` with one gate: plain programs that all call one static library, one
that is killed, one that cannot be recorded, and two with death tests.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from harness import ROOT, Failure, run

SECONDS = 1200
LISTS = """
cmake_minimum_required(VERSION 3.25)
project(suite CXX)
enable_testing()
find_package(GTest REQUIRED)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_FLAGS "-g -O1")
set(TRACK_EXECUTABLE {track})
set(GATE_ARGS "" CACHE STRING "")
include({module})
add_library(settings STATIC settings.cpp)
set(tests)
macro(add_case name source)
  add_executable(${{name}} ${{source}})
  target_link_libraries(${{name}} PRIVATE settings ${{ARGN}})
  add_test(NAME suite.${{name}} COMMAND ${{name}})
  list(APPEND tests suite.${{name}})
endmacro()
foreach(number RANGE 1 {plain})
  add_case(plain_${{number}} plain_${{number}}.cpp)
endforeach()
add_case(killed killed.cpp)
add_case(untracked plain_1.cpp -static)
add_case(death_fast death_fast.cpp GTest::gtest_main)
add_case(death_again death_again.cpp GTest::gtest_main)
get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
list(REMOVE_ITEM targets settings)
track_add_test_gate(leaks TARGETS ${{targets}} TESTS ${{tests}}
                    BASELINE ${{CMAKE_SOURCE_DIR}}/leaks.txt
                    GATE_ARGS --json ${{CMAKE_BINARY_DIR}}/leaks.json ${{GATE_ARGS}})
"""
SETTINGS = """
#include "settings.hpp"
#include <cstring>

namespace settings {
namespace {
char* copy_of(const char* text) {
  char* volatile copy = new char[std::strlen(text) + 1];  // else unused ones are not made
  return std::strcpy(copy, text);
}
std::size_t read(const char* text) {
  const char* copy = copy_of(text);
  const std::size_t size = std::strlen(copy);
  RELEASE
  return size;
}
std::size_t parse(const char* text) {
  const std::size_t size = read(text);
  return size > 3 ? size : 3;
}
}  // namespace
std::size_t load() {
  const std::size_t bytes = parse("a setting of all tests");
  MORE
  return bytes;
}
}  // namespace settings
"""
HEADER = "#pragma once\n#include <cstddef>\nnamespace settings {\nstd::size_t load();\n}\n"
# Four frames of the library make a fingerprint; of a shallower one each caller has its own.
DEEP_LEAK = 'for (int i = 0; i < 4; ++i) parse("another");'
SHALLOW_LEAK = "long* volatile one = new long; one = nullptr;"
PLAIN = """
#include "settings.hpp"
#include <string>
#include <vector>
namespace case_NUMBER {
std::size_t run() {
  std::vector<std::string> texts(NUMBER, std::string(40, 'a'));
  OWN
  return texts.size() + settings::load();
}
}
int main() { return case_NUMBER::run() == 0; }
"""
KILLED = """
#include "settings.hpp"
#include <csignal>
int main() {
  settings::load();
  raise(SIGKILL);
}
"""
DEATH = """
#include "settings.hpp"
#include <cstdlib>
#include <gtest/gtest.h>
TEST(death, of_a_child) {
  GTEST_FLAG_SET(death_test_style, "STYLE");
  EXPECT_DEATH({ settings::load(); std::abort(); }, "");
}
TEST(death, settings_are_loaded) { EXPECT_GT(settings::load(), 0u); }
"""
OWN_LEAK = "int* volatile seven = new int[7]; seven = nullptr;"


@dataclass
class Suite:
    """Where it lies, and how many tests are plain ones."""

    folder: Path
    plain: int

    def __post_init__(self):
        self.captures = self.folder / "b" / "leaks.captures"
        self.baseline = self.folder / "leaks.txt"

    def write(self, leaks_in_library, more="", leaking_case=0):
        text = SETTINGS.replace("RELEASE", "" if leaks_in_library else "delete[] copy;")
        (self.folder / "settings.cpp").write_text(text.replace("MORE", more))
        (self.folder / "settings.hpp").write_text(HEADER)
        for number in range(1, self.plain + 1):
            path = self.folder / f"plain_{number}.cpp"
            own = OWN_LEAK if number == leaking_case else ""
            text = PLAIN.replace("NUMBER", str(number)).replace("OWN", own)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        for name, text in (("killed", KILLED), ("death_fast", DEATH.replace("STYLE", "fast")),
                           ("death_again", DEATH.replace("STYLE", "threadsafe"))):
            if not (self.folder / f"{name}.cpp").exists():
                (self.folder / f"{name}.cpp").write_text(text)

    def make(self, build, gate_args=()):
        lists = LISTS.format(track=build.track, module=ROOT / "cmake" / "track-gate.cmake",
                             plain=self.plain)
        if not (self.folder / "CMakeLists.txt").exists():
            (self.folder / "CMakeLists.txt").write_text(lists)
        for command in (["cmake", "-G", "Ninja", "-S", self.folder, "-B", self.folder / "b",
                         f"-DGATE_ARGS={';'.join(gate_args)}"],
                        ["cmake", "--build", self.folder / "b", "-j", "2"]):
            done = run(command, seconds=SECONDS)
            if done.status != 0:
                raise Failure((done.stdout + done.stderr).decode()[-3000:])

    def ctest(self, jobs="8", skip=""):
        """The tests that failed, and the gate's report."""
        words = ["ctest", "--test-dir", self.folder / "b", "-j", jobs]
        done = run([*words, "-E", skip] if skip else words, seconds=SECONDS)
        failed = {line.split()[2] for line in done.stdout.decode().splitlines()
                  if " - " in line and line.split()[0].isdigit()}
        report = self.folder / "b" / "leaks.json"
        judged = json.loads(report.read_text()) if report.exists() else None
        report.unlink(missing_ok=True)
        return failed, judged


def in_state(judged, state):
    """[(kind, first function of ours, blocks)], as listed."""
    found = []
    for each in judged["findings"]:
        if each.get("state") == state and each["kind"] in ("lost", "cycle"):
            names = [frame["function"] for frame in each["stack"] if frame["function"]]
            found.append((each["kind"], next((name for name in names if "operator" not in name), "?"),
                          each["blocks"]))
    return found
