// Findings, stills and paths as the contract's JSON has them. Floor 4.
//
// Private to reports/: json.cpp puts documents together from it. Pure; for any thread.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "libtrack/model/report.hpp"

namespace track::reports {

using ordered_json = nlohmann::ordered_json;

// The whole document, its findings as they are given.
ordered_json json_of(const model::report& report, ordered_json findings);
ordered_json json_of(const model::finding& finding);
// With `stack` as its stack.
ordered_json json_of(const model::finding& finding, ordered_json stack);
ordered_json json_of(const model::still& still);
ordered_json path_of(const std::optional<model::path>& path);
ordered_json frame_of(const model::frame& frame);
ordered_json frames_of(const model::stack& frames);

inline ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

}  // namespace track::reports
