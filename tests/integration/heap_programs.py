"""Programs that leak, built and tracked: for the scripts about what a report says of them."""

import json
import os

from cases import expect
from harness import run

SCRUB = r"""
// Overwrites what calls left on the stack, which the conservative scan would take for pointers.
__attribute__((noinline)) static void scrub() {
  volatile char room[16384];
  for (unsigned long i = 0; i < sizeof room; ++i) room[i] = 0;
}
"""

# Forgets COUNT blocks, five calls below main.
LEAKING = SCRUB + r"""
#include <csignal>
#include <cstdlib>
#include <cstring>
#ifndef COUNT
#define COUNT 5
#endif
void* volatile sink;
static void touch() { asm volatile("" ::: "memory"); }
static void make_session(int size) {
  sink = std::malloc(size);
  std::memset(sink, 1, size);
  sink = nullptr;
  touch();
}
static void serve_client(int size) { make_session(size); touch(); }
#ifdef WRAPPED
static void measure_time(int size) { serve_client(size); touch(); }
#define serve_client measure_time
#endif
static void run_server(int size) {
  for (int i = 0; i < COUNT; ++i) serve_client(size);
  touch();
}
#ifdef MORE
static void parse_file() { sink = std::malloc(99); sink = nullptr; touch(); }
#endif
int main() {
  run_server(24);
#ifdef MORE
  parse_file();
#endif
  scrub();
#ifdef KILLED
  raise(SIGKILL);
#endif
  return 0;
}
"""

CYCLE = SCRUB + r"""
#include <memory>
#include <unistd.h>
struct Peer;
struct Session { long id = 1; std::shared_ptr<Peer> peer; };
struct Peer { long id = 2; long more = 3; std::shared_ptr<Session> session; };
static void connect() {
  auto session = std::make_shared<Session>();
  usleep(20000);  // so that one of them is the older one
  session->peer = std::make_shared<Peer>();
  session->peer->session = session;
}
struct Table { Table* next = nullptr; char* text = nullptr; };
Table* g_table;
int main() {
  for (int i = 0; i < 3; ++i) connect();
  g_table = new Table;
  g_table->next = new Table;
  g_table->next->text = new char[1000];
  scrub();
  return 0;
}
"""


def compiled(folder, source, *flags, name="server"):
    """Compiles `source` into folder/NAME; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.cpp").write_text(source)
    done = run([os.environ.get("CXX", "c++"), "-std=c++17", "-g", *flags, "server.cpp", "-o", name],
               cwd=folder)
    expect(done.status == 0, done.stderr)
    return folder / name


def captured(build, folder, program, name, *options):
    capture = folder / f"{name}.track"
    run([build.track, "run", "--quiet", *options, "-o", capture, "--", program])
    expect(capture.exists(), f"no {capture.name}")
    return capture


def leaking_capture(build, folder, name, *flags, source=LEAKING, where="src"):
    return captured(build, folder, compiled(folder / where, source, *flags), name)


def track(build, status, *words):
    done = run([build.track, *words])
    expect(done.status == status, f"track {words}: {done.status}, not {status}\n"
           f"{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


def track_json(build, status, *words):
    return json.loads(track(build, status, *words, "-f", "json"))


def baseline_of(build, folder, *captures):
    path = folder / "leaks.txt"
    track(build, 0, "baseline", *captures, "-o", path)
    return path


def findings(report, kind):
    return [each for each in report["findings"] if each["kind"] == kind]
