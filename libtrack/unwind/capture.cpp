#include "libtrack/unwind/links.hpp"
#include "libtrack/unwind/modules.hpp"
#include "libtrack/unwind/unwind.hpp"
#include "libtrack/unwind/walk.hpp"

namespace track::unwind {

std::uint32_t current_generation = 0;

namespace {

void copy_link(frame_link& to, const frame_link& from, std::uintptr_t slot) {
  to = from;
  set_slot(to, slot);
}

class stack_walk {
 public:
  stack_walk(stack_cache& cache, std::uint32_t depth_limit, std::uint32_t generation)
      : cache_(cache),
        stepper_(memory_window(cache.readable_low, cache.readable_high), generation),
        depth_limit_(depth_limit) {
    if (cache.generation != generation) {
      cache.generation = generation;
      cache.count = 0;
    }
  }

  capture run(const registers& start) {
    if (!stepper_.memory().enter(start.stack_pointer)) {
      cache_.count = 0;
    }
    position at = {start.pc, start.stack_pointer, start.frame_pointer, 1};
    std::uintptr_t slot = slot_walk_again;
    candidate_ = static_cast<std::int32_t>(cache_.count) - 1;
    for (;;) {
      rule by;
      const std::int32_t met = find_kept(at);
      if (met >= 0) {
        const std::int32_t broken = compare_kept(met, slot);
        if (broken < 0 && still_ends_there(met)) {
          return finish(met + 1);
        }
        if (!take_back(met, broken)) {
          return stop(stack_end::depth);
        }
        at = position_of(broken + 1);
        by = stepper_.rule_for(at);
      } else {
        by = stepper_.rule_for(at);
        if (!add(at, slot, by.module())) {
          return stop(stack_end::depth);
        }
      }
      const std::uintptr_t inner = at.stack_pointer;
      const step_result result = stepper_.step(at, by, slot);
      if (result != step_result::moved) [[unlikely]] {
        return stop(end_of(result));
      }
      crossed_ |= at.stack_pointer <= inner;
    }
  }

 private:
  static stack_end end_of(step_result result) {
    switch (result) {
      case step_result::outermost:
        return stack_end::outermost;
      case step_result::no_rule:
        return stack_end::no_rule;
      default:
        return stack_end::unreadable;
    }
  }

  position position_of(std::int32_t index) const {
    const frame_link& link = cache_.links[index];
    return {link.return_address, link.cfa, link.frame_pointer,
            (cache_.frames[index].flags & interrupted) != 0 ? 0u : 1u};
  }

  bool is_at(std::int32_t index, const position& at) const {
    const frame_link& link = cache_.links[index];
    return link.cfa == at.stack_pointer && link.return_address == at.pc &&
           link.frame_pointer == at.frame_pointer &&
           ((cache_.frames[index].flags & interrupted) != 0) == at.exact();
  }

  // The kept frame in exactly this state, or -1. On one stack they are sorted by CFA.
  std::int32_t find_kept(const position& at) {
    if (cache_.several_stacks) [[unlikely]] {
      std::int32_t index = candidate_;
      while (index >= 0 && !is_at(index, at)) {
        --index;
      }
      return index;
    }
    while (candidate_ >= 0 && cache_.links[candidate_].cfa < at.stack_pointer) {
      --candidate_;
    }
    return candidate_ >= 0 && is_at(candidate_, at) ? candidate_ : -1;
  }

  // The innermost frame outwards of `met` that does not stand any more, or -1. The frame met was
  // reached by `slot` this time; before, another function may have led to it.
  std::int32_t compare_kept(std::int32_t met, std::uintptr_t slot) {
    if (fresh_ != 0) {
      set_slot(cache_.links[met], slot);
    }
    for (std::int32_t index = met - 1; index >= 0; --index) {
      const frame_link& link = cache_.links[index];
      if (load_word(link.frame_pointer_slot) != link.frame_pointer) [[unlikely]] {
        if (slot_of(link) != slot_walk_again || !walks_to(index)) {
          return index;
        }
      } else if (load_word(link.cfa - sizeof(std::uintptr_t)) != link.return_address) [[unlikely]] {
        return index;
      }
    }
    return -1;
  }

  [[gnu::noinline]] bool walks_to(std::int32_t index) {
    position at = position_of(index + 1);
    std::uintptr_t slot = 0;
    return stepper_.step(at, stepper_.rule_for(at), slot) == step_result::moved && is_at(index, at);
  }

