#include "libtrack/capture/graph_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/capture/graph_cursor.hpp"
#include "libtrack/capture/graph_ends.hpp"

namespace track::capture {
namespace {

namespace graph = ledger::graph;
using graph::record;

constexpr std::size_t window_bytes = std::size_t{1} << 20;
constexpr std::uint64_t address_limit = std::uint64_t{1} << 57;
constexpr std::uint32_t largest_word = 0x7fffffff;
constexpr std::uint32_t most_blocks = 0xfffffffe;
constexpr std::uint64_t site_limit = std::uint64_t{1} << 32;
// Registers and what is forced reachable have no range.
constexpr std::uint64_t words_without_range = std::uint64_t{1} << 20;
// A still knows sizes from here on only rounded up to pages.
constexpr std::uint64_t coarse_size = std::uint64_t{1} << 31;
constexpr std::uint64_t coarse_step = 4096;
constexpr std::uint32_t age_limit = 0x80000000;
constexpr std::uint64_t fewest_block_bytes = 8;
constexpr std::uint64_t fewest_edge_bytes = 2;
constexpr std::uint64_t most_edges = 0xffffffff;
constexpr std::uint8_t ignored_flag = 4;  // __lsan_ignore_object

}  // namespace

// Records are taken from a window that holds the stream's next bytes, followed by zeros. All but
// the last of a stream are taken only when as many bytes are there as the longest may have.
class graph_decoder::state {
 public:
  state(const graph_totals& expected, std::uint64_t stream_bytes) : expected_(expected) {
    expected_.blocks = std::min(expected_.blocks, stream_bytes / fewest_block_bytes);
    expected_.edges = std::min(expected_.edges, stream_bytes / fewest_edge_bytes);
    graph_.types.emplace_back();
    room_ =
        static_cast<std::size_t>(std::min<std::uint64_t>(stream_bytes, window_bytes)) + read_ahead;
    window_.resize(room_ + read_ahead);
  }

  result<void> feed(std::span<const std::byte> piece) {
    while (!piece.empty()) {
      const std::size_t taken = std::min(piece.size(), room_ - filled_);
      std::memcpy(window_.data() + filled_, piece.data(), taken);
      filled_ += taken;
      piece = piece.subspan(taken);
      if (filled_ == room_) {
        if (auto done = decode(read_ahead); !done) {
          return done;
        }
      }
    }
    return {};
  }

  result<heap_graph> finish() {
    std::memset(window_.data() + filled_, 0, read_ahead);
    if (auto done = decode(0); !done) {
      return done.failure();
    }
    if (!ended_) {
      return wrong("the stream ends early: the still did not come to its end");
    }
    graph_.first_edge.push_back(count_of(graph_.edges));
    graph_.first_root_edge.push_back(count_of(graph_.root_edges));
    if (const char* why = check_whole()) {
      return wrong(why);
    }
    separate_inherited();
    return std::move(graph_);
  }

 private:
  static std::uint32_t count_of(const std::vector<graph_edge>& edges) {
    return static_cast<std::uint32_t>(edges.size());
  }

  error wrong(const char* why) const {
    return {error_code::bad_input, "heap graph, offset " + std::to_string(offset_) + ": " + why};
  }

  result<void> decode(std::size_t kept_back) {
    std::size_t used = 0;
    const std::byte* const end = window_.data() + filled_;
    while (filled_ - used > kept_back) {
      graph_cursor in(window_.data() + used, end);
      if (const char* why = take_record(in)) {
        return wrong(why);
      }
      if (!in.sound()) {
        return wrong(in.at() > end ? "the stream ends within a record"
                                   : "a number is out of range");
      }
      const auto size = static_cast<std::size_t>(in.at() - (window_.data() + used));
      used += size;
      offset_ += size;
    }
    filled_ -= used;
    std::memmove(window_.data(), window_.data() + used, filled_);
    return {};
  }

  // Null: nothing is wrong.
  const char* take_record(graph_cursor& in) {
    const auto kind = static_cast<record>(in.byte());
    if (ended_) {
      return "something follows its end";
    }
    if (begun_ == (kind == record::begin)) {
      return begun_ ? "it begins twice" : "it does not begin as a heap graph";
    }
    switch (kind) {
      case record::begin:
        return take_begin(in);
      case record::module:
        return take_module(in);
      case record::root:
        return take_root(in);
      case record::root_edges:
        return take_root_edges(in);
      case record::type:
        return take_type(in);
      case record::block:
        return take_block(in);
      case record::edges:
        return take_block_edges(in);
      case record::counts:
        return take_counts(in);
      case record::note:
        read_note(in, totals_);
        return nullptr;
      case record::end:
        read_end(in, totals_);
        ended_ = true;
        return nullptr;
    }
    return "a record is of no known kind";
  }

