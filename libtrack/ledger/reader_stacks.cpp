#include "libtrack/ledger/reader_parts.hpp"

namespace track::ledger {
namespace {

constexpr std::uint64_t low_address = (std::uint64_t{1} << address_bits) - 1;

// From the last word to the first: a word seen names only such as were written before it.
std::vector<std::uint32_t> read_words(const slot_view& view) {
  const std::size_t count = view.count(
      region_kind::nodes, view.header_word<std::uint64_t>(offsetof(slot_header, nodes_used)));
  std::vector<std::uint32_t> words(std::max<std::size_t>(count, 1));
  for (std::size_t at = count; at-- > 1;) {
    words[at] = view.word(region_kind::nodes, at);
  }
  return words;
}

// The word that the word at `at` hangs from; lower than `at`, so no walk goes in a circle.
std::size_t parent_of(const std::vector<std::uint32_t>& words, std::size_t at) {
  const std::uint32_t before = words[at - 1];
  if ((before & branch_word) == 0) {
    return at - 1;
  }
  const std::size_t named = before & ~branch_word;
  return named < at - 1 ? named : 0;
}

node_image node_of(const slot_view& view, std::uint32_t frame, std::size_t frames, node_id parent) {
  std::uint64_t address_module = 0;
  if (frame < frames) {
    address_module = view.record<frame_record>(region_kind::frames, frame).address_module;
  }
  return {address_module & low_address,
          {static_cast<std::uint32_t>(address_module >> address_bits)},
          parent};
}

void place_site(std::uint32_t word, node_id stack, process_image& image) {
  const std::size_t id = word & site_word_id_mask;
  if (id == 0 || id >= image.sites.size()) {
    return;
  }
  const std::uint32_t function = word >> site_word_id_bits & site_word_function_mask;
  image.sites[id].node = stack;
  image.sites[id].function = function < static_cast<std::uint32_t>(allocation_function::count)
                                 ? static_cast<allocation_function>(function)
                                 : allocation_function::unknown;
}

}  // namespace

void read_stacks(const slot_view& view, process_image& image) {
  const std::vector<std::uint32_t> words = read_words(view);
  const std::size_t frames = view.count(
      region_kind::frames, view.header_word<std::uint64_t>(offsetof(slot_header, frames_used)));
  std::vector<node_id> numbers(words.size());  // of the nodes, by word
  image.nodes.emplace_back();
  for (std::size_t at = 1; at < words.size(); ++at) {
    const std::uint32_t word = words[at];
    if (word == 0 || (word & branch_word) != 0) {
      continue;
    }
    const node_id parent = numbers[parent_of(words, at)];
    if ((word & site_word) != 0) {
      place_site(word, parent, image);
    } else {
      numbers[at] = {static_cast<std::uint32_t>(image.nodes.size())};
      image.nodes.push_back(node_of(view, word, frames, parent));
    }
  }
  const auto number_of = [&numbers](node_id named) {
    return named.value < numbers.size() ? numbers[named.value] : node_id{};
  };
  for (object_image& object : image.objects) {
    object.node = number_of(object.node);
  }
  for (cache_image& cache : image.caches) {
    cache.node = number_of(cache.node);
  }
  for (mismatch_image& mismatch : image.mismatches) {
    mismatch.release_node = number_of(mismatch.release_node);
    if (mismatch.allocation_site.value >= image.sites.size()) {
      mismatch.allocation_site = {};
    }
  }
}

}  // namespace track::ledger
