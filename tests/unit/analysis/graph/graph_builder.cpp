#include "tests/unit/analysis/graph/graph_builder.hpp"

#include <algorithm>
#include <tuple>

namespace track::test {
namespace {

std::string control_name(const std::string& type, library kind, bool separate) {
  if (kind == library::libcxx) {
    return (separate ? "NSt3__120__shared_ptr_pointerIP" : "NSt3__120__shared_ptr_emplaceI") + type;
  }
  return (separate ? "St15_Sp_counted_ptrIP" : "St23_Sp_counted_ptr_inplaceI") + type;
}

}  // namespace

std::uint32_t graph_builder::block(const block_traits& traits) {
  heap_.address.push_back(0x10000 + heap_.address.size() * 4096);
  heap_.size.push_back(traits.size);
  heap_.site.push_back(traits.site);
  heap_.age_ms.push_back(traits.age_ms);
  heap_.type.push_back(traits.type);
  heap_.inherited.push_back(traits.inherited);
  heap_.bytes += traits.size;
  return heap_.block_count() - 1;
}

std::uint32_t graph_builder::root() {
  heap_.roots.push_back({ledger::graph::root_kind::segment, 0x1000, 4096, 0});
  return static_cast<std::uint32_t>(heap_.roots.size() - 1);
}

std::uint32_t graph_builder::type(const std::string& mangled, library shape) {
  for (std::uint32_t i = 1; i < heap_.types.size(); ++i) {
    if (heap_.types[i].mangled == mangled) {
      return i;
    }
  }
  heap_.types.push_back({0x400000, shape, mangled});
  return static_cast<std::uint32_t>(heap_.types.size() - 1);
}

void graph_builder::point(std::uint32_t from, std::uint32_t word, std::uint32_t to,
                          std::uint64_t offset, std::uint8_t flags) {
  pointers_.push_back({from, word, to, offset, flags});
}

void graph_builder::point_from_root(std::uint32_t root, std::uint32_t word, std::uint32_t to,
                                    std::uint64_t offset, std::uint8_t flags) {
  root_pointers_.push_back({root, word, to, offset, flags});
}

std::uint32_t graph_builder::object(const std::string& type, const block_traits& traits,
                                    library kind) {
  block_traits all = traits;
  all.type = this->type(control_name(type, kind, false), kind);
  const std::uint32_t made = block(all);
  controls_.push_back({made, made, 0, kind == library::libcxx ? 24u : 16u, 0, 0, kind});
  return made;
}

std::uint32_t graph_builder::separate_object(const std::string& type, const block_traits& traits,
                                             library kind) {
  const std::uint32_t made = block(traits);
  const std::uint32_t word = kind == library::libcxx ? 3 : 2;
  block_traits holder = traits;
  holder.size = word * 8 + 8;
  holder.type = this->type(control_name(type, kind, true), kind);
  const std::uint32_t counts = block(holder);
  point(counts, word, made);
  controls_.push_back({made, counts, 0, 0, 0, 0, kind});
  return made;
}

std::uint32_t graph_builder::array(std::uint64_t offset) {
  const std::uint32_t made = block({.size = static_cast<std::uint32_t>(offset) + 24});
  controls_.push_back({made, made, offset, 0, 0, 0, library::libstdcxx});
  return made;
}

graph_builder::control& graph_builder::control_of(std::uint32_t object) {
  return *std::find_if(controls_.begin(), controls_.end(),
                       [&](const control& each) { return each.object == object; });
}

void graph_builder::pair(std::uint32_t from, std::uint32_t word, std::uint32_t object) {
  const control& to = control_of(object);
  point(from, word, object, to.element);
  point(from, word + 1, to.block, to.offset);
}

void graph_builder::share(std::uint32_t from, std::uint32_t word, std::uint32_t object) {
  pair(from, word, object);
  add_owners(object, 1);
}

void graph_builder::watch(std::uint32_t from, std::uint32_t word, std::uint32_t object) {
  pair(from, word, object);
  add_weak(object, 1);
}

void graph_builder::alias(std::uint32_t from, std::uint32_t word, std::uint32_t object,
                          std::uint32_t element) {
  const control& to = control_of(object);
  point(from, word, element, 8);
  point(from, word + 1, to.block, to.offset);
  add_owners(object, 1);
}

void graph_builder::share_from_root(std::uint32_t root, std::uint32_t word, std::uint32_t object) {
  const control& to = control_of(object);
  point_from_root(root, word, object, to.element);
  point_from_root(root, word + 1, to.block, to.offset);
  add_owners(object, 1);
}

void graph_builder::watch_from_root(std::uint32_t root, std::uint32_t word, std::uint32_t object) {
  share_from_root(root, word, object);
  --control_of(object).owners;
  add_weak(object, 1);
}

void graph_builder::add_owners(std::uint32_t object, std::uint64_t more) {
  control_of(object).owners += more;
}

void graph_builder::add_weak(std::uint32_t object, std::uint64_t more) {
  control_of(object).weak += more;
}

void graph_builder::store(std::vector<pointer> pointers, std::size_t sources,
                          std::vector<std::uint32_t>& first,
                          std::vector<capture::graph_edge>& edges,
                          std::vector<capture::interior_edge>& interiors) {
  std::sort(pointers.begin(), pointers.end(), [](const pointer& left, const pointer& right) {
    return std::tie(left.from, left.word) < std::tie(right.from, right.word);
  });
  first.assign(sources + 1, 0);
  for (const pointer& each : pointers) {
    if (each.offset != 0) {
      interiors.push_back({edges.size(), each.offset, each.flags});
    }
    edges.push_back({each.to, each.word & 0x7fffffff, each.offset != 0 ? 1u : 0u});
    ++first[each.from + std::size_t{1}];
  }
  for (std::size_t i = 0; i < sources; ++i) {
    first[i + 1] += first[i];
  }
}

capture::heap_graph graph_builder::build() const {
  capture::heap_graph built = heap_;
  store(pointers_, built.address.size(), built.first_edge, built.edges, built.interiors);
  store(root_pointers_, built.roots.size(), built.first_root_edge, built.root_edges,
        built.root_interiors);
  for (const control& each : controls_) {
    const std::uint64_t of_owners = each.owners != 0 ? 1 : 0;
    if (each.kind == library::libcxx) {
      built.counts.push_back(
          {each.block, each.offset, each.owners - 1, each.weak + of_owners - 1, each.kind});
    } else {
      built.counts.push_back(
          {each.block, each.offset, each.owners, each.weak + of_owners, each.kind});
    }
  }
  return built;
}

}  // namespace track::test
