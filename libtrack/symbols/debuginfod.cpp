#include "libtrack/symbols/debuginfod.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace track::symbols {

namespace {

struct debuginfod_client;  // libdebuginfod's, opaque

using progress_function = int (*)(debuginfod_client*, long, long);
using clock = std::chrono::steady_clock;

constexpr std::chrono::minutes patience{2};
thread_local clock::time_point deadline;

struct library {
  debuginfod_client* (*begin)() = nullptr;
  void (*end)(debuginfod_client*) = nullptr;
  int (*find)(debuginfod_client*, const unsigned char*, int, char**) = nullptr;
  void (*on_progress)(debuginfod_client*, progress_function) = nullptr;

  bool complete() const {
    return begin != nullptr && end != nullptr && find != nullptr && on_progress != nullptr;
  }
};

template <typename Function>
void load(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
}

const library& loaded() {
  static const library functions = [] {
    library found;
    // Never unloaded: its dependencies register handlers at exit.
    if (void* handle = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL)) {
      load(handle, "debuginfod_begin", found.begin);
      load(handle, "debuginfod_end", found.end);
      load(handle, "debuginfod_find_debuginfo", found.find);
      load(handle, "debuginfod_set_progressfn", found.on_progress);
    }
    return found;
  }();
  return functions;
}

int stop_when_late(debuginfod_client*, long, long) {
  return clock::now() > deadline ? 1 : 0;
}

error no_file(const std::string& why) {
  return {error_code::not_found, "debuginfod: " + why};
}

}  // namespace

bool debuginfod_wanted() {
  const char* urls = std::getenv("DEBUGINFOD_URLS");
  return urls != nullptr && *urls != '\0';
}

result<std::string> debuginfod_find(std::span<const std::uint8_t> build_id) {
  static thread_local bool gave_up = false;
  if (gave_up) {
    return no_file("not asked again after a server did not answer in time");
  }
  const library& functions = loaded();
  if (!functions.complete()) {
    return no_file("DEBUGINFOD_URLS is set, but libdebuginfod.so.1 cannot be loaded");
  }
  const std::unique_ptr<debuginfod_client, void (*)(debuginfod_client*)> client(functions.begin(),
                                                                                functions.end);
  if (client == nullptr) {
    return no_file("the client library could not start");
  }
  deadline = clock::now() + patience;
  functions.on_progress(client.get(), stop_when_late);
  char* name = nullptr;
  const int descriptor =
      functions.find(client.get(), build_id.data(), static_cast<int>(build_id.size()), &name);
  const std::unique_ptr<char, void (*)(void*)> path(name, std::free);
  if (descriptor < 0) {
    gave_up = descriptor == -ETIME || clock::now() > deadline;
    return no_file(descriptor == -ENOENT ? "no server has the debug file"
                                         : std::strerror(-descriptor));
  }
  close(descriptor);
  return path == nullptr ? result<std::string>(no_file("no path was given"))
                         : result<std::string>(std::string(path.get()));
}

}  // namespace track::symbols
