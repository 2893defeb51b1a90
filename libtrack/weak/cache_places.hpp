// Where probed caches count: records of the ledger, else of memory of our own. Floor 3.
//
// A record is in use while its serial is not 0, which is written last and cleared first. One whose
// cache is gone stays as it is, so that the reports have its counts, until no fresh one is left.
// A home says to a probe where its record is, and in which process that is so: the word is 0 in a
// child, which then takes a home of its own.
// Nothing here locks or calls malloc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/rseq.hpp"
#include "libtrack/ledger/format.hpp"

namespace track::detail {

struct alignas(64) probe_home {
  ledger::cache_record* record;
  const unsigned* this_process;
  stripe_source stripes;  // its numbers are not cut: `owned` is the highest there is
};

// Stripes below belong to one processor each; the others are shared by all higher numbers.
inline constexpr std::uint32_t owned_cache_stripes = 12;

struct cache_area {
  ledger::cache_record* records = nullptr;
  probe_home* homes = nullptr;  // as many
  std::uint64_t capacity = 0;
  std::uint64_t* used = nullptr;
};

// As this libc and kernel offer them; without, id_offset is 0.
stripe_source stripes_of_this_system() noexcept;

}  // namespace track::detail
