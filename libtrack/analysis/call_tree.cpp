#include "libtrack/analysis/call_tree.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libtrack/base/allocation_function.hpp"

namespace track::analysis {
namespace {

using model::call_values;

// What a node is called: a name of the capture, an address without one, or an allocating function.
struct node_name {
  enum class kind : std::uint8_t { everything, function, address, allocator };
  kind of = kind::everything;
  std::uint32_t number = 0;  // of the string, the frame or the function
  std::uint32_t module = 0;

  friend bool operator==(const node_name&, const node_name&) = default;
};

struct place {
  std::uint32_t parent = 0;
  node_name name;

  friend bool operator==(const place&, const place&) = default;
};

struct hash_of_place {
  std::size_t operator()(const place& at) const {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    std::uint64_t sum = at.parent;
    for (const std::uint64_t part :
         {static_cast<std::uint64_t>(at.name.of), std::uint64_t{at.name.number},
          std::uint64_t{at.name.module}}) {
      sum = (sum ^ part) * odd;
      sum ^= sum >> 29;
    }
    return sum;
  }
};

void add(std::int64_t& into, std::int64_t more) {
  std::int64_t sum = 0;
  const bool is_too_large = __builtin_add_overflow(into, more, &sum);
  into = is_too_large ? std::numeric_limits<std::int64_t>::max() : sum;
}

std::int64_t amount(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

class tree_builder {
 public:
  explicit tree_builder(const capture::contents& all) : all_(all), places_(1), values_(1) {
    known_.reserve(all.stacks.size());
    add_stacks();
  }

  void add_counter(const capture::counter_row& row) {
    const capture::site_row& site = all_.sites[row.site];
    const std::uint32_t leaf =
        child_of(node_of_stack_[site.stack],
                 {node_name::kind::allocator, static_cast<std::uint32_t>(site.function), 0});
    const std::int64_t live =
        amount(row.bytes_allocated - std::min(row.bytes_freed, row.bytes_allocated));
    const call_values more = {live, std::max<std::int64_t>(row.peak_bytes, 0),
                              amount(row.allocations), amount(row.temporary)};
    for (std::size_t i = 0; i < more.size(); ++i) {
      add(values_[leaf][i], more[i]);
    }
  }

  model::call_tree finish(std::size_t most_nodes) {
    for (std::size_t i = places_.size(); i-- > 1;) {
      for (std::size_t figure = 0; figure < model::call_figures; ++figure) {
        add(values_[places_[i].parent][figure], values_[i][figure]);
      }
    }
    share_limit limit = limit_of(most_nodes);
    model::call_tree tree;
    std::vector<std::uint32_t> numbers(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      // A caller has no smaller share than what it calls, so it is there already.
      if (i != 0 && !limit.admits(share_of(i))) {
        tree.nodes_left_out += share_of(i) <= 0 ? 0 : 1;
        continue;
      }
      numbers[i] = static_cast<std::uint32_t>(tree.nodes.size());
      tree.nodes.push_back(spelt_out(i, numbers[places_[i].parent]));
    }
    return tree;
  }

 private:
  void add_stacks() {
    node_of_stack_.assign(std::max<std::size_t>(all_.stacks.size(), 1), 0);
    for (std::size_t i = 1; i < all_.stacks.size(); ++i) {
      const capture::frame_row& frame = all_.frames[all_.stacks[i].frame];
      std::uint32_t node = node_of_stack_[all_.stacks[i].parent];
      bool is_named = false;
      for (std::uint32_t inlined = frame.name_count; inlined-- > 0;) {
        const std::uint32_t function = all_.names[frame.first_name + inlined].function;
        if (function != 0) {
          node = child_of(node, {node_name::kind::function, function, frame.module});
          is_named = true;
        }
      }
      node_of_stack_[i] =
          is_named ? node
                   : child_of(node, {node_name::kind::address, all_.stacks[i].frame, frame.module});
    }
  }

  std::uint32_t child_of(std::uint32_t parent, const node_name& name) {
    const place at = {parent, name};
    const auto [found, added] = known_.try_emplace(at, static_cast<std::uint32_t>(places_.size()));
    if (added) {
      places_.push_back(at);
      values_.emplace_back();
    }
    return found->second;
  }

  // The largest of the node's parts of the whole.
  double share_of(std::size_t node) const {
    double share = 0;
    for (std::size_t figure = 0; figure < model::call_figures; ++figure) {
      const std::int64_t whole = values_.front()[figure];
      if (whole > 0) {
        share = std::max(share,
                         static_cast<double>(values_[node][figure]) / static_cast<double>(whole));
      }
    }
    return share;
  }

  // Larger shares are all kept; of those that equal the smallest of them as many as there is room.
  struct share_limit {
    double least = 0;
    std::size_t room = 0;

    bool admits(double share) {
      if (share == least && share > 0 && room != 0) {
        --room;
        return true;
      }
      return share > least;
    }
  };

  // For no more than `most` nodes, the first one among them.
  share_limit limit_of(std::size_t most) const {
    if (places_.size() <= most) {
      return {};
    }
    std::vector<double> shares(places_.size() - 1);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      shares[i] = share_of(i + 1);
    }
    const std::size_t kept = most == 0 ? 0 : most - 1;
    std::nth_element(shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(kept),
                     shares.end(), std::greater<>());
    share_limit limit;
    limit.least = shares[kept];
    const auto larger = std::count_if(shares.begin(), shares.end(),
                                      [&limit](double share) { return share > limit.least; });
    limit.room = kept - static_cast<std::size_t>(larger);
    return limit;
  }

  model::call_node spelt_out(std::size_t node, std::uint32_t parent) const {
    const node_name& name = places_[node].name;
    const auto file_of = [this](std::uint32_t module) {
      const std::string& path = all_.modules[module].path;
      return path.substr(path.rfind('/') + 1);
    };
    model::call_node made;
    made.parent = parent;
    made.values = values_[node];
    switch (name.of) {
      case node_name::kind::everything:
        made.function = "all";
        break;
      case node_name::kind::function:
        made.function = all_.strings[name.number];
        made.module = file_of(name.module);
        break;
      case node_name::kind::address:
        made.module = file_of(name.module);
        made.offset = all_.frames[name.number].offset;
        break;
      case node_name::kind::allocator:
        made.function = name_of(static_cast<allocation_function>(name.number));
        break;
    }
    return made;
  }

  const capture::contents& all_;
  std::vector<place> places_;  // parents first; element 0 is everything
  std::vector<call_values> values_;
  std::vector<std::uint32_t> node_of_stack_;
  std::unordered_map<place, std::uint32_t, hash_of_place> known_;
};

}  // namespace

model::call_tree make_call_tree(const capture::contents& all, std::size_t most_nodes) {
  tree_builder tree(all);
  for (const capture::counter_row& row : all.counters) {
    tree.add_counter(row);
  }
  return tree.finish(most_nodes);
}

}  // namespace track::analysis
