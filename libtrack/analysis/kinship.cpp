#include "libtrack/analysis/kinship.hpp"

#include <map>
#include <string>
#include <unordered_map>

#include "libtrack/analysis/function_name.hpp"

namespace track::analysis {
namespace {

constexpr std::size_t telling_frames = 2;

// Two calls in one function may make different things: the place in it counts.
std::string telling_text(const heap_view& view, std::uint32_t site) {
  std::string text;
  std::size_t left = telling_frames;
  for (const model::frame& frame : view.code().stack(view.all().sites[site].stack)) {
    const std::string name = reduced_name(frame.function);
    if (is_runtime_module(frame.module) || is_library_function(name)) {
      continue;
    }
    text += frame.module + ' ' + name + ' ' +
            std::to_string(frame.line ? *frame.line : frame.offset.value_or(0)) + '\n';
    if (--left == 0) {
      break;
    }
  }
  return text;
}

}  // namespace

std::vector<std::uint32_t> find_kin(const heap_view& view) {
  const capture::heap_graph& graph = view.graph();
  std::vector<std::uint32_t> kin(graph.block_count());
  std::unordered_map<std::uint32_t, std::uint32_t> by_type;
  std::unordered_map<std::uint32_t, std::uint32_t> by_site;
  std::map<std::string, std::uint32_t> by_text;
  std::uint32_t next = 0;
  for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
    if (const std::uint32_t type = view.type_of(block); type != 0) {
      const auto [found, added] = by_type.emplace(type, next + 1);
      next += added ? 1 : 0;
      kin[block] = found->second;
      continue;
    }
    const std::uint32_t site = graph.site[block];
    if (site == 0) {
      continue;
    }
    const auto [found, added] = by_site.emplace(site, 0);
    if (added) {
      std::uint32_t& number = by_text[telling_text(view, site)];
      number = number == 0 ? ++next : number;
      found->second = number;
    }
    kin[block] = found->second;
  }
  return kin;
}

}  // namespace track::analysis
