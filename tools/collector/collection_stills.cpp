// What a collection does with the heap graphs that stills write: into the capture, and judged.
#include <algorithm>
#include <utility>

#include "libtrack/ledger/slot_view.hpp"
#include "tools/collector/collection_watched.hpp"

namespace track::tools {
namespace {

// How much a graph of this process is likely to hold.
std::optional<capture::graph_totals> expected_of(std::span<const std::byte> slot) {
  constexpr std::uint64_t edges_a_block = 4;  // more is rare, and only costs time
  const auto totals = ledger::read_totals(slot);
  if (!totals) {
    return std::nullopt;
  }
  capture::graph_totals expected;
  expected.blocks = static_cast<std::uint64_t>(std::max<std::int64_t>(totals->live_blocks, 0));
  expected.edges = expected.blocks * edges_a_block;
  return expected;
}

}  // namespace

collection::collection(capture::writer writer, collection_options options)
    : writer_(std::move(writer)),
      options_(std::move(options)),
      exit_graph_([this](capture::still_key still, ledger::graph::trigger trigger) {
        const watched* process = by_number(still.process);
        const bool ends = process != nullptr && process->pid == options_.program &&
                          trigger == ledger::graph::trigger::exit_end;
        return ends ? expected_of(process->ledger->slot(process->slot)) : std::nullopt;
      }),
      verdict_graph_([this](capture::still_key still, ledger::graph::trigger) {
        const watched* process = by_number(still.process);
        const bool is_asked =
            process != nullptr &&
            asks_verdict(process->ledger->writable_slot(process->slot), still.still);
        return is_asked ? expected_of(process->ledger->slot(process->slot)) : std::nullopt;
      }) {}

collection::~collection() = default;

// Its copy may still be writing what the process was.
bool collection::expects_still(const watched& process, std::uint64_t now_ms) {
  const auto header =
      ledger::load_record<ledger::slot_header>(process.ledger->slot(process.slot), 0);
  return options_.clear_slots &&
         stills_.is_coming(process.number, header.stills_begun, header.stills_failed, now_ms);
}

void collection::take_stills(int pipe, std::uint64_t now_ms) {
  keep(stills_.drain(pipe, writer_, now_ms,
                     {options_.on_classes ? &exit_graph_ : nullptr,
                      options_.clear_slots ? &verdict_graph_ : nullptr}));
  tell_classes();
  give_verdict();
}

collection::watched* collection::by_number(std::uint64_t number) const {
  const auto found = std::ranges::find_if(
      watched_, [number](const auto& process) { return process->number == number; });
  return found == watched_.end() ? nullptr : found->get();
}

void collection::tell_classes() {
  const capture::heap_graph* graph = exit_graph_.graph();
  if (graph == nullptr || classes_told_) {
    return;
  }
  classes_told_ = true;
  const watched* program = by_number(graph->process);
  if (const auto image = program == nullptr ? std::nullopt : image_of(*program)) {
    options_.on_classes(classify(*graph, *image));
  }
}

void collection::give_verdict() {
  const auto graph = verdict_graph_.take();
  watched* const process = graph ? by_number(graph->process) : nullptr;
  if (const auto image = process == nullptr ? std::nullopt : image_of(*process)) {
    tools::give_verdict(process->ledger->writable_slot(process->slot), graph->still,
                        judge_.judge(*graph, *image));
  }
}

}  // namespace track::tools
