#include "tools/names.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/symbols/resolver.hpp"
#include "tools/heap_names.hpp"

namespace track::tools {
namespace {

class symbol_names final : public preparing_name_source {
 public:
  explicit symbol_names(const symbols::resolver_options& options)
      : resolver_(options), heaps_(make_heap_name_source(options)) {}

  capture::heap_name_source* heaps() override { return heaps_.get(); }

  capture::module_names resolve(const capture::module_key& module,
                                std::span<const std::uint64_t> offsets) override {
    const symbols::module_key key{module.path, module.build_id};
    // A return address may be the first byte of the next function: the call stands before it.
    std::vector<std::uint64_t> calls;
    for (const std::uint64_t offset : offsets) {
      calls.push_back(offset == 0 ? 0 : offset - 1);
    }
    capture::module_names names;
    for (std::vector<symbols::resolved_frame>& chain : resolver_.resolve_many(key, calls)) {
      names.chains.push_back(to_chain(std::move(chain)));
    }
    const symbols::module_status status = resolver_.status(key);
    names.found = status.file_found || !status.debug_file.empty();
    names.has_symbols = status.names != symbols::name_source::none;
    return names;
  }

  void prepare(const capture::module_key& module) override {
    resolver_.prepare({module.path, module.build_id});
  }

 private:
  static std::vector<capture::code_name> to_chain(std::vector<symbols::resolved_frame> chain) {
    std::vector<capture::code_name> names;
    for (symbols::resolved_frame& frame : chain) {
      names.push_back(
          {std::move(frame.function), std::move(frame.file), frame.line, frame.inlined});
    }
    return names;
  }

  symbols::resolver resolver_;
  std::unique_ptr<capture::heap_name_source> heaps_;
};

}  // namespace

std::unique_ptr<preparing_name_source> make_name_source(const naming_options& options) {
  symbols::resolver_options wanted;
  wanted.debug_dirs.insert(wanted.debug_dirs.begin(), options.debug_dirs.begin(),
                           options.debug_dirs.end());
  wanted.sysroot = options.sysroot;
  return std::make_unique<symbol_names>(wanted);
}

}  // namespace track::tools
