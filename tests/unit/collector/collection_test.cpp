#include "tools/collector/collection.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "libtrack/ledger/encode.hpp"
#include "tests/unit/ledger/builder.hpp"
#include "tools/collector/clock.hpp"

namespace track::tools {
namespace {

using ledger::slot_state;

// A child that lives until it is told to end, like a tracked program.
class sleeper {
 public:
  sleeper() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[1]);
      char byte;
      const ssize_t count = read(ends[0], &byte, 1);
      _exit(count == 1 ? byte : 0);
    }
    close(ends[0]);
    pipe_ = ends[1];
  }
  ~sleeper() {
    if (pipe_ >= 0) {
      kill(pid_, SIGKILL);
      wait_status();
    }
  }
  sleeper(const sleeper&) = delete;
  sleeper& operator=(const sleeper&) = delete;

  pid_t pid() const { return pid_; }
  int end_with(char code) {
    EXPECT_EQ(write(pipe_, &code, 1), 1);
    return wait_status();
  }

 private:
  int wait_status() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    close(pipe_);
    pipe_ = -1;
    return status;
  }

  pid_t pid_ = -1;
  int pipe_ = -1;
};

class collection_of_ledger : public testing::Test {
 protected:
  collection_of_ledger() {
    std::string name = testing::TempDir() + "track-collection-XXXXXX";
    folder_ = mkdtemp(name.data());
    auto made = shared_ledger::create({});
    EXPECT_TRUE(made);
    ledger_.emplace(*std::move(made));
    auto writer = capture::writer::create((folder_ / "it.track.partial").string(), {});
    EXPECT_TRUE(writer);
    collection_.emplace(*std::move(writer), collection_options{});
  }
  ~collection_of_ledger() override { std::filesystem::remove_all(folder_); }

  // Puts a process into a slot, as the preload does.
  void claim(std::uint32_t index, ledger::test::process_builder& process) {
    const std::vector<std::byte> bytes = process.slot();
    const std::uint64_t offset = ledger::page_bytes + index * ledger_->header().slot_bytes;
    ASSERT_EQ(pwrite(ledger_->descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes.size()));
    ++ledger_->header().next_process;
  }

  ledger::test::process_builder process_of(pid_t pid, std::uint64_t number) {
    ledger::test::process_builder process(static_cast<std::uint32_t>(pid), number);
    const auto stat = read_process_stat(pid);
    process.image().start_ticks = stat ? stat->start_ticks : 0;
    const auto site = process.site(process.frame(0x1000, process.module("/bin/x")));
    process.allocate(site, 5, 10);
    return process;
  }

  void round() {
    const std::uint64_t now = mono_ms();
    collection_->look_for_new(*ledger_, now);
    collection_->work(now);
  }

  capture::contents finished() {
    EXPECT_TRUE(collection_->writer().finalize((folder_ / "it.track").string(), {}));
    auto reader = capture::reader::open((folder_ / "it.track").string());
    EXPECT_TRUE(reader);
    auto contents = reader->load();
    EXPECT_TRUE(contents);
    return *std::move(contents);
  }

  std::filesystem::path folder_;
  std::optional<shared_ledger> ledger_;
  std::optional<collection> collection_;
};

TEST_F(collection_of_ledger, a_process_is_watched_while_it_lives_and_stored_when_it_is_gone) {
  sleeper child;
  auto process = process_of(child.pid(), 0);
  claim(7, process);
  round();
  EXPECT_EQ(collection_->alive(), 1u);
  EXPECT_TRUE(collection_->watches(child.pid()));
  collection_->note_status(child.pid(), child.end_with(3));
  round();
  EXPECT_EQ(collection_->alive(), 0u);
  EXPECT_EQ(ledger_->state(7), slot_state::free);
  EXPECT_EQ(collection_->totals().live_bytes, 50);
  const capture::contents contents = finished();
  ASSERT_EQ(contents.processes.size(), 1u);
  EXPECT_EQ(contents.processes[0].end.kind, capture::end_kind::exited);
  EXPECT_EQ(contents.processes[0].end.code, 3);
}

TEST_F(collection_of_ledger, a_cleared_slot_is_empty) {
  sleeper child;
  auto process = process_of(child.pid(), 0);
  claim(0, process);
  round();
  child.end_with(0);
  round();
  const auto slot = ledger_->slot(0);
  ASSERT_FALSE(slot.empty());
  const std::size_t looked_at = process.slot().size();
  for (std::size_t i = 0; i < looked_at; ++i) {
    ASSERT_EQ(slot[i], std::byte{0}) << i;
  }
}