  // Whether a stack whose kept frames all stand ends where it ended: at a cut only while enough is
  // left, and without a rule only while there is none (code may have been loaded since).
  bool still_ends_there(std::int32_t met) {
    if (cache_.end == stack_end::outermost) [[likely]] {
      return true;
    }
    if (cache_.end == stack_end::depth) {
      return static_cast<std::uint32_t>(met) + 1 + fresh_ >= depth_limit_;
    }
    position at = position_of(0);
    std::uintptr_t slot = 0;
    const step_result result = stepper_.step(at, stepper_.rule_for(at), slot);
    if (result == step_result::moved) {
      return false;
    }
    cache_.end = end_of(result);
    return true;
  }

  // Kept frames whose callers changed: they stand, but their place in the tree of stacks does not.
  bool take_back(std::int32_t from, std::int32_t broken) {
    for (std::int32_t index = from; index > broken; --index) {
      const position at = position_of(index);
      if (!add(at, slot_of(cache_.links[index]), cache_.frames[index].module)) {
        return false;
      }
    }
    candidate_ = broken;
    return true;
  }

  bool add(const position& at, std::uintptr_t slot, std::uint16_t module) {
    if (fresh_ == 2 * depth_limit_) [[unlikely]] {
      return false;
    }
    static_assert(interrupted == 1, "the flag of a position that needs no step back");
    fresh_frame& added = cache_.fresh[fresh_++];
    added.link = {at.pc, at.stack_pointer, at.frame_pointer, slot};
    added.module = module;
    added.flags = static_cast<std::uint16_t>(at.back ^ interrupted);
    return true;
  }

  capture stop(stack_end end) {
    cache_.end = end;
    return finish(0);
  }

  // The stack is kept[0 .. kept) and the fresh frames, which are innermost first.
  capture finish(std::int32_t kept_signed) {
    auto kept = static_cast<std::uint32_t>(kept_signed);
    bool named_again = false;
    cache_.several_stacks = crossed_ || (kept != 0 && cache_.several_stacks);
    cache_.readable_low = stepper_.memory().low();
    cache_.readable_high = stepper_.memory().high();
    if (kept + fresh_ > 4 * depth_limit_) [[unlikely]] {
      kept = cut(kept);
      named_again = true;
    }
    for (std::uint32_t i = 0; i < fresh_; ++i) {
      const fresh_frame& from = cache_.fresh[fresh_ - 1 - i];
      frame& to = cache_.frames[kept + i];
      to.return_address = from.link.return_address;
      to.module = from.module;
      to.flags = from.flags;
      to.node = 0;
      copy_link(cache_.links[kept + i], from.link, from.link.frame_pointer_slot);
    }
    cache_.count = kept + fresh_;
    return {named_again ? 0 : kept, cache_.count};
  }

  // Drops the outermost frames so that depth_limit remain; returns how many of the kept ones do.
  std::uint32_t cut(std::uint32_t kept) {
    cache_.end = stack_end::depth;
    if (fresh_ >= depth_limit_) {
      fresh_ = depth_limit_;
      return 0;
    }
    const std::uint32_t remain = depth_limit_ - fresh_;
    const std::uint32_t dropped = kept - remain;
    for (std::uint32_t i = 0; i < remain; ++i) {
      const frame_link& from = cache_.links[dropped + i];
      cache_.frames[i] = cache_.frames[dropped + i];
      copy_link(cache_.links[i], from, slot_of(from));
    }
    return remain;
  }

  stack_cache& cache_;
  stepper stepper_;
  std::uint32_t depth_limit_;
  std::uint32_t fresh_ = 0;
  std::int32_t candidate_ = -1;
  bool crossed_ = false;
};

}  // namespace

void initialize(module_namer namer) {
  set_namer(namer);
  initialize_modules();
  raise_module_generation();
}

void raise_module_generation() {
  const std::uint32_t raised = __atomic_add_fetch(&current_generation, 1, __ATOMIC_RELAXED);
  if (raised % rule_table::generations == 0) {
    shared_rules.clear();
  }
}

capture capture_stack(const registers& start, stack_cache& cache, std::uint32_t depth_limit) {
  constexpr std::uint32_t most = max_frames / 4;
  const std::uint32_t limit = depth_limit == 0 ? 1 : depth_limit < most ? depth_limit : most;
  stack_walk walk(cache, limit, module_generation());
  return walk.run(start);
}

}  // namespace track::unwind
