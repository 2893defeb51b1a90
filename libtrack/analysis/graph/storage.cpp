#include "libtrack/analysis/graph/storage.hpp"

#include <algorithm>

#include "libtrack/analysis/graph/block_set.hpp"

namespace track::analysis::graph {
namespace {

constexpr int most_passes = 8;

// Follows owners from the objects inwards; takes from `may_be` what two of them lead to.
storage_places follow(const component_links& all, std::vector<bool>& may_be, bool& settled) {
  storage_places found;
  found.holder.assign(all.members.size(), no_block);
  found.word.assign(all.members.size(), 0);
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < all.members.size(); ++i) {
    if (!may_be[i]) {
      found.holder[i] = i;
      order.push_back(i);
    }
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t from = order[i];
    for (const link& each : all.from(from)) {
      const bool leads_in = may_be[each.to] && (may_be[from] || is_plain_owner(each.role));
      if (!leads_in) {
        continue;
      }
      if (found.holder[each.to] == no_block) {
        found.holder[each.to] = found.holder[from];
        found.word[each.to] = may_be[from] ? found.word[from] : each.word;
        order.push_back(each.to);
      } else if (found.holder[each.to] != found.holder[from]) {
        may_be[each.to] = false;
        settled = false;
      }
    }
  }
  for (std::uint32_t i = 0; i < all.members.size(); ++i) {
    found.holder[i] = found.holder[i] == no_block ? i : found.holder[i];
  }
  return found;
}

}  // namespace

storage_places find_storage(const component_links& all, std::vector<bool> may_be) {
  for (int pass = 0; pass < most_passes; ++pass) {
    bool settled = true;
    storage_places found = follow(all, may_be, settled);
    if (settled) {
      return found;
    }
  }
  bool settled = true;
  may_be.assign(may_be.size(), false);
  return follow(all, may_be, settled);
}

}  // namespace track::analysis::graph
