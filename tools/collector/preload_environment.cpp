#include "tools/collector/preload_environment.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace track::tools {
namespace {

std::string joined(const std::vector<std::string>& texts, char separator) {
  std::string all;
  for (const std::string& text : texts) {
    all += (all.empty() ? "" : std::string(1, separator)) + text;
  }
  return all;
}

}  // namespace

std::vector<std::string> tracked_environment(const std::vector<std::string>& environment,
                                             const std::string& preload, const std::string& ledger,
                                             const collection_options& options) {
  constexpr std::string_view variable = "LD_PRELOAD=";
  std::vector<std::string> tracked;
  bool preloaded = false;
  for (const std::string& entry : environment) {
    if (entry.starts_with("TRACK_")) {
      continue;
    }
    if (entry.starts_with(variable) && !preloaded) {
      const std::string others = entry.substr(variable.size());
      tracked.push_back(std::string(variable) + preload + (others.empty() ? "" : ":") + others);
      preloaded = true;
    } else {
      tracked.push_back(entry);
    }
  }
  if (!preloaded) {
    tracked.push_back(std::string(variable) + preload);
  }
  tracked.push_back("TRACK_LEDGER=" + ledger);
  if (!options.skip.empty()) {
    tracked.push_back("TRACK_SKIP=" + joined(options.skip, ':'));
  }
  if (!options.follow) {
    tracked.push_back("TRACK_NO_FOLLOW=1");
  }
  return tracked;
}

result<std::string> find_preload() {
  std::error_code failure;
  std::filesystem::path library;
  if (const char* named = std::getenv("TRACK_PRELOAD_LIBRARY")) {
    library = std::filesystem::absolute(named, failure);
  } else {
    const auto own = std::filesystem::read_symlink("/proc/self/exe", failure);
    // Installed it has a folder of its own: the loader shall not offer it to anybody.
    const auto folder = own.parent_path().parent_path() / "lib";
    library = folder / "libtrack" / "libtrack_preload.so";
    if (!std::filesystem::exists(library, failure)) {
      library = folder / "libtrack_preload.so";
    }
  }
  if (failure || !std::filesystem::is_regular_file(library, failure)) {
    return error{error_code::not_found,
                 library.string() + ": the preload library is missing; build or install it"};
  }
  if (library.string().find_first_of(" :\t\n") != std::string::npos) {
    return error{error_code::not_found,
                 library.string() +
                     ": LD_PRELOAD cannot name a path with spaces or colons; move the library"};
  }
  return library.string();
}

}  // namespace track::tools
