// Joins libtrack/symbols with the capture's naming. Floor 6.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libtrack/capture/name_source.hpp"

namespace track::tools {

struct naming_options {
  std::vector<std::string> debug_dirs;  // searched before the usual places
  std::string sysroot;                  // put before module paths
};

class preparing_name_source : public capture::name_source {
 public:
  // Opens a module ahead of `resolve`. One other thread may do it at any time.
  virtual void prepare(const capture::module_key& module) = 0;
};

std::unique_ptr<preparing_name_source> make_name_source(const naming_options& options);

}  // namespace track::tools
