#include "libtrack/unwind/stack_memo.hpp"

#include <array>

#include "libtrack/unwind/links.hpp"
#include "libtrack/unwind/memory.hpp"
#include "libtrack/unwind/walk.hpp"

namespace track::unwind {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uintptr_t);

constexpr std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

// Odd, so that no change of one word is lost. source: splitmix64.
constexpr auto factors = [] {
  std::array<std::uint64_t, 109> made{};
  std::uint64_t state = 1;
  for (std::uint64_t& each : made) {
    each = next_random(state) | 1;
  }
  return made;
}();

bool is_on_stack(const stack_cache& of, std::uintptr_t stack_pointer, std::uintptr_t place) {
  return place >= stack_pointer && place >= of.readable_low && place < of.readable_high &&
         place % word_bytes == 0;
}

}  // namespace

std::uint64_t stack_memo::key_of(const registers& start, std::uint16_t tag) {
  std::uint64_t key = (start.pc ^ std::uint64_t{tag} << 48) * factors[0];
  key ^= (start.stack_pointer ^ key >> 29) * factors[1];
  return (key ^ key >> 32) | 1;
}

std::uint64_t stack_memo::sum_of(const entry& noted, const registers& start) {
  std::uint64_t sum = noted.from_frame_pointer != 0 ? start.frame_pointer * factors[most_words] : 0;
  for (std::size_t i = 0; i < noted.count; ++i) {
    sum += load_word(start.stack_pointer + noted.places[i] * word_bytes) * factors[i];
  }
  return sum;
}

std::uint32_t stack_memo::find(const registers& start, std::uint16_t tag, const stack_cache& last) {
  if (passing_ != 0) {
    --passing_;
    return 0;
  }
  if (++looks_ == looks_judged) {
    passing_ = known_ < fewest_known ? stacks_passed : 0;
    looks_ = known_ = 0;
  }
  if (start.stack_pointer - last.readable_low >= last.readable_high - last.readable_low) {
    return 0;
  }
  const std::uint64_t key = key_of(start, tag);
  const std::size_t set = (key >> 8) % sets;
  for (std::size_t way = 0; way < ways; ++way) {
    const entry& noted = entries_[set][way];
    if (keys_[set][way] == key && noted.pc == start.pc &&
        noted.stack_pointer == start.stack_pointer && noted.tag == tag &&
        noted.generation == module_generation() &&
        noted.highest * word_bytes < last.readable_high - start.stack_pointer &&
        sum_of(noted, start) == noted.sum) {
      ++known_;
      return noted.word;
    }
  }
  return 0;
}

void stack_memo::note(const registers& start, std::uint16_t tag, const stack_cache& taken,
                      std::uint32_t word) {
  if (passing_ != 0) {
    return;
  }
  const std::uint64_t key = key_of(start, tag);
  const std::size_t set = (key >> 8) % sets;
  const std::size_t way = (key ^ looks_) % ways;
  entry& noted = entries_[set][way];
  keys_[set][way] = 0;
  if (!describe(noted, start, taken)) {
    return;
  }
  noted.pc = start.pc;
  noted.stack_pointer = start.stack_pointer;
  noted.tag = tag;
  noted.generation = taken.generation;
  noted.word = word;
  noted.sum = sum_of(noted, start);
  keys_[set][way] = key;
}

// Walks the captured frames once more, for the words that decided.
bool stack_memo::describe(entry& noted, const registers& start, const stack_cache& taken) {
  if (taken.end != stack_end::outermost || taken.several_stacks || taken.count == 0) {
    return false;
  }
  noted.count = 0;
  noted.highest = 0;
  noted.from_frame_pointer = 0;
  const auto add = [&](std::uintptr_t place) {
    const std::uintptr_t words = (place - start.stack_pointer) / word_bytes;
    if (!is_on_stack(taken, start.stack_pointer, place) || words > UINT16_MAX ||
        noted.count == most_words) {
      return false;
    }
    noted.places[noted.count++] = static_cast<std::uint16_t>(words);
    noted.highest = noted.highest < words ? static_cast<std::uint16_t>(words) : noted.highest;
    return true;
  };
  const stepper rules(memory_window(taken.readable_low, taken.readable_high), taken.generation);
  std::uintptr_t frame_pointer_from = slot_unchanged;  // that of the start
  bool counted = false;                                // the frame pointer is in the sum
  for (std::uint32_t index = taken.count - 1;; --index) {
    const frame_link& link = taken.links[index];
    if ((taken.frames[index].flags & interrupted) != 0) {
      return false;
    }
    const rule by = rules.rule_for({link.return_address, link.cfa, link.frame_pointer, 1});
    if (index == 0) {
      return by.kind() == rule_kind::outermost;
    }
    if (by.kind() != rule_kind::plain) {
      return false;
    }
    if ((by.cfa_from_rbp() || by.saved() == saved_rbp::at_rbp) && !counted) {
      counted = true;
      if (frame_pointer_from == slot_unchanged) {
        noted.from_frame_pointer = 1;
      } else if (!add(frame_pointer_from)) {
        return false;
      }
    }
    const frame_link& outer = taken.links[index - 1];
    if (!add(outer.cfa - word_bytes)) {
      return false;
    }
    if (by.saved() != saved_rbp::unchanged) {
      frame_pointer_from = slot_of(outer);
      counted = false;
      if (frame_pointer_from == slot_unchanged || frame_pointer_from == slot_walk_again) {
        return false;
      }
    }
  }
}

void stack_memo::clear() {
  for (auto& set : keys_) {
    for (std::uint64_t& key : set) {
      key = 0;
    }
  }
}

}  // namespace track::unwind
