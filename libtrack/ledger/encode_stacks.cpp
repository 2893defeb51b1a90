#include <unordered_map>

#include "libtrack/ledger/encode_parts.hpp"

namespace track::ledger {
namespace {

class stack_encoder {
 public:
  explicit stack_encoder(const process_image& image)
      : image_(image), first_site_(image.nodes.size()) {
    out_.words.push_back(0);
    out_.frames.emplace_back();
    out_.word_of_node.resize(image.nodes.size());
  }

  encoded_stacks run() && {
    find_first_sites();
    for (std::size_t node = 1; node < image_.nodes.size(); ++node) {
      const node_image& frame = image_.nodes[node];
      const std::uint32_t parent =
          frame.parent.value < node ? out_.word_of(frame.parent) : std::uint32_t{0};
      out_.word_of_node[node] = append(parent, frame_of(frame));
      const bool goes_on =
          node + 1 < image_.nodes.size() && image_.nodes[node + 1].parent.value == node;
      if (first_site_[node] != 0 && !goes_on) {
        append_site(first_site_[node]);
      } else {
        first_site_[node] = 0;
      }
    }
    for (std::uint32_t site = 1; site < image_.sites.size(); ++site) {
      const site_image& each = image_.sites[site];
      const node_id node = each.node;
      const bool done = node && node.value < first_site_.size() && first_site_[node.value] == site;
      if (!done && (node || each.function != allocation_function::unknown)) {
        append_site(site);
      }
    }
    return std::move(out_);
  }

 private:
  void find_first_sites() {
    for (std::size_t site = image_.sites.size(); site-- > 1;) {
      const std::uint32_t node = image_.sites[site].node.value;
      if (node != 0 && node < first_site_.size()) {
        first_site_[node] = static_cast<std::uint32_t>(site);
      }
    }
  }

  void append_site(std::uint32_t site) {
    const site_image& each = image_.sites[site];
    const auto function = static_cast<std::uint32_t>(each.function);
    append(out_.word_of(each.node), site_word | function << site_word_id_bits | site);
  }

  // Behind its parent without a branch where that is the last word.
  std::uint32_t append(std::uint32_t parent, std::uint32_t word) {
    if (parent + 1 != out_.words.size()) {
      out_.words.push_back(branch_word | parent);
    }
    out_.words.push_back(word);
    return static_cast<std::uint32_t>(out_.words.size() - 1);
  }

  std::uint32_t frame_of(const node_image& node) {
    constexpr std::uint64_t low_address = (std::uint64_t{1} << address_bits) - 1;
    const std::uint64_t module = std::min<std::uint32_t>(node.module.value, 0xffff);
    const std::uint64_t address_module = (node.address & low_address) | module << address_bits;
    const auto next = static_cast<std::uint32_t>(out_.frames.size());
    const auto [known, added] = frame_numbers_.try_emplace(address_module, next);
    if (added) {
      out_.frames.push_back({address_module});
    }
    return known->second;
  }

  const process_image& image_;
  std::vector<std::uint32_t> first_site_;  // of a node; 0: none, or it could not stand behind it
  std::unordered_map<std::uint64_t, std::uint32_t> frame_numbers_;
  encoded_stacks out_;
};

}  // namespace

encoded_stacks encode_stacks(const process_image& image) {
  return stack_encoder(image).run();
}

}  // namespace track::ledger