  const char* take_begin(graph_cursor& in) {
    graph_head head;
    if (!read_head_fields(in, head)) {
      return "it was written by a newer recorder; read it with that version";
    }
    begun_ = true;
    graph_.trigger = head.trigger;
    graph_.at_mono_ms = head.at_mono_ms;
    graph_.clock_ms = head.clock_ms;
    graph_.threads = head.threads;
    graph_.first_site = head.first_site;
    return nullptr;
  }

  const char* take_module(graph_cursor& in) {
    graph_module& module = graph_.modules.emplace_back();
    module.start = in.below(address_limit);
    module.end = module.start + in.below(address_limit);
    module.path = in.text();
    return nullptr;
  }

  const char* take_root(graph_cursor& in) {
    graph_root root;
    root.kind = static_cast<graph::root_kind>(in.byte());
    root.start = in.below(~std::uint64_t{0});
    root.bytes = in.below(~root.start);
    root.thread_id = static_cast<std::uint32_t>(in.below(UINT32_MAX));
    if (root.kind > graph::root_kind::mapping) {
      return "a root is of no known kind";
    }
    if (root.kind == graph::root_kind::tls) {
      const std::uint64_t above = in.below(~root.start);
      root.thread_pointer = above == 0 ? 0 : root.start + above;
    }
    graph_.roots.push_back(root);
    graph_.first_root_edge.push_back(count_of(graph_.root_edges));
    begin_source(root.bytes == 0 ? words_without_range : root.bytes / 8, 0);
    return nullptr;
  }

  const char* take_root_edges(graph_cursor& in) {
    if (in.number() + 1 != graph_.roots.size()) {
      return "edges belong to another root than the last";
    }
    return take_edges(in, graph_.root_edges, graph_.root_interiors);
  }

  const char* take_type(graph_cursor& in) {
    graph_type& type = graph_.types.emplace_back();
    type.vtable = in.number();
    type.shape = static_cast<graph::control_shape>(in.byte());
    type.mangled = in.text();
    return type.shape > graph::control_shape::libcxx ? "a type is of no known shape" : nullptr;
  }

