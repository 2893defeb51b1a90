// A ledger that this process shares with tracked programs, mapped for reading and clearing.
// Floor 6.
//
// Either a memfd made here, with many slots, or a file that a plain preload made, with one. Slots
// are mapped one by one when first asked for: the whole is sparse and far larger than memory.
// The bytes are written by others at any time: read them through libtrack/ledger/reader.hpp.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libtrack/ledger/format.hpp"
#include "libtrack/support/files.hpp"
#include "libtrack/support/result.hpp"

namespace track::tools {

struct ledger_options {
  std::uint32_t depth_frames = 64;
  bool record_args = false;
  std::uint64_t exit_stills = 0;
  // The pipe of stills' graphs; 0: none.
  std::uint64_t graph_descriptor = 0;
  std::uint64_t graph_inode = 0;
};

class shared_ledger {
 public:
  // A sealed memfd. errors: internal, no memory file or no room for one slot under RLIMIT_FSIZE.
  static result<shared_ledger> create(const ledger_options& options);

  // A ledger file of a plain preload. errors: bad_input, not readable or no ledger.
  static result<shared_ledger> open(const std::string& path);

  // A memory file that another process made; `name` for messages. errors: bad_input.
  static result<shared_ledger> of_descriptor(file_descriptor file, const std::string& name) {
    return map_header(std::move(file), name);
  }

  shared_ledger(shared_ledger&& other) noexcept;
  shared_ledger& operator=(shared_ledger&& other) noexcept;
  ~shared_ledger();

  ledger::file_header& header() { return *header_; }
  std::uint32_t slot_count() const { return slot_count_; }
  int descriptor() const { return file_.get(); }
  std::uint64_t inode() const { return inode_; }

  // State of a slot, without giving a free one memory. cost: one system call.
  ledger::slot_state state(std::uint32_t index) const;

  // The first slot from `index` on that has memory, and so may be in use; slot_count(): none has.
  // cost: one system call.
  std::uint32_t next_with_memory(std::uint32_t index) const;

  // Empty when it cannot be mapped.
  std::span<const std::byte> slot(std::uint32_t index);

  std::span<std::byte> writable_slot(std::uint32_t index);
  // Of a plain preload's file; empty: a memory file.
  const std::string& path() const { return path_; }

  // Gives a slot of a dead process back: its memory is returned, its state becomes free.
  void clear(std::uint32_t index);

  // A fork was begun whose child has not found its place yet.
  bool expects_birth() const {
    return __atomic_load_n(&header_->forks_begun, __ATOMIC_ACQUIRE) !=
           __atomic_load_n(&header_->forks_placed, __ATOMIC_ACQUIRE);
  }

  // Sets the clock that the program reads, and says whether it may.
  void tick(std::uint64_t now_ms);
  void set_ticking(bool ticking);

 private:
  shared_ledger() = default;
  static result<shared_ledger> map_header(file_descriptor file, const std::string& name);
  std::byte* map_slot(std::uint32_t index);

  file_descriptor file_;
  std::string path_;
  ledger::file_header* header_ = nullptr;
  std::uint64_t inode_ = 0;
  // Copies of the header's words, checked once: the shared ones may change.
  std::uint32_t slot_count_ = 0;
  std::size_t slot_bytes_ = 0;
  std::vector<std::byte*> slots_;
};

}  // namespace track::tools
