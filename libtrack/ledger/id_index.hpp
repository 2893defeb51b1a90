// A hash index of records that lie elsewhere: hash → 24-bit number. Floor 1, freestanding.
//
// The writer's way from content to the record that has it, in shared memory but of no use to a
// reader. Buckets of one cache line, two for every hash, so a look-up touches two lines; each entry
// carries eight bits of the hash. When a table is full, one twice as large takes over: every
// insertion moves a few entries, and the old table's memory is given back.
// Any thread and any signal handler may look up and insert at any time, nothing locks. Threads that
// meet may miss what the other has just put in, and a caller then adds a record twice: at most one
// for each thread that runs and 64 for each move that is abandoned. No allocation.
#pragma once

#include <cstdint>

namespace track::ledger {

inline std::uint64_t mix_bits(std::uint64_t word) {
  word = (word ^ (word >> 32)) * 0x9e3779b97f4a7c15;
  word = (word ^ (word >> 29)) * 0xbf58476d1ce4e5b9;
  return word ^ (word >> 32);
}

class id_index {
 public:
  static constexpr unsigned id_bits = 24;

  // Tables that are needed for `ids` numbers, and the entries of all of them.
  static unsigned levels_for(std::uint64_t ids);
  static std::uint64_t entries_for(std::uint64_t ids);

  // Forgets everything; then `place` says where the tables are, all zero. `punch`: memory is given
  // back to the file too.
  void reset(std::uint64_t ids, bool punch);
  void place(std::uint32_t* entries) { entries_ = entries; }

  // The number under `hash` for which same(number) holds, 0: none.
  template <typename Same>
  std::uint32_t find(std::uint64_t hash, Same&& same) const {
    const unsigned newest = __atomic_load_n(&newest_, __ATOMIC_ACQUIRE);
    const std::uint32_t found = find_in(newest, hash, same);
    if (found != 0 || newest == 0 ||
        __atomic_load_n(&moved_[newest], __ATOMIC_ACQUIRE) >= level_entries(newest - 1)) {
      return found;
    }
    return find_in(newest - 1, hash, same);
  }

  // Puts `id` under `hash`; hash_of(id) gives the hash of one that is in already. False: full.
  template <typename HashOf>
  bool insert(std::uint64_t hash, std::uint32_t id, HashOf&& hash_of) {
    while (move_some(hash_of) && !has_room()) {
    }
    if (!has_room()) {
      open_next();
    }
    if (put(__atomic_load_n(&newest_, __ATOMIC_ACQUIRE), hash, id)) {
      return true;
    }
    // Both buckets are full before the table is.
    while (move_some(hash_of)) {
    }
    open_next();
    return put(__atomic_load_n(&newest_, __ATOMIC_ACQUIRE), hash, id);
  }

 private:
  static constexpr unsigned most_levels = 16;
  static constexpr unsigned first_level_bits = 10;
  static constexpr std::uint32_t bucket_entries = 16;
  static constexpr std::uint32_t entries_a_move = 64;
  static constexpr std::uint32_t id_mask = (1u << id_bits) - 1;

  static constexpr std::uint32_t level_entries(unsigned level) {
    return 1u << (first_level_bits + level);
  }
  std::uint32_t* table(unsigned level) const {
    return entries_ + (level_entries(level) - level_entries(0));
  }
  // The two buckets of a hash, as the index of their first entry.
  static std::uint32_t bucket_of(std::uint64_t hash, unsigned choice, unsigned level) {
    const auto part = static_cast<std::uint32_t>(choice == 0 ? hash : hash >> 26);
    return part * bucket_entries & (level_entries(level) - 1);
  }
  static std::uint32_t mark_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 56) << id_bits;
  }

  template <typename Same>
  std::uint32_t find_in(unsigned level, std::uint64_t hash, Same&& same) const {
    for (unsigned choice = 0; choice < 2; ++choice) {
      const std::uint32_t* bucket = table(level) + bucket_of(hash, choice, level);
      for (std::uint32_t i = 0; i < bucket_entries; ++i) {
        const std::uint32_t entry = __atomic_load_n(&bucket[i], __ATOMIC_ACQUIRE);
        if (entry == 0) {
          break;
        }
        if ((entry & ~id_mask) == mark_of(hash) && same(entry & id_mask)) {
          return entry & id_mask;
        }
      }
    }
    return 0;
  }

  // Moves the next entries of the table before; false when there are none left to begin with.
  template <typename HashOf>
  bool move_some(HashOf&& hash_of) {
    const unsigned newest = __atomic_load_n(&newest_, __ATOMIC_ACQUIRE);
    if (newest == 0) {
      return false;
    }
    const std::uint32_t old_entries = level_entries(newest - 1);
    if (__atomic_load_n(&move_begun_[newest], __ATOMIC_RELAXED) >= old_entries) {
      return false;
    }
    const std::uint32_t start =
        __atomic_fetch_add(&move_begun_[newest], entries_a_move, __ATOMIC_RELAXED);
    if (start >= old_entries) {
      return false;
    }
    for (std::uint32_t i = start; i < start + entries_a_move; ++i) {
      const std::uint32_t entry = __atomic_load_n(&table(newest - 1)[i], __ATOMIC_ACQUIRE);
      if (entry != 0) {
        put(newest, hash_of(entry & id_mask), entry & id_mask);
      }
    }
    if (__atomic_add_fetch(&moved_[newest], entries_a_move, __ATOMIC_ACQ_REL) == old_entries) {
      give_back(newest - 1);
    }
    return true;
  }

  bool has_room() const;
  void open_next();
  bool put(unsigned level, std::uint64_t hash, std::uint32_t id);
  void give_back(unsigned level);

  std::uint32_t* entries_ = nullptr;
  unsigned levels_ = 0;
  unsigned newest_ = 0;
  bool punch_ = false;
  std::uint32_t counts_[most_levels] = {};      // entries in a table
  std::uint32_t move_begun_[most_levels] = {};  // of the table before, entries given to movers
  std::uint32_t moved_[most_levels] = {};       // and those that have arrived
};

}  // namespace track::ledger
