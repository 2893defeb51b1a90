#include "tools/heap_names.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libtrack/symbols/type_source.hpp"

namespace track::tools {
namespace {

capture::pointer_kind to_kind(symbols::pointer_kind kind) {
  switch (kind) {
    case symbols::pointer_kind::raw:
      return capture::pointer_kind::raw;
    case symbols::pointer_kind::strong:
      return capture::pointer_kind::strong;
    case symbols::pointer_kind::weak:
      return capture::pointer_kind::weak;
    case symbols::pointer_kind::unique:
      return capture::pointer_kind::unique;
    case symbols::pointer_kind::container:
      return capture::pointer_kind::container;
    case symbols::pointer_kind::link:
      return capture::pointer_kind::link;
    case symbols::pointer_kind::virtual_table:
      return capture::pointer_kind::virtual_table;
    default:
      return capture::pointer_kind::unknown;
  }
}

std::optional<capture::variable_row> to_row(std::optional<symbols::variable_facts> variable) {
  if (!variable) {
    return std::nullopt;
  }
  return capture::variable_row{std::move(variable->name), std::move(variable->path),
                               std::move(variable->type), variable->offset};
}

class symbol_heap_names final : public capture::heap_name_source {
 public:
  explicit symbol_heap_names(symbols::resolver_options options) : options_(std::move(options)) {}

  bool set_modules(std::span<const capture::loaded_module> modules) override {
    const auto key_of = [](const capture::loaded_module& module) {
      return symbols::module_key{module.key.path, module.key.build_id};
    };
    // In one order, wherever they were mapped: processes of one program share the source.
    std::vector<symbols::module_key> keys;
    std::ranges::transform(modules, std::back_inserter(keys), key_of);
    std::ranges::sort(keys);
    const bool known = source_ != nullptr && keys == keys_;
    if (!known) {
      source_ = std::make_unique<symbols::type_source>(keys, options_);
      keys_ = std::move(keys);
    }
    places_.clear();
    mapped_.clear();
    for (const capture::loaded_module& module : modules) {
      const auto at = std::ranges::lower_bound(keys_, key_of(module));
      places_.push_back(static_cast<std::size_t>(at - keys_.begin()));
      if (module.end != 0) {
        mapped_.push_back({module.start, module.end, places_.back(), std::nullopt, false});
      }
    }
    std::ranges::sort(mapped_, {}, &range::start);
    return known;
  }

  std::uint32_t type_of_vtable(std::uint64_t vtable, std::string_view mangled) override {
    const auto place = place_of(vtable);
    return place ? static_cast<std::uint32_t>(source_->type_of_vtable(*place, mangled)) : 0;
  }

  std::uint32_t type_of_site(std::span<const capture::allocating_frame> stack,
                             std::uint64_t size_bytes) override {
    std::vector<symbols::site_frame> frames;
    for (const capture::allocating_frame& frame : stack) {
      frames.push_back({{places_[frame.module], frame.offset}, frame.functions});
    }
    return static_cast<std::uint32_t>(source_->type_of_site(frames, size_bytes));
  }

  capture::type_row facts(std::uint32_t type) override {
    const symbols::type_facts& facts = source_->facts(symbols::type_number{type});
    return {facts.name, facts.size_bytes, facts.element_offset, facts.is_array};
  }

  std::optional<capture::field_row> field_at(std::uint32_t type, std::uint64_t offset) override {
    auto field = source_->field_at(symbols::type_number{type}, offset);
    if (!field) {
      return std::nullopt;
    }
    return capture::field_row{std::move(field->path), std::move(field->type), field->offset,
                              to_kind(field->kind)};
  }

  std::optional<capture::variable_row> variable_at(std::uint64_t address) override {
    const auto place = place_of(address);
    return to_row(place ? source_->variable_at(*place) : std::nullopt);
  }

  std::optional<capture::variable_row> thread_local_at(std::uint32_t program,
                                                       std::uint64_t below_pointer) override {
    const std::size_t module = places_[program];
    const auto storage = source_->thread_locals(module);
    if (!storage || below_pointer > storage->start_below_pointer) {
      return std::nullopt;
    }
    return to_row(source_->thread_local_at(module, storage->start_below_pointer - below_pointer));
  }

 private:
  struct range {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::size_t module = 0;
    std::optional<std::uint64_t> bias;
    bool asked = false;
  };

  // Data that is zero at start lies behind the file's mappings: the last module before it is meant.
  std::optional<symbols::module_address> place_of(std::uint64_t address) {
    const auto after = std::ranges::upper_bound(mapped_, address, {}, &range::start);
    if (after == mapped_.begin()) {
      return std::nullopt;
    }
    range& at = *std::prev(after);
    if (!std::exchange(at.asked, true)) {
      at.bias = source_->load_bias(at.module, at.start);
    }
    if (!at.bias) {
      return std::nullopt;
    }
    return symbols::module_address{at.module, address - *at.bias};
  }

  symbols::resolver_options options_;
  std::unique_ptr<symbols::type_source> source_;
  std::vector<symbols::module_key> keys_;
  std::vector<std::size_t> places_;  // by module given: into keys_
  std::vector<range> mapped_;
};

}  // namespace

std::unique_ptr<capture::heap_name_source> make_heap_name_source(
    symbols::resolver_options options) {
  return std::make_unique<symbol_heap_names>(std::move(options));
}

}  // namespace track::tools
