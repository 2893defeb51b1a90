#include "libtrack/analysis/source_places.hpp"

#include <filesystem>
#include <unordered_map>

#include "libtrack/analysis/findings.hpp"
#include "libtrack/analysis/user_frames.hpp"

namespace track::analysis {
namespace {

// "/src" is before "/src/a.cpp" and not before "/srcs"; what follows keeps its '/'.
bool is_folder_before(std::string_view folder, std::string_view path) {
  return path.starts_with(folder) &&
         (path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/');
}

model::shared_frame location_in(const std::string& root, const model::stack& frames) {
  for (const model::frame& frame : frames) {
    const std::string path = std::filesystem::path(frame.file).lexically_normal().string();
    if (path.size() > root.size() && is_folder_before(root, path)) {
      auto found = std::make_shared<model::frame>(frame);
      found->file = path.substr(root.size() + (root.ends_with('/') ? 0 : 1));
      return found;
    }
  }
  return nullptr;
}

// Frames by those that they were made of, which are shared by many stacks.
using mapped_frames = std::unordered_map<model::shared_frame, model::shared_frame>;

void map_frames(model::stack& frames, const source_places& places, mapped_frames& known) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    model::shared_frame& mapped = known[frames.shared()[i]];
    if (mapped == nullptr) {
      auto made = std::make_shared<model::frame>(frames[i]);
      made->file = mapped_path(places, made->file);
      mapped = std::move(made);
    }
    frames.replace(i, mapped);
  }
}

}  // namespace

std::string mapped_path(const source_places& places, std::string_view path) {
  for (const auto& [from, to] : places.maps) {
    if (is_folder_before(from, path)) {
      return to + std::string(path.substr(from.size()));
    }
  }
  return std::string(path);
}

void map_sources(capture::contents& all, const source_places& places) {
  if (places.maps.empty()) {
    return;
  }
  std::unordered_map<std::uint32_t, std::uint32_t> mapped = {{0, 0}};
  for (capture::name_row& name : all.names) {
    const auto [place, is_new] = mapped.try_emplace(name.file, name.file);
    if (is_new) {
      std::string path = mapped_path(places, all.strings[name.file]);
      if (path != all.strings[name.file]) {
        place->second = static_cast<std::uint32_t>(all.strings.size());
        all.strings.push_back(std::move(path));
      }
    }
    name.file = place->second;
  }
}

void map_sources(model::report& report, const source_places& places) {
  if (places.maps.empty()) {
    return;
  }
  mapped_frames known;
  for (model::finding& finding : report.findings) {
    map_frames(finding.allocated, places, known);
    for (model::named_stack& stack : finding.stacks) {
      map_frames(stack.frames, places, known);
    }
  }
}

void locate_findings(model::report& report, const source_places& places) {
  for (model::finding& finding : report.findings) {
    const model::stack& stack = telling_stack(finding);
    if (places.root.empty()) {
      finding.location = shared_primary_frame(stack);
      continue;
    }
    finding.location = location_in(places.root, stack);
    if (finding.location) {
      finding.title = title_of(finding);
    }
  }
}

}  // namespace track::analysis
