// Finds numbered things by their contents: a hash table of nothing but numbers. Floor 4.
//
// Private to libtrack/capture. The things themselves are the caller's; numbers begin at 1. Eight
// bytes an entry, at most half of the places taken; no allocation but to grow. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace track::capture {

class number_index {
 public:
  // The number kept under `hash` for which `same(number)` holds; if there is none, `next` is kept
  // and returned. cost: mostly one cache line.
  template <typename Same>
  std::uint32_t find_or_add(std::uint64_t hash, std::uint32_t next, Same&& same) {
    if (entries_.size() < (used_ + 1) * 2) {
      grow();
    }
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    entry* at = &entries_[place_of(tag)];
    for (; at->number != 0; at = after(at)) {
      if (at->tag == tag && same(at->number)) {
        return at->number;
      }
    }
    *at = {tag, next};
    ++used_;
    return next;
  }

  // A hash of two words whose upper half is good.
  static std::uint64_t hash_of(std::uint64_t one, std::uint64_t other) {
    std::uint64_t mixed = (one * 0x9e3779b97f4a7c15) ^ other;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93;
    return (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93;
  }

 private:
  struct entry {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  // 0: free
  };

  std::size_t place_of(std::uint32_t tag) const { return tag & (entries_.size() - 1); }
  entry* after(entry* at) { return at == &entries_.back() ? entries_.data() : at + 1; }

  void grow() {
    const std::vector<entry> old =
        std::exchange(entries_, std::vector<entry>(entries_.empty() ? 256 : entries_.size() * 2));
    for (const entry& each : old) {
      if (each.number != 0) {
        entry* at = &entries_[place_of(each.tag)];
        while (at->number != 0) {
          at = after(at);
        }
        *at = each;
      }
    }
  }

  std::vector<entry> entries_;  // a power of two
  std::size_t used_ = 0;
};

}  // namespace track::capture
