#include "libtrack/analysis/why.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "libtrack/analysis/processes.hpp"
#include "libtrack/support/text.hpp"

namespace track::analysis {
namespace {

using graph::block_class;

constexpr std::uint64_t most_examined = 1000;

std::optional<std::uint64_t> address_of(std::string_view text) {
  if (!text.starts_with("0x")) {
    return std::nullopt;
  }
  text.remove_prefix(2);
  std::uint64_t address = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), address, 16);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()
             ? std::optional(address)
             : std::nullopt;
}

std::vector<std::uint32_t> at_address(const capture::heap_graph& heap, std::uint64_t address) {
  const std::size_t after = heap.address.count_to(address);
  if (after == 0) {
    return {};
  }
  const auto block = static_cast<std::uint32_t>(after - 1);
  const std::uint64_t bytes = std::max<std::uint64_t>(heap.bytes_of(block), 1);
  return address - heap.address[block] < bytes ? std::vector{block} : std::vector<std::uint32_t>();
}

template <typename Wanted>
std::vector<std::uint32_t> blocks_where(const capture::heap_graph& heap, Wanted wanted) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t block = 0; block < heap.block_count(); ++block) {
    if (wanted(block)) {
      found.push_back(block);
    }
  }
  return found;
}

std::vector<std::uint32_t> by_fingerprint(const heap_view& view, const std::string& print) {
  const std::string& exe =
      view.all().processes[process_index(view.all(), view.graph().process)].exe;
  std::vector<bool> sites(view.all().sites.size());
  for (std::uint32_t site = 1; site < sites.size(); ++site) {
    sites[site] = view.code().fingerprint_of(view.all().sites[site].stack, exe).digits == print;
  }
  return blocks_where(view.graph(),
                      [&](std::uint32_t block) { return sites[view.graph().site[block]]; });
}

std::vector<std::uint32_t> by_type(const heap_view& view, const std::string& pattern) {
  std::map<std::uint32_t, bool> known;
  return blocks_where(view.graph(), [&](std::uint32_t block) {
    const std::uint32_t type = view.type_of(block);
    const auto [place, is_new] = known.try_emplace(type, false);
    if (is_new) {
      const std::string name = view.name_of_type(type);
      place->second = !name.empty() && (name == pattern || glob_match(pattern, name));
    }
    return place->second;
  });
}

std::vector<std::uint32_t> blocks_of(const heap_view& view, const std::string& what) {
  if (is_fingerprint(what)) {
    return by_fingerprint(view, what);
  }
  if (const auto address = address_of(what)) {
    return at_address(view.graph(), *address);
  }
  return by_type(view, what);
}

const char* class_text(block_class of) {
  return of == block_class::definite || of == block_class::indirect ? "lost"
         : of == block_class::possible                              ? "possibly_lost"
                                                                    : "reachable";
}

// What is the same for blocks that are held alike.
std::string look_of(const model::path& path, const std::string& block_class) {
  std::string look = block_class;
  for (const model::path_step& step : path) {
    look += '\n';
    look += model::name_of(step.kind);
    const std::string offset = step.offset ? std::to_string(*step.offset) : "";
    for (const std::string* part : {&step.name, &step.module, &step.type, &step.field}) {
      look += '\0' + *part;
    }
    look += step.name.empty() && step.field.empty() && step.kind != model::step_kind::stack
                ? offset
                : std::string();
  }
  return look;
}

class explainer {
 public:
  explicit explainer(const heap_view& view)
      : view_(view),
        summary_(view.summarize(false)),
        from_roots_(graph::path_index::from_roots(view.graph(), &view.runtime_roots())) {
    std::vector<std::uint32_t> leaders;
    for (const graph::cause& cause : summary_.causes.all) {
      if (cause.leader != graph::no_block) {
        leaders.push_back(cause.leader);
      }
    }
    from_causes_.emplace(graph::path_index::from_blocks(view.graph(), leaders));
  }

  void add(std::uint32_t block, std::map<std::string, model::holding>& ways) const {
    const std::string held = class_text(summary_.reached.class_of(block));
    std::optional<graph::path> way = from_roots_.to(block);
    if (!way) {
      way = from_causes_->to(block);
    }
    model::path path = way ? view_.describe(*way) : model::path();
    model::holding& sum = ways[look_of(path, held)];
    sum.held.blocks += 1;
    sum.held.bytes += view_.graph().bytes_of(block);
    if (sum.path.empty()) {
      sum.block_class = held;
      sum.path = std::move(path);
    }
  }

 private:
  const heap_view& view_;
  graph::graph_summary summary_;
  graph::path_index from_roots_;
  std::optional<graph::path_index> from_causes_;
};

}  // namespace

bool is_fingerprint(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<model::explanation> explain(const heap_view& view, const std::string& what,
                                          std::uint64_t most_ways) {
  const std::vector<std::uint32_t> blocks = blocks_of(view, what);
  if (blocks.empty()) {
    return std::nullopt;
  }
  model::explanation made;
  made.what = what;
  const explainer ask(view);
  std::map<std::string, model::holding> ways;
  for (const std::uint32_t block : blocks) {
    made.found.blocks += 1;
    made.found.bytes += view.graph().bytes_of(block);
    if (made.found.blocks <= most_examined) {
      ask.add(block, ways);
    } else {
      ++made.unexamined;
    }
  }
  for (auto& [look, way] : ways) {
    made.ways.push_back(std::move(way));
  }
  std::stable_sort(
      made.ways.begin(), made.ways.end(), [](const model::holding& a, const model::holding& b) {
        return std::pair(b.held.bytes, b.held.blocks) < std::pair(a.held.bytes, a.held.blocks);
      });
  if (most_ways != 0 && made.ways.size() > most_ways) {
    made.ways_left_out = made.ways.size() - most_ways;
    made.ways.resize(most_ways);
  }
  return made;
}

}  // namespace track::analysis
