// A capture's contents straight from built images, for tests of the analysis.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track::test {

struct ended_process {
  ledger::process_image image;
  capture::process_end end;
};

inline capture::contents capture_of(const std::vector<ended_process>& processes,
                                    capture::name_source* names = nullptr) {
  const temporary_folder folder;
  auto writer = capture::writer::create(folder.file("p"), test_info());
  for (const ended_process& process : processes) {
    EXPECT_TRUE(writer->add_process(process.image, process.end));
  }
  const auto path = writer->finalize(folder.file("c.track"), {names});
  EXPECT_TRUE(path);
  auto all = capture::reader::open(*path)->load();
  EXPECT_TRUE(all);
  return *all;
}

}  // namespace track::test
