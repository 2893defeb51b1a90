#include "libtrack/ledger/encode_parts.hpp"

namespace track::ledger {
namespace {

// Where each name of an image begins, in units; the bytes go to `region`.
std::vector<object_name> encode_names(const std::vector<std::string>& names, std::string& region) {
  constexpr std::size_t most_units = std::numeric_limits<object_name>::max();
  region.assign(name_unit, '\0');
  std::vector<object_name> places(names.size());
  for (std::size_t i = 1; i < names.size(); ++i) {
    const std::size_t at = region.size() / name_unit;
    if (names[i].empty() || at > most_units) {
      continue;
    }
    const auto length = saturate<std::uint16_t>(names[i].size());
    places[i] = static_cast<object_name>(at);
    region.append(reinterpret_cast<const char*>(&length), sizeof length);
    region.append(names[i], 0, length);
    region.resize((region.size() + name_unit - 1) / name_unit * name_unit);
  }
  return places;
}

// In one stripe.
cache_record encode_cache(const cache_image& cache, object_name name, std::uint32_t node) {
  cache_record record{};
  record.serial = cache.serial;
  record.address = cache.address;
  record.name = name;
  record.node = node;
  record.birth_ms = cache.birth_ms;
  record.end_ms = cache.end_ms.value_or(0);
  record.size = cache.size.value_or(cache_unknown);
  record.never_hit = cache.never_hit.value_or(cache_unknown);
  cache_stripe& stripe = record.stripes[0];
  stripe.inserts = cache.inserts;
  stripe.hits = cache.hits;
  stripe.misses = cache.misses;
  stripe.evictions = cache.evictions;
  stripe.erased = cache.erased;
  for (std::size_t i = 0; i < age_buckets; ++i) {
    stripe.ages[i] = cache.ages[i];
    stripe.evictions -= cache.ages[i];
  }
  return record;
}

}  // namespace

encoded_objects encode_objects(const process_image& image, const encoded_stacks& stacks) {
  encoded_objects out;
  const std::vector<object_name> places = encode_names(image.names, out.names);
  const auto place_of = [&places](std::uint32_t name) {
    return name < places.size() ? places[name] : object_name{0};
  };
  out.objects.reserve(image.objects.size() + 1);
  out.objects.emplace_back();
  for (const object_image& object : image.objects) {
    object_record record{};
    record.address = object.address | (object.dead ? object_dead : 0);
    record.serial_thread =
        (object.serial & object_serial_mask) | std::uint64_t{saturate<std::uint16_t>(object.thread)}
                                                   << object_serial_bits;
    record.type = place_of(object.type);
    record.label = place_of(object.label);
    record.tag = place_of(object.tag);
    record.test = place_of(object.test);
    record.birth_ms = object.birth_ms;
    record.due_ms = object.due_ms.value_or(0);
    record.node = stacks.word_of(object.node);
    record.size = object.size_bytes;
    out.objects.push_back(record);
  }
  for (const cache_image& cache : image.caches) {
    out.caches.push_back(encode_cache(cache, place_of(cache.name), stacks.word_of(cache.node)));
  }
  return out;
}

}  // namespace track::ledger