  const char* take_block(graph_cursor& in) {
    if (graph_.address.empty()) {
      reserve();
    }
    const std::uint64_t granules = in.below(address_limit / 8);
    const std::uint64_t size = in.below(address_limit);
    const auto site = static_cast<std::uint32_t>(in.below(site_limit));
    const std::uint8_t function_flags = in.byte();
    const auto age = static_cast<std::uint32_t>(in.below(site_limit));
    in.number();  // the thread: nobody asks yet
    const std::uint64_t type = in.number();
    const bool first = graph_.address.empty();
    const std::uint64_t address = (first ? 0 : graph_.address.back()) + granules * 8;
    const std::uint8_t function = function_flags >> 4;
    if ((!first && granules == 0) || address + size > address_limit) {
      return "blocks are not in the order of their addresses";
    }
    if (type >= graph_.types.size() ||
        function >= static_cast<std::uint8_t>(allocation_function::count) ||
        graph_.address.size() >= most_blocks) {
      return "a block makes no sense";
    }
    const auto number = static_cast<std::uint32_t>(graph_.address.size());
    graph_.address.push_back(address);
    graph_.size.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(size, UINT32_MAX)));
    if (size >= UINT32_MAX) {
      graph_.large_size.emplace(number, size);
    }
    graph_.site.push_back(site);
    graph_.age_ms.push_back(age < age_limit ? age : 0);
    graph_.type.push_back(static_cast<std::uint32_t>(type));
    if ((function_flags & ignored_flag) != 0) {
      graph_.ignored.push_back(number);
    }
    graph_.first_edge.push_back(count_of(graph_.edges));
    overflow_ |= __builtin_add_overflow(graph_.bytes, size, &graph_.bytes);
    begin_source(size / 8, number);
    return nullptr;
  }

  void reserve() {
    const auto blocks = static_cast<std::size_t>(expected_.blocks);
    const auto edges = static_cast<std::size_t>(expected_.edges);
    graph_.address.reserve(blocks);
    graph_.size.reserve(blocks);
    graph_.site.reserve(blocks);
    graph_.age_ms.reserve(blocks);
    graph_.type.reserve(blocks);
    graph_.first_edge.reserve(blocks + 1);
    graph_.edges.reserve(edges);
  }

  const char* take_block_edges(graph_cursor& in) {
    if (graph_.address.empty()) {
      return "edges belong to no block";
    }
    return take_edges(in, graph_.edges, graph_.interiors);
  }

  void begin_source(std::uint64_t words, std::uint32_t first_target) {
    next_word_ = 0;
    word_limit_ = words;
    last_target_ = first_target;
  }

  const char* take_edges(graph_cursor& in, std::vector<graph_edge>& edges,
                         std::vector<interior_edge>& interiors) {
    const std::uint64_t count = in.number();
    if (count == 0 || count > graph::max_edges) {
      return "too many edges in one record";
    }
    if (edges.size() + count > most_edges) {
      return "more than 2^32 pointers: too large for this version";
    }
    std::uint64_t next_word = next_word_;
    std::int64_t target = last_target_;
    std::int64_t highest = highest_target_;
    std::int64_t out_of_range = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t word = next_word + in.below(word_limit_ - next_word);
      const std::uint64_t packed = in.number();
      target += graph_cursor::unzigzag(packed >> 1);
      out_of_range |= target;  // negative, or past 32 bits
      highest = std::max(highest, target);
      graph_edge edge;
      edge.target = static_cast<std::uint32_t>(target);
      edge.word = std::min<std::uint64_t>(word, largest_word) & largest_word;
      edge.interior = packed & 1;
      if (edge.interior != 0) {
        const std::uint64_t offset = in.number();
        interiors.push_back({edges.size(), offset, in.byte()});
      }
      edges.push_back(edge);
      next_word = word + 1;
      if (!in.sound() || (out_of_range >> 32) != 0) {
        return "an edge leads out of its block, or to none";
      }
    }
    next_word_ = next_word;
    last_target_ = target;
    highest_target_ = highest;
    return nullptr;
  }

  const char* take_counts(graph_cursor& in) {
    control_counts counts;
    counts.block = static_cast<std::uint32_t>(in.below(most_blocks));
    counts.offset = in.number();
    counts.use = in.number();
    counts.weak = in.number();
    counts.shape = static_cast<graph::control_shape>(in.byte());
    if (counts.shape == graph::control_shape::none || counts.shape > graph::control_shape::libcxx) {
      return "a control block is of no known shape";
    }
    graph_.counts.push_back(counts);
    return nullptr;
  }

  const char* check_whole() {
    const std::uint64_t blocks = graph_.address.size();
    if (overflow_ || blocks != totals_.blocks || graph_.bytes != totals_.bytes ||
        graph_.edges.size() != totals_.edges || graph_.root_edges.size() != totals_.root_edges) {
      return "its parts do not add up to its totals";
    }
    if (highest_target_ >= static_cast<std::int64_t>(blocks)) {
      return "an edge leads to a block that is not there";
    }
    if (!all_within(graph_.interiors, graph_.edges) ||
        !all_within(graph_.root_interiors, graph_.root_edges)) {
      return "an edge leads out of the block that it points into";
    }
    for (const control_counts& counts : graph_.counts) {
      const std::uint64_t needed = counts.shape == graph::control_shape::libcxx ? 24 : 16;
      if (counts.block >= blocks || counts.offset > graph_.bytes_of(counts.block) ||
          graph_.bytes_of(counts.block) - counts.offset < needed) {
        return "a control block lies outside of its block";
      }
    }
    std::ranges::copy(totals_.notes, graph_.notes);
    graph_.pause_us = totals_.pause_us;
    return nullptr;
  }

  bool all_within(const std::vector<interior_edge>& interiors,
                  const std::vector<graph_edge>& edges) const {
    return std::ranges::all_of(interiors, [&](const interior_edge& interior) {
      const std::uint64_t size = graph_.bytes_of(edges[interior.edge].target);
      const std::uint64_t extent =
          size < coarse_size ? size : (size + coarse_step - 1) / coarse_step * coarse_step;
      return interior.offset != 0 && interior.offset < extent;
    });
  }

  void separate_inherited() {
    const std::uint32_t first = graph_.first_site;
    graph_.inherited.resize(graph_.site.size());
    for (std::size_t block = 0; first != 0 && block < graph_.site.size(); ++block) {
      std::uint32_t& site = graph_.site[block];
      graph_.inherited[block] = site < first;
      site = site < first ? 0 : site - first;
    }
  }

  graph_totals expected_;
  graph_totals totals_;
  heap_graph graph_;
  std::vector<std::byte> window_;
  std::size_t room_ = 0;  // of the window, less the zeros behind it
  std::size_t filled_ = 0;
  std::uint64_t offset_ = 0;  // of the window's first byte within the stream
  std::uint64_t next_word_ = 0;
  std::uint64_t word_limit_ = 0;
  std::int64_t last_target_ = 0;
  std::int64_t highest_target_ = -1;
  bool begun_ = false;
  bool ended_ = false;
  bool overflow_ = false;
};

graph_decoder::graph_decoder(const graph_totals& expected, std::uint64_t stream_bytes)
    : state_(std::make_unique<state>(expected, stream_bytes)) {}
graph_decoder::graph_decoder(graph_decoder&&) noexcept = default;
graph_decoder& graph_decoder::operator=(graph_decoder&&) noexcept = default;
graph_decoder::~graph_decoder() = default;

result<void> graph_decoder::feed(std::span<const std::byte> piece) {
  return state_->feed(piece);
}

result<heap_graph> graph_decoder::finish() {
  return state_->finish();
}

result<heap_graph> decode_graph(std::span<const std::byte> stream) {
  graph_decoder decoder({}, stream.size());
  if (auto fed = decoder.feed(stream); !fed) {
    return fed.failure();
  }
  return decoder.finish();
}

}  // namespace track::capture
