// Names from a debuginfod server: a real one, on the loopback, for one folder.
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libtrack/support/files.hpp"
#include "libtrack/symbols/resolver.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using clock = std::chrono::steady_clock;

std::uint16_t free_port() {
  const file_descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// Runs until the object goes; its words can be waited for.
class server {
 public:
  server(const std::string& folder, std::uint16_t port) {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) {
      return;
    }
    words_ = file_descriptor(ends[0]);
    const file_descriptor writer(ends[1]);
    const std::string number = std::to_string(port);
    const std::string database = folder + "/index";
    const std::string files = folder + "/served";
    pid_ = fork();
    if (pid_ == 0) {
      dup2(writer.get(), STDOUT_FILENO);
      dup2(writer.get(), STDERR_FILENO);
      alarm(120);
      unsetenv("DEBUGINFOD_URLS");
      execlp("debuginfod", "debuginfod", "-vvv", "-p", number.c_str(), "-d", database.c_str(), "-F",
             files.c_str(), nullptr);
      _exit(127);
    }
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      waitpid(pid_, nullptr, 0);
    }
  }

  // False after a minute without, or when the server is gone.
  bool said(const std::string& expected) {
    const auto deadline = clock::now() + std::chrono::minutes(1);
    while (heard_.find(expected) == std::string::npos) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now());
      pollfd waiting = {words_.get(), POLLIN, 0};
      char buffer[4096];
      if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) {
        return false;
      }
      const ssize_t count = read(words_.get(), buffer, sizeof buffer);
      if (count <= 0) {
        return false;
      }
      heard_.append(buffer, static_cast<std::size_t>(count));
    }
    return true;
  }

  const std::string& heard() const { return heard_; }

 private:
  pid_t pid_ = -1;
  file_descriptor words_;
  std::string heard_;
};

class debuginfod : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_tool("debuginfod")) {
      GTEST_SKIP() << "debuginfod is not installed (Debian package debuginfod)";
    }
    ASSERT_TRUE(shop_.run("g++ -g -O2 -Wl,--build-id '" + test::fixture_path("inlines.cpp") +
                          "' -o full && mkdir served cache && "
                          "objcopy --only-keep-debug full served/full.debug && "
                          "strip full -o bare"));
    module_ = {shop_.path("bare"), test::build_id_of(shop_, "full")};
    outer_ = test::function_range(shop_, "full", "app::outer").first;
    setenv("DEBUGINFOD_CACHE_PATH", shop_.path("cache").c_str(), 1);
  }
  void TearDown() override {
    unsetenv("DEBUGINFOD_URLS");
    unsetenv("DEBUGINFOD_CACHE_PATH");
  }

  test::workshop shop_;
  module_key module_;
  std::uint64_t outer_ = 0;
};

TEST_F(debuginfod, lines_come_from_the_server_only_when_it_is_named) {
  const std::uint16_t port = free_port();
  server running(shop_.folder(), port);
  ASSERT_TRUE(running.said("started http server on IPv4")) << running.heard();
  // Said when the debug file is in the index, from where it is served.
  ASSERT_TRUE(running.said("atype=D")) << running.heard();

  unsetenv("DEBUGINFOD_URLS");
  resolver without;
  without.resolve(module_, outer_);
  EXPECT_NE(without.status(module_).names, name_source::debug_info);
  EXPECT_TRUE(std::filesystem::is_empty(shop_.path("cache")));

  setenv("DEBUGINFOD_URLS", ("http://127.0.0.1:" + std::to_string(port)).c_str(), 1);
  resolver_options options;
  options.debuginfod = false;
  resolver forbidden(options);
  EXPECT_NE(forbidden.status(module_).names, name_source::debug_info);
  EXPECT_TRUE(std::filesystem::is_empty(shop_.path("cache")));

  resolver asking;
  const auto chain = asking.resolve(module_, outer_);
  ASSERT_FALSE(chain.empty()) << running.heard();
  EXPECT_EQ(chain.back().function, "app::outer(int, char const*)");
  EXPECT_GT(chain.back().line, 0U);
  EXPECT_TRUE(asking.status(module_).debug_file.starts_with(shop_.path("cache")));
}

TEST_F(debuginfod, a_server_that_is_not_there_is_a_reason_and_no_more) {
  setenv("DEBUGINFOD_URLS", ("http://127.0.0.1:" + std::to_string(free_port())).c_str(), 1);
  resolver names;
  EXPECT_TRUE(names.resolve(module_, outer_).empty());
  EXPECT_THAT(names.status(module_).reasons, testing::Contains(testing::HasSubstr("debuginfod")));
}

}  // namespace
}  // namespace track::symbols
