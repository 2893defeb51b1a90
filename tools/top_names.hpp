// Names the sites that `track top` shows, and nothing else of the program. Floor 6.
//
// Remembers every address that it looked up, by module and offset. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libtrack/capture/name_source.hpp"
#include "libtrack/model/report.hpp"

namespace track::tools {

struct code_address {
  capture::module_key module;
  std::uint64_t offset = 0;  // return address minus the load bias
};
using address_stack = std::vector<code_address>;  // innermost first

class top_names {
 public:
  explicit top_names(std::unique_ptr<capture::name_source> source) : source_(std::move(source)) {}

  // The innermost frame of user code of each; where there is none, the innermost one; of an empty
  // stack an empty frame. cost: opens each module with an address that is new.
  std::vector<model::frame> innermost(const std::vector<address_stack>& stacks);

 private:
  using module_id = std::pair<std::string, std::vector<std::uint8_t>>;
  using chain = std::vector<capture::code_name>;
  struct wanted {
    std::map<module_id, std::vector<std::uint64_t>> offsets;
  };

  const chain* find(const code_address& address) const;
  bool ask_for(const address_stack& stack, wanted& asked) const;
  void resolve(wanted& asked);
  model::frame choose(const address_stack& stack) const;

  std::unique_ptr<capture::name_source> source_;
  std::map<module_id, std::map<std::uint64_t, chain>> known_;
};

}  // namespace track::tools
