"""The CMake function that gates a suite of tests with one baseline.
usage: test_gate.py BUILD [CASE…]
"""

from cases import case, expect, main
from harness import ROOT, run
from heap_programs import track

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(suite C)
enable_testing()
set(TRACK_EXECUTABLE {track})
include({module})
foreach(name tidy leaking other)
  add_executable(${{name}} ${{name}}.c)
  target_compile_options(${{name}} PRIVATE -g -O0)
  add_test(NAME suite.${{name}} COMMAND ${{name}})
endforeach()
track_add_test_gate(leaks TARGETS tidy leaking other TESTS suite.tidy suite.leaking suite.other
                    BASELINE ${{CMAKE_SOURCE_DIR}}/leaks.txt
                    GATE_ARGS --junit ${{CMAKE_BINARY_DIR}}/leaks.xml)
"""
CLEAN = "#include <stdlib.h>\nint main(void) { free(malloc(9)); return 0; }\n"
LEAKING = ("#include <stdlib.h>\n__attribute__((noinline)) static void *make(void) { return "
           "malloc(100); }\nint main(void) { return make() == 0; }\n")
OTHER = ("#include <stdlib.h>\n__attribute__((noinline)) static void *forget(void) { return "
         "malloc(64); }\nint main(void) { return forget() == 0; }\n")


def configured(build, folder, **sources):
    (folder / "CMakeLists.txt").write_text(
        PROJECT.format(track=build.track, module=ROOT / "cmake" / "track-gate.cmake"))
    for name, text in sources.items():
        (folder / f"{name}.c").write_text(text)
    for command in (["cmake", "-S", folder, "-B", folder / "b"], ["cmake", "--build", folder / "b"]):
        done = run(command)
        expect(done.status == 0, (done.stdout + done.stderr).decode())


def failed_tests(folder):
    """Names of the tests that failed, and what ctest said."""
    done = run(["ctest", "--test-dir", folder / "b", "-j", "2", "--output-on-failure"])
    text = done.stdout.decode()
    return {line.split()[2] for line in text.splitlines()
            if " - " in line and line.rstrip().endswith("(Failed)")}, text


@case
def a_suite_has_one_verdict_that_goes_red_and_green(build, folder):
    configured(build, folder, tidy=CLEAN, leaking=LEAKING, other=CLEAN)
    failed, text = failed_tests(folder)
    expect(failed == {"leaks"} and "make" in text, text)
    expect(len(list((folder / "b/leaks.captures").glob("*.track"))) == 3, "one a test")
    expect("<failure" in (folder / "b/leaks.xml").read_text(), "the gate's own options")
    track(build, 0, "baseline", folder / "b/leaks.captures", "-o", folder / "leaks.txt")
    configured(build, folder)
    failed, text = failed_tests(folder)
    expect(not failed, text)
    configured(build, folder, other=OTHER)
    failed, text = failed_tests(folder)
    expect(failed == {"leaks"} and "forget" in text, text)
    expect("new" in text and len(list((folder / "b/leaks.captures").glob("*.track"))) == 3,
           "captures of the run before are gone")


@case
def a_test_that_fails_by_itself_does_not_hide_the_verdict(build, folder):
    configured(build, folder, tidy=CLEAN.replace("return 0", "return 7"), leaking=LEAKING,
               other=CLEAN)
    failed, text = failed_tests(folder)
    expect(failed == {"leaks", "suite.tidy"}, text)


@case
def defaults_of_the_project_count_in_a_build_tree_elsewhere(build, folder):
    """The gate takes them, and a leaking test keeps its own status, whatever `fail-on` says to `run`."""
    project = folder / "project"
    project.mkdir()
    (project / ".track.toml").write_text("fail-on = ['lost']\n")
    configured(build, project, tidy=CLEAN, leaking=LEAKING, other=CLEAN)
    run(["cmake", "-S", project, "-B", folder / "b"])
    run(["cmake", "--build", folder / "b"])
    failed, text = failed_tests(folder)
    expect(failed == {"leaks"}, text)
    (project / ".track.toml").write_text("fail-on = ['mismatch']\n")
    failed, text = failed_tests(folder)
    expect(not failed, text)


if __name__ == "__main__":
    main()
