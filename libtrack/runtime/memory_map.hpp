// The mappings of this process, read once from /proc/self/maps. Floor 3, freestanding.
//
// For the still alone: one thread, raw system calls, memory by mmap. Sorted by address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace track::runtime {

struct mapping {
  std::uintptr_t start;
  std::uintptr_t end;
  std::uint64_t inode;  // 0: anonymous
  std::uint32_t path;   // offset of its text in memory_map::text, ended by zero
  bool readable;
  bool writable;
  bool executable;
  bool shared;
};

class memory_map {
 public:
  // errors: false when it cannot be read at all. What does not fit is cut: `complete` tells.
  bool read();

  std::size_t count() const { return count_; }
  const mapping& operator[](std::size_t index) const { return mappings_[index]; }
  const char* path_of(const mapping& of) const { return text_ + of.path; }
  bool complete() const { return complete_; }

  // The mapping that holds the address, or nullptr. cost: a binary search.
  const mapping* find(std::uintptr_t address) const;

  // Bytes from `address` on, at most `size_bytes`, that can be read. For rising addresses.
  // cost: constant, amortised.
  std::size_t readable_from(std::uintptr_t address, std::size_t size_bytes);

 private:
  void take_line(char* line);

  mapping* mappings_ = nullptr;
  std::size_t count_ = 0;
  std::size_t cursor_ = 0;
  char* text_ = nullptr;
  bool complete_ = true;
};

}  // namespace track::runtime
