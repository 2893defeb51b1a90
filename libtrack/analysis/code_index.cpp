#include "libtrack/analysis/code_index.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "libtrack/analysis/function_name.hpp"

namespace track::analysis {
namespace {

constexpr std::size_t fingerprint_frames = 4;

// FNV-1a with a last mix; the digits are part of baselines, so this never changes.
class hasher {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      add_byte(static_cast<unsigned char>(c));
    }
    add_byte(0);
  }
  std::string digits() const {
    std::uint64_t mixed = state_;
    mixed ^= mixed >> 32;
    mixed *= 0xd6e8feb86659fd93ull;
    mixed ^= mixed >> 32;
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, mixed >>= 4) {
      *digit = "0123456789abcdef"[mixed & 15];
    }
    return text;
  }

 private:
  void add_byte(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001b3ull; }
  std::uint64_t state_ = 0xcbf29ce484222325ull;
};

using key = std::pair<std::string, std::string>;  // module, function

void add_once(std::vector<key>& keys, key next) {
  if (keys.size() < fingerprint_frames && std::find(keys.begin(), keys.end(), next) == keys.end()) {
    keys.push_back(std::move(next));
  }
}

std::string unnamed(std::uint64_t offset) {
  return "+" + std::to_string(offset);
}

}  // namespace

fingerprint fingerprint_of_edges(const std::vector<std::string>& edges) {
  hasher hash;
  hash.add("cycle");
  for (const std::string& edge : edges) {
    hash.add(edge);
  }
  return {hash.digits(), false};
}

code_index::code_index(const capture::contents& all)
    : all_(all),
      reduced_(all.strings.size()),
      shown_(all.frames.size()),
      visible_(all.stacks),
      visible_numbers_(all.stacks.size()),
      look_equal_(all.depth_frames) {
  for (const capture::module_row& module : all.modules) {
    runtime_.push_back(is_runtime_module(module.path));
  }
  const std::vector<std::uint32_t> frames = visible_frames();
  for (capture::stack_row& row : visible_) {
    row.frame = frames[row.frame];
  }
}

// For every frame the first one that looks like it; frames without names only look like themselves.
std::vector<std::uint32_t> code_index::visible_frames() const {
  std::map<std::vector<std::uint32_t>, std::uint32_t> known;
  std::vector<std::uint32_t> visible(all_.frames.size());
  for (std::uint32_t i = 0; i < visible.size(); ++i) {
    visible[i] = i;
    const capture::frame_row& frame = all_.frames[i];
    // Without a line the address is all that tells two calls in one function apart.
    if (!is_named(i) || all_.names[frame.first_name].line == 0) {
      continue;
    }
    std::vector<std::uint32_t> look = {frame.module, frame.unloaded ? 1u : 0u};
    for (std::uint32_t n = 0; n < frame.name_count; ++n) {
      const capture::name_row& name = all_.names[frame.first_name + n];
      look.insert(look.end(), {name.function, name.file, name.line});
    }
    visible[i] = known.emplace(std::move(look), i).first->second;
  }
  return visible;
}

std::uint32_t code_index::visible_stack(std::uint32_t stack) {
  std::uint32_t& number = visible_numbers_[stack];
  if (number == 0 && stack != 0) {
    number = look_equal_.first_like(visible_, stack);
  }
  return number;
}

const code_index::reduced& code_index::reduced_of(std::uint32_t string) {
  auto& known = reduced_[string];
  if (!known) {
    known.emplace();
    known->name = reduced_name(all_.strings[string]);
    known->library = is_library_function(known->name);
  }
  return *known;
}

bool code_index::is_named(std::uint32_t frame) const {
  const capture::frame_row& row = all_.frames[frame];
  return row.name_count != 0 && all_.names[row.first_name + row.name_count - 1].function != 0;
}

// A frame of the machine, with what was inlined into it.
const std::vector<model::shared_frame>& code_index::shown(std::uint32_t frame) {
  std::vector<model::shared_frame>& frames = shown_[frame];
  if (!frames.empty()) {
    return frames;
  }
  const capture::frame_row& row = all_.frames[frame];
  model::frame shown;
  shown.module_path = all_.modules[row.module].path;
  shown.module = std::string(file_name(shown.module_path));
  shown.offset = row.offset;
  shown.unloaded = row.unloaded;
  if (row.name_count == 0) {
    frames.push_back(std::make_shared<model::frame>(std::move(shown)));
    return frames;
  }
  for (std::uint32_t i = 0; i < row.name_count; ++i) {
    const capture::name_row& name = all_.names[row.first_name + i];
    shown.function = all_.strings[name.function];
    shown.file = all_.strings[name.file];
    shown.line = name.line == 0 ? std::nullopt : std::optional(name.line);
    shown.inlined = name.inlined;
    frames.push_back(std::make_shared<model::frame>(shown));
  }
  return frames;
}

model::stack code_index::stack(std::uint32_t stack) {
  std::size_t count = 0;
  std::uint32_t left = all_.depth_frames;
  for (std::uint32_t at = stack; at != 0 && left != 0; at = all_.stacks[at].parent, --left) {
    count += shown(all_.stacks[at].frame).size();
  }
  model::stack frames;
  frames.reserve(count);
  left = all_.depth_frames;
  for (std::uint32_t at = stack; at != 0 && left != 0; at = all_.stacks[at].parent, --left) {
    for (const model::shared_frame& each : shown(all_.stacks[at].frame)) {
      frames.push_back(each);
    }
  }
  return frames;
}

fingerprint code_index::fingerprint_of(std::uint32_t stack, std::string_view exe) {
  std::vector<key> user;
  std::vector<key> any;
  fingerprint made;
  bool any_weak = stack == 0;
  std::uint32_t left = all_.depth_frames;
  for (std::uint32_t at = stack; at != 0 && left != 0 && user.size() < fingerprint_frames;
       at = all_.stacks[at].parent, --left) {
    const capture::frame_row& frame = all_.frames[all_.stacks[at].frame];
    const std::string& path = all_.modules[frame.module].path;
    const std::string module(path == exe || path.empty() ? "-" : module_stem(path));
    const auto take = [&](const std::string& function, bool named, bool library) {
      any_weak = any_weak || (!named && any.size() < fingerprint_frames);
      add_once(any, {module, function});
      if (!runtime_[frame.module] && !library) {
        made.weak = made.weak || (!named && user.size() < fingerprint_frames);
        add_once(user, {module, function});
      }
    };
    if (!is_named(all_.stacks[at].frame)) {
      take(unnamed(frame.offset), false, false);
      continue;
    }
    for (std::uint32_t i = 0; i < frame.name_count; ++i) {
      const reduced& function = reduced_of(all_.names[frame.first_name + i].function);
      take(function.name, true, function.library);
    }
  }
  if (user.empty()) {
    user = std::move(any);
    made.weak = any_weak;
  }
  hasher hash;
  for (const auto& [module, function] : user) {
    hash.add(module);
    hash.add(function);
  }
  if (user.size() == 1 && user.front().second == "main") {
    hash.add(file_name(exe));
  }
  made.digits = hash.digits();
  return made;
}

bool code_index::is_runtime_only(std::uint32_t stack) const {
  std::uint32_t outermost = 0;
  std::uint32_t left = all_.depth_frames;
  for (std::uint32_t at = stack; at != 0 && left != 0; at = all_.stacks[at].parent, --left) {
    outermost = all_.frames[all_.stacks[at].frame].module;
    if (outermost == 0 || !runtime_[outermost]) {
      return false;
    }
  }
  return outermost != 0 && is_start_module(all_.modules[outermost].path);
}

}  // namespace track::analysis