TEST_F(collection_of_ledger, a_cleared_slot_gives_its_memory_back) {
  EXPECT_EQ(ledger_->next_with_memory(0), ledger_->slot_count());
  sleeper child;
  auto process = process_of(child.pid(), 0);
  claim(7, process);
  EXPECT_EQ(ledger_->next_with_memory(0), 7u);
  EXPECT_EQ(ledger_->next_with_memory(7), 7u);
  EXPECT_EQ(ledger_->next_with_memory(8), ledger_->slot_count());
  round();
  child.end_with(0);
  round();
  EXPECT_EQ(ledger_->next_with_memory(0), ledger_->slot_count());
}

TEST_F(collection_of_ledger, modules_of_the_living_are_told_as_they_come) {
  std::vector<std::string> told;
  collection_options options;
  options.on_module = [&](const capture::module_key& module) { told.push_back(module.path); };
  auto writer = capture::writer::create((folder_ / "other.track.partial").string(), {});
  ASSERT_TRUE(writer);
  collection_.emplace(*std::move(writer), std::move(options));
  sleeper child;
  auto process = process_of(child.pid(), 0);
  claim(0, process);
  round();
  EXPECT_EQ(told, std::vector<std::string>{"/bin/x"});
  round();
  EXPECT_EQ(told.size(), 1u);
  process.module("/bin/y");
  claim(0, process);
  round();
  EXPECT_EQ(told, (std::vector<std::string>{"/bin/x", "/bin/y"}));
}

TEST_F(collection_of_ledger, a_held_process_waits_for_its_status) {
  sleeper child;
  auto process = process_of(child.pid(), 0);
  claim(0, process);
  round();
  const int status = child.end_with(9);
  collection_->work(mono_ms(), child.pid());
  EXPECT_EQ(collection_->alive(), 1u);
  collection_->note_status(child.pid(), status);
  round();
  EXPECT_EQ(finished().processes[0].end.code, 9);
}

TEST_F(collection_of_ledger, an_image_is_execed_when_its_successor_appears) {
  sleeper child;
  auto first = process_of(child.pid(), 0);
  claim(0, first);
  round();
  auto second = process_of(child.pid(), 1);
  second.image().origin = ledger::process_origin::exec;
  claim(1, second);
  round();
  round();
  EXPECT_EQ(collection_->alive(), 1u);
  child.end_with(0);
  round();
  const capture::contents contents = finished();
  ASSERT_EQ(contents.processes.size(), 2u);
  EXPECT_EQ(contents.processes[0].end.kind, capture::end_kind::execed);
  EXPECT_EQ(contents.processes[1].end.kind, capture::end_kind::exited);
  EXPECT_TRUE(contents.untracked.empty());
  EXPECT_EQ(collection_->totals().live_blocks, 5) << "blocks alive at an exec are no survivors";
}

TEST_F(collection_of_ledger, a_successor_that_never_comes_is_untracked) {
  sleeper child;
  auto process = process_of(child.pid(), 0);
  process.image().path = ledger::exit_path::exec;
  claim(0, process);
  round();
  child.end_with(0);
  round();
  const capture::contents contents = finished();
  ASSERT_EQ(contents.untracked.size(), 1u);
  EXPECT_EQ(contents.untracked[0].parent_process, 0u);
  EXPECT_FALSE(contents.untracked[0].asked_for);
}

TEST_F(collection_of_ledger, a_reused_pid_is_not_the_process) {
  sleeper stranger;
  auto process = process_of(stranger.pid(), 0);
  process.image().start_ticks -= 1;
  process.ended(ledger::exit_path::exit, 4);
  claim(0, process);
  round();
  EXPECT_EQ(collection_->alive(), 0u);
  EXPECT_EQ(finished().processes[0].end.code, 4);
}

TEST_F(collection_of_ledger, what_still_runs_is_stored_as_running) {
  sleeper child;
  auto process = process_of(child.pid(), 0);
  claim(0, process);
  round();
  collection_->store_running(mono_ms());
  EXPECT_EQ(finished().processes[0].end.kind, capture::end_kind::running);
}

TEST_F(collection_of_ledger, a_damaged_slot_is_reported_and_given_back) {
  sleeper child;
  auto process = process_of(child.pid(), 0);
  claim(0, process);
  const std::uint64_t nonsense = ~std::uint64_t{0};
  ASSERT_EQ(
      pwrite(ledger_->descriptor(), &nonsense, sizeof nonsense,
             static_cast<off_t>(ledger::page_bytes + offsetof(ledger::slot_header, slot_bytes))),
      8);
  round();
  child.end_with(0);
  round();
  EXPECT_EQ(ledger_->state(0), slot_state::free);
  EXPECT_EQ(finished().untracked.size(), 1u);
}

}  // namespace
}  // namespace track::tools
