// Fuzz target: any bytes as a ledger file and as a slot.
//
// What is read must be safe to walk, and packing it must give a slot that reads the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <variant>

#include "libtrack/ledger/reader.hpp"

namespace {

using namespace track::ledger;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void walk(const process_image& image) {
  for (std::size_t i = 1; i < image.nodes.size(); ++i) {
    std::size_t steps = 0;
    for (track::node_id at = image.nodes[i].parent; at; at = image.nodes[at.value].parent) {
      require(at.value < image.nodes.size() && ++steps <= image.nodes.size());
    }
    require(image.nodes[i].module.value < image.modules.size());
  }
  for (const site_image& site : image.sites) {
    require(site.node.value < image.nodes.size());
  }
  for (const mismatch_image& mismatch : image.mismatches) {
    require(mismatch.release_node.value < image.nodes.size());
    require(mismatch.allocation_site.value < image.sites.size());
  }
  for (const object_image& object : image.objects) {
    require(object.address != 0 && object.node.value < image.nodes.size());
    for (const std::uint32_t name : {object.type, object.label, object.tag, object.test}) {
      require(name < image.names.size());
    }
  }
  for (const cache_image& cache : image.caches) {
    require(cache.serial != 0 && cache.node.value < image.nodes.size() &&
            cache.name < image.names.size());
  }
}

void try_slot(std::span<const std::byte> bytes) {
  read_totals(bytes);
  const auto image = read_slot(bytes);
  const auto packed = pack_slot(bytes);
  require(image.index() == packed.index());
  if (const auto* read = std::get_if<process_image>(&image)) {
    walk(*read);
    const auto again = read_slot(std::get<std::vector<std::byte>>(packed));
    const auto* reread = std::get_if<process_image>(&again);
    require(reread != nullptr && reread->sites.size() == read->sites.size() &&
            reread->nodes.size() == read->nodes.size() && reread->exe == read->exe &&
            reread->objects.size() == read->objects.size() && reread->names == read->names &&
            reread->caches.size() == read->caches.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  try_slot(bytes);
  const auto header = read_file_header(bytes);
  if (const auto* known = std::get_if<file_header>(&header)) {
    for (std::uint32_t i = 0; i < known->slot_count; ++i) {
      try_slot(slot_bytes(bytes, *known, i));
    }
    require(slot_bytes(bytes, *known, known->slot_count).empty());
  }
  return 0;
}
