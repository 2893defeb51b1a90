#include "reports/pprof.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <protozero/pbf_reader.hpp>

namespace track::reports {
namespace {

std::string unpacked(const std::string& packed) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> tool(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string plain(1 << 22, '\0');
  std::size_t size = 0;
  EXPECT_EQ(libdeflate_gzip_decompress(tool.get(), packed.data(), packed.size(), plain.data(),
                                       plain.size(), &size),
            LIBDEFLATE_SUCCESS);
  plain.resize(size);
  return plain;
}

// What a reader of the format sees, by plain text.
struct seen_profile {
  std::vector<std::string> strings;
  std::vector<std::pair<std::string, std::string>> value_types;
  std::vector<std::pair<std::vector<std::string>, std::vector<std::int64_t>>> samples;
  std::int64_t duration_nanos = 0;
  std::string default_type;
  std::vector<std::string> modules;
};

struct raw_location {
  std::vector<std::pair<std::uint64_t, std::int64_t>> lines;
};

seen_profile read_profile(const std::string& packed) {
  const std::string plain = unpacked(packed);
  seen_profile seen;
  std::vector<std::pair<std::int64_t, std::int64_t>> types;
  std::map<std::uint64_t, raw_location> locations;
  std::map<std::uint64_t, std::int64_t> functions;
  std::vector<std::pair<std::vector<std::uint64_t>, std::vector<std::int64_t>>> samples;
  std::int64_t default_type = 0;
  std::vector<std::int64_t> modules;
  protozero::pbf_reader profile(plain);
  while (profile.next()) {
    switch (profile.tag()) {
      case 1: {
        auto type = profile.get_message();
        auto& made = types.emplace_back();
        while (type.next()) {
          (type.tag() == 1 ? made.first : made.second) = type.get_int64();
        }
        break;
      }
      case 2: {
        auto sample = profile.get_message();
        auto& made = samples.emplace_back();
        while (sample.next()) {
          if (sample.tag() == 1) {
            for (const std::uint64_t id : sample.get_packed_uint64()) {
              made.first.push_back(id);
            }
          } else {
            for (const std::int64_t value : sample.get_packed_int64()) {
              made.second.push_back(value);
            }
          }
        }
        break;
      }
      case 3: {
        auto mapping = profile.get_message();
        while (mapping.next()) {
          if (mapping.tag() == 5) {
            modules.push_back(mapping.get_int64());
          } else {
            mapping.skip();
          }
        }
        break;
      }
      case 4: {
        auto location = profile.get_message();
        std::uint64_t id = 0;
        raw_location made;
        while (location.next()) {
          if (location.tag() == 1) {
            id = location.get_uint64();
          } else if (location.tag() == 4) {
            auto line = location.get_message();
            auto& at = made.lines.emplace_back();
            while (line.next()) {
              if (line.tag() == 1) {
                at.first = line.get_uint64();
              } else {
                at.second = line.get_int64();
              }
            }
          } else {
            location.skip();
          }
        }
        locations[id] = made;
        break;
      }
      case 5: {
        auto function = profile.get_message();
        std::uint64_t id = 0;
        while (function.next()) {
          if (function.tag() == 1) {
            id = function.get_uint64();
          } else if (function.tag() == 2) {
            functions[id] = function.get_int64();
          } else {
            function.skip();
          }
        }
        break;
      }
      case 6:
        seen.strings.push_back(profile.get_string());
        break;
      case 10:
        seen.duration_nanos = profile.get_int64();
        break;
      case 14:
        default_type = profile.get_int64();
        break;
      default:
        profile.skip();
    }
  }
  const auto text = [&seen](std::int64_t at) {
    return seen.strings.at(static_cast<std::size_t>(at));
  };
  seen.default_type = text(default_type);
  std::transform(modules.begin(), modules.end(), std::back_inserter(seen.modules), text);
  for (const auto& [type, unit] : types) {
    seen.value_types.emplace_back(text(type), text(unit));
  }
  for (const auto& [ids, values] : samples) {
    auto& made = seen.samples.emplace_back();
    made.second = values;
    for (const std::uint64_t id : ids) {
      for (const auto& [function, line] : locations.at(id).lines) {
        made.first.push_back(text(functions.at(function)) +
                             (line == 0 ? "" : ":" + std::to_string(line)));
      }
    }
  }
  return seen;
}

model::frame frame_of(const std::string& function, std::uint32_t line, bool inlined = false) {
  model::frame frame;
  frame.function = function;
  frame.file = "a.cpp";
  frame.line = line;
  frame.module = "app";
  frame.offset = 0x1000 + line;
  frame.inlined = inlined;
  return frame;
}

const std::vector<pprof_value> live = {
    {"inuse_space", "bytes", [](const model::site& site) { return site.live_bytes; }},
    {"inuse_objects", "count", [](const model::site& site) { return site.live_blocks; }}};

TEST(pprof, stacks_and_values_are_read_back) {
  model::site_report report;
  model::site site;
  site.allocated_by = "malloc";
  site.live_bytes = 64;
  site.live_blocks = 4;
  site.allocated = {frame_of("inner()", 3, true), frame_of("make()", 9), frame_of("main", 20)};
  report.sites = {site, model::site{}};
  const seen_profile seen = read_profile(render_pprof(report, live, 1500));
  ASSERT_FALSE(seen.strings.empty());
  EXPECT_EQ(seen.strings[0], "");
  ASSERT_EQ(seen.value_types.size(), 2u);
  EXPECT_EQ(seen.value_types[0], (std::pair<std::string, std::string>("inuse_space", "bytes")));
  EXPECT_EQ(seen.default_type, "inuse_space") << "the first, which was asked for";
  EXPECT_EQ(seen.duration_nanos, 1'500'000'000);
  ASSERT_EQ(seen.samples.size(), 1u) << "a site that has nothing is left out";
  EXPECT_EQ(seen.samples[0].first,
            (std::vector<std::string>{"malloc", "inner():3", "make():9", "main:20"}));
  EXPECT_EQ(seen.samples[0].second, (std::vector<std::int64_t>{64, 4}));
}

TEST(pprof, the_program_is_the_first_module) {
  model::site_report report;
  report.processes.resize(1);
  report.processes[0].program = "/opt/bin/app";
  model::site site;
  site.allocated_by = "malloc";
  site.live_bytes = 1;
  site.allocated = {frame_of("inner()", 3), frame_of("main", 20)};
  site.allocated.edit(0).module = "libinner.so";
  report.sites = {site};
  EXPECT_EQ(read_profile(render_pprof(report, live, 0)).modules,
            (std::vector<std::string>{"app", "libinner.so"}));
}

TEST(pprof, what_is_the_same_is_there_once) {
  model::site_report report;
  for (int i = 0; i < 100; ++i) {
    model::site site;
    site.allocated_by = "malloc";
    site.live_bytes = i + 1;
    site.allocated = {frame_of("make()", 9), frame_of("main", 20)};
    report.sites.push_back(site);
  }
  const seen_profile seen = read_profile(render_pprof(report, live, 0));
  EXPECT_EQ(seen.samples.size(), 100u);
  EXPECT_LT(seen.strings.size(), 12u);
}

TEST(pprof, names_of_anybody_are_text) {
  model::site_report report;
  model::site site;
  site.live_bytes = 1;
  site.allocated_by = "operator new";
  site.allocated = {frame_of(std::string("a\0b\xff;%0A", 8), 1),
                    frame_of(std::string(1 << 16, 'x'), 2)};
  report.sites = {site};
  const seen_profile seen = read_profile(render_pprof(report, live, 0));
  ASSERT_EQ(seen.samples.size(), 1u);
  EXPECT_EQ(seen.samples[0].first.size(), 3u);
  EXPECT_NE(seen.samples[0].first[1].find("\xef\xbf\xbd"), std::string::npos);
}

}  // namespace
}  // namespace track::reports
