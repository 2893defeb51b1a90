// Caches with probes: one that four threads ask, a probed map, one that is gone before the end.
// `kill`: ended by SIGKILL; `fork`: a child goes on with the inherited one.
// expect: {"exit": {"kind": "exited", "code": 0}, "states": ["complete"]}
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <track/cache_probe.hpp>
#include <track/probed_map.hpp>

namespace {

int g_sessions = 0;  // stands for a container in static memory
track::cache_probe g_probe("sessions", &g_sessions);
track::probed_map<std::map<int, std::string>>* g_images = nullptr;

void ask_together() {
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i) {
    all.emplace_back([] {
      for (int round = 0; round < 1000; ++round) {
        g_probe.miss();
        g_probe.insert();
        g_probe.hit(2);
        if (round % 2 == 0) {
          g_probe.evict(std::chrono::milliseconds(50));
        }
      }
    });
  }
  for (std::thread& each : all) {
    each.join();
  }
}

void fill_images() {
  g_images = new track::probed_map<std::map<int, std::string>>("images");
  for (int i = 0; i < 10; ++i) {
    g_images->emplace(i, std::string(100, 'x'));
  }
  g_images->find(1);
  g_images->find(1);
  g_images->find(77);
  g_images->erase(2);
  g_images->evict(3);
}

void come_and_go() {
  track::cache_probe gone("gone");
  gone.insert(5);
  gone.hit();
}

void go_on_in_a_child() {
  const pid_t child = fork();
  if (child == 0) {
    g_probe.hit(7);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

}  // namespace

int main(int count, char** words) {
  const char* const how = count > 1 ? words[1] : "";
  ask_together();
  fill_images();
  come_and_go();
  if (std::strcmp(how, "fork") == 0) {
    go_on_in_a_child();
  }
  if (std::strcmp(how, "kill") == 0) {
    raise(SIGKILL);
  }
  return 0;
}
