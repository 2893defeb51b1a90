#include <unordered_map>

#include "libtrack/ledger/reader_parts.hpp"

namespace track::ledger {
namespace {

// Names are many fewer than who has them: each is taken once. They do not overlap, so that together
// they are no longer than their region; what a forged slot has beyond that is left out.
class name_reader {
 public:
  name_reader(const slot_view& view, std::vector<std::string>& names)
      : view_(view), names_(names), left_(view.capacity(region_kind::names)) {
    names_.assign(1, {});
  }

  std::uint32_t number_of(object_name name) {
    if (name == 0) {
      return 0;
    }
    const auto [known, added] = numbers_.try_emplace(name, 0);
    if (added) {
      std::string text = view_.name(name);
      if (!text.empty() && text.size() <= left_) {
        left_ -= text.size();
        known->second = static_cast<std::uint32_t>(names_.size());
        names_.push_back(std::move(text));
      }
    }
    return known->second;
  }

 private:
  const slot_view& view_;
  std::vector<std::string>& names_;
  std::size_t left_;  // bytes
  std::unordered_map<object_name, std::uint32_t> numbers_;
};

bool is_same(const object_record& one, const object_record& other) {
  return one.address == other.address && one.serial_thread == other.serial_thread;
}

// A record that is given to another object meanwhile has another serial number, or no address:
// what is the same before and after was whole between.
object_record whole_record(const slot_view& view, std::size_t index) {
  const auto load = [&] { return view.record<object_record>(region_kind::objects, index); };
  object_record before = load();
  for (int attempt = 0; attempt < 3 && before.address != 0; ++attempt) {
    const object_record between = load();
    const object_record after = load();
    if (is_same(before, between) && is_same(between, after)) {
      return between;
    }
    before = after;
  }
  return {};
}

// Likewise, by its serial number.
cache_record whole_cache(const slot_view& view, std::size_t index) {
  const auto load = [&] { return view.record<cache_record>(region_kind::caches, index); };
  cache_record before = load();
  for (int attempt = 0; attempt < 3 && before.serial != 0; ++attempt) {
    const cache_record between = load();
    const cache_record after = load();
    if (before.serial == between.serial && between.serial == after.serial) {
      return between;
    }
    before = after;
  }
  return {};
}

std::optional<std::uint64_t> known(std::uint64_t value) {
  return value == cache_unknown ? std::nullopt : std::optional(value);
}

cache_image sum_of(const cache_record& record) {
  cache_image cache;
  cache.serial = record.serial;
  cache.address = record.address;
  cache.node = {record.node};
  cache.birth_ms = record.birth_ms;
  if (record.end_ms != 0) {
    cache.end_ms = record.end_ms;
  }
  cache.size = known(record.size);
  cache.never_hit = known(record.never_hit);
  for (const cache_stripe& stripe : record.stripes) {
    cache.inserts += stripe.inserts;
    cache.hits += stripe.hits;
    cache.misses += stripe.misses;
    cache.evictions += stripe.evictions;
    cache.erased += stripe.erased;
    for (std::size_t i = 0; i < age_buckets; ++i) {
      cache.ages[i] += stripe.ages[i];
      cache.evictions += stripe.ages[i];
    }
  }
  return cache;
}

void read_caches(const slot_view& view, name_reader& names, process_image& image) {
  const std::size_t count = view.count(
      region_kind::caches, view.header_word<std::uint64_t>(offsetof(slot_header, caches_used)));
  for (std::size_t i = 0; i < count; ++i) {
    const cache_record record = whole_cache(view, i);
    if (record.serial != 0) {
      image.caches.push_back(sum_of(record));
      image.caches.back().name = names.number_of(record.name);
    }
  }
}

}  // namespace

void read_objects(const slot_view& view, process_image& image) {
  const std::size_t count = view.count(
      region_kind::objects, view.header_word<std::uint64_t>(offsetof(slot_header, objects_used)));
  name_reader names(view, image.names);
  for (std::size_t i = 1; i < count; ++i) {
    const object_record record = whole_record(view, i);
    if ((record.address & ~object_dead) == 0) {
      continue;
    }
    object_image object;
    object.address = record.address & ~object_dead;
    object.dead = (record.address & object_dead) != 0;
    object.serial = record.serial_thread & object_serial_mask;
    object.thread = static_cast<std::uint32_t>(record.serial_thread >> object_serial_bits);
    object.type = names.number_of(record.type);
    object.label = names.number_of(record.label);
    object.tag = names.number_of(record.tag);
    object.test = names.number_of(record.test);
    object.birth_ms = record.birth_ms;
    if (record.due_ms != 0) {
      object.due_ms = record.due_ms;
    }
    object.node = {record.node};
    object.size_bytes = record.size;
    image.objects.push_back(object);
  }
  read_caches(view, names, image);
}

}  // namespace track::ledger
