#include "reports/pprof.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <protozero/pbf_writer.hpp>

#include "libtrack/support/text.hpp"
#include "reports/format.hpp"
#include "reports/gzip.hpp"

namespace track::reports {
namespace {

using protozero::pbf_writer;

namespace profile {
enum : protozero::pbf_tag_type {
  sample_type = 1,
  sample = 2,
  mapping = 3,
  location = 4,
  function = 5,
  string_table = 6,
  duration_nanos = 10,
  comment = 13,
  default_sample_type = 14
};
}
namespace value_type {
enum : protozero::pbf_tag_type { type = 1, unit = 2 };
}
namespace sample {
enum : protozero::pbf_tag_type { location_id = 1, value = 2 };
}
namespace mapping {
enum : protozero::pbf_tag_type {
  id = 1,
  memory_limit = 3,
  filename = 5,
  has_functions = 7,
  has_filenames = 8,
  has_line_numbers = 9,
  has_inline_frames = 10
};
}
namespace location {
enum : protozero::pbf_tag_type { id = 1, mapping_id = 2, address = 3, line = 4 };
}
namespace line {
enum : protozero::pbf_tag_type { function_id = 1, line = 2 };
}
namespace function {
enum : protozero::pbf_tag_type { id = 1, name = 2, system_name = 3, filename = 4 };
}

// Gives each key a number, from 1 in the order in which they come.
template <typename Key>
class numbers {
 public:
  // And whether it is new.
  std::pair<std::uint64_t, bool> of(const Key& key) {
    const auto [found, added] = known_.emplace(key, known_.size() + 1);
    return {found->second, added};
  }

 private:
  std::map<Key, std::uint64_t> known_;
};

class profile_writer {
 public:
  profile_writer() { add_string(""); }

  void add_values(const std::vector<pprof_value>& values) {
    for (const pprof_value& each : values) {
      std::string data;
      pbf_writer type(data);
      type.add_int64(value_type::type, string(each.type));
      type.add_int64(value_type::unit, string(each.unit));
      profile_.add_message(profile::sample_type, data);
    }
    // By themselves readers take the last one.
    if (!values.empty()) {
      profile_.add_int64(profile::default_sample_type, string(values.front().type));
    }
  }

  void add_site(const model::site& site, const std::vector<std::int64_t>& values) {
    std::vector<std::uint64_t> locations;
    // Where it was allocated counts as a frame: it is what differs between malloc and new.
    locations.push_back(location_of({site.allocated_by}));
    for (std::size_t i = 0; i < site.allocated.size();) {
      std::vector<model::frame> at = {site.allocated[i++]};
      while (at.back().inlined && i < site.allocated.size()) {
        at.push_back(site.allocated[i++]);
      }
      locations.push_back(location_of(at));
    }
    std::string data;
    pbf_writer out(data);
    out.add_packed_uint64(sample::location_id, locations.begin(), locations.end());
    out.add_packed_int64(sample::value, values.begin(), values.end());
    profile_.add_message(profile::sample, data);
  }

  void add_module_of(const model::frame& frame) { mapping_of(frame); }

  std::string finish(std::uint64_t duration_ms) {
    if (duration_ms != 0) {
      constexpr std::uint64_t nanos_a_ms = 1'000'000;
      profile_.add_int64(
          profile::duration_nanos,
          static_cast<std::int64_t>(std::min<std::uint64_t>(duration_ms, INT64_MAX / nanos_a_ms) *
                                    nanos_a_ms));
    }
    return data_;
  }

 private:
  std::int64_t string(const std::string& text) {
    const auto [number, added] = strings_.of(text);
    if (added) {
      add_string(text);
    }
    return static_cast<std::int64_t>(number);
  }
  void add_string(const std::string& text) {
    profile_.add_string(profile::string_table, valid_utf8(text));
  }

  std::uint64_t mapping_of(const model::frame& frame) {
    const std::string& path = frame.module_path.empty() ? frame.module : frame.module_path;
    if (path.empty()) {
      return 0;
    }
    const auto [number, added] = mappings_.of(path);
    if (added) {
      std::string data;
      pbf_writer out(data);
      out.add_uint64(mapping::id, number);
      out.add_uint64(mapping::memory_limit, UINT64_MAX);
      out.add_int64(mapping::filename, string(path));
      for (const auto has : {mapping::has_functions, mapping::has_filenames,
                             mapping::has_line_numbers, mapping::has_inline_frames}) {
        out.add_bool(has, true);
      }
      profile_.add_message(profile::mapping, data);
    }
    return number;
  }

  std::uint64_t function_of(const std::string& name, const std::string& file) {
    const auto [number, added] = functions_.of({name, file});
    if (added) {
      std::string data;
      pbf_writer out(data);
      out.add_uint64(function::id, number);
      out.add_int64(function::name, string(name));
      out.add_int64(function::system_name, string(name));
      out.add_int64(function::filename, string(file));
      profile_.add_message(profile::function, data);
    }
    return number;
  }

  // A function of the recorder's own: how it was allocated.
  std::uint64_t location_of(const std::string& function) {
    model::frame frame;
    frame.function = function;
    return location_of(std::vector{frame});
  }
  // `frames`: innermost first, all at one address.
  std::uint64_t location_of(const std::vector<model::frame>& frames) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> lines;
    for (const model::frame& frame : frames) {
      lines.emplace_back(function_of(frame_name(frame), frame.file), frame.line.value_or(0));
    }
    const std::uint64_t module = mapping_of(frames.back());
    const std::uint64_t address = frames.back().offset.value_or(0);
    const auto [number, added] = locations_.of({module, address, lines});
    if (added) {
      std::string data;
      pbf_writer out(data);
      out.add_uint64(location::id, number);
      out.add_uint64(location::mapping_id, module);
      out.add_uint64(location::address, address);
      for (const auto& [function, at] : lines) {
        std::string line_data;
        pbf_writer line_out(line_data);
        line_out.add_uint64(line::function_id, function);
        line_out.add_int64(line::line, at);
        out.add_message(location::line, line_data);
      }
      profile_.add_message(profile::location, data);
    }
    return number;
  }

  std::string data_;
  pbf_writer profile_{data_};
  numbers<std::string> strings_;
  numbers<std::string> mappings_;
  numbers<std::pair<std::string, std::string>> functions_;
  numbers<std::tuple<std::uint64_t, std::uint64_t,
                     std::vector<std::pair<std::uint64_t, std::uint32_t>>>>
      locations_;
};

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// One in the module of the process that was started; null: there is none.
const model::frame* frame_of_program(const model::site_report& report) {
  if (report.processes.empty() || report.processes.front().program.empty()) {
    return nullptr;
  }
  const std::string_view program = last_part(report.processes.front().program);
  for (const model::site& site : report.sites) {
    for (const model::frame& frame : site.allocated) {
      if (last_part(frame.module) == program) {
        return &frame;
      }
    }
  }
  return nullptr;
}

}  // namespace

std::string render_pprof(const model::site_report& report, const std::vector<pprof_value>& values,
                         std::uint64_t duration_ms) {
  profile_writer profile;
  profile.add_values(values);
  // The first module of a profile is its program.
  if (const model::frame* frame = frame_of_program(report)) {
    profile.add_module_of(*frame);
  }
  for (const model::site& site : report.sites) {
    std::vector<std::int64_t> figures;
    bool any = false;
    for (const pprof_value& each : values) {
      figures.push_back(each.of(site));
      any = any || figures.back() != 0;
    }
    if (any) {
      profile.add_site(site, figures);
    }
  }
  return gzipped(profile.finish(duration_ms));
}

}  // namespace track::reports
