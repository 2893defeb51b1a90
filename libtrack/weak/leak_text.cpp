// leak_report::text(): what leaked, in words and stacks.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include <boost/stacktrace/frame.hpp>

#include "libtrack/weak/allocated_type.hpp"
#include "libtrack/weak/in_a_copy.hpp"
#include "libtrack/weak/leak_sums.hpp"
#include "libtrack/weak/preload_link.hpp"
#include <track/leak_scope.hpp>

namespace track {
namespace {

constexpr std::size_t shown_groups = 10;
constexpr std::size_t shown_frames = 16;
constexpr std::size_t frames_of_allocators = 8;

enum class names : bool { none, resolved };

// All that the text is made of, in memory that a copy of the process has as well: names and stacks
// of the ledger are not.
struct shown_group {
  leak_group sums;
  std::string type;
  std::string label;
  std::string tag;
  std::vector<const void*> stack;
};
struct matter {
  const leak_report& report;
  std::vector<shown_group> shown;
};

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string sized(std::size_t count, const char* what, std::size_t bytes) {
  return counted(count, what) + ", " + counted(bytes, "byte");
}

std::string hexadecimal(const void* address) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%p", address);
  return digits;
}

bool has_any(std::string_view function, const auto& marks) noexcept {
  return std::ranges::any_of(
      marks, [&](std::string_view mark) { return function.find(mark) != std::string_view::npos; });
}

bool is_of_framework(std::string_view function) noexcept {
  constexpr std::array<std::string_view, 3> marks = {"testing::internal::", "testing::Test",
                                                     "Catch::"};
  return has_any(function, marks);
}

// What recorded, in the program because it is a template.
bool is_ours(std::string_view function) noexcept {
  constexpr std::array<std::string_view, 2> marks = {" track::watch<", "track::detail::"};
  return has_any(function, marks);
}

std::vector<stack_frame> frames_of(const std::vector<const void*>& addresses, names wanted) {
  std::vector<stack_frame> all;
  for (const void* address : addresses) {
    stack_frame& frame = all.emplace_back();
    frame.address = address;
    if (wanted == names::resolved) {
      // The call is in front of the address it returns to.
      const boost::stacktrace::frame found(static_cast<const char*>(address) - 1);
      frame.function = found.name();
      if (is_of_framework(frame.function)) {
        all.pop_back();
        break;
      }
      frame.file = found.source_file();
      frame.line = found.source_line();
    }
    if (all.size() == shown_frames) {
      break;
    }
  }
  const auto first =
      std::ranges::find_if(all, [](const stack_frame& each) { return !is_ours(each.function); });
  all.erase(all.begin(), first);
  return all;
}

std::string type_by(const std::vector<stack_frame>& stack) {
  for (std::size_t i = 0; i < std::min(stack.size(), frames_of_allocators); ++i) {
    if (const auto type = detail::allocated_type(stack[i].function); !type.empty()) {
      return std::string(type);
    }
  }
  return {};
}

void append_stack(std::string& text, const std::vector<stack_frame>& stack) {
  std::size_t number = 0;
  for (const stack_frame& frame : stack) {
    text += "  #" + std::to_string(number++) + ' ';
    text += frame.function.empty() ? hexadecimal(frame.address) : frame.function;
    if (!frame.file.empty()) {
      text += " at " + frame.file + ':' + std::to_string(frame.line);
    }
    text += '\n';
  }
}

std::string headline(const leak_group& group) {
  switch (group.kind) {
    case leak_kind::lost:
      return "lost: " + sized(group.count, "block", group.bytes);
    case leak_kind::cycle:
      return "in or behind a reference cycle: " + sized(group.count, "block", group.bytes);
    case leak_kind::object:
      return "alive: " + sized(group.count, "tracked object", group.bytes);
    case leak_kind::held:
      break;
  }
  return "held, and more of it each time: " + sized(group.count, "block", group.bytes);
}

void append_group(std::string& text, const shown_group& group, names wanted) {
  const std::vector<stack_frame> stack = frames_of(group.stack, wanted);
  const auto name = [&text](const char* what, std::string_view value) {
    if (!value.empty()) {
      text.append(what).append(value);
    }
  };
  text += headline(group.sums);
  name(", type ", group.sums.kind == leak_kind::object ? group.type : type_by(stack));
  name(", label ", group.label);
  name(", tag ", group.tag);
  text += stack.empty() ? "\n" : "; made by\n";
  append_stack(text, stack);
}

std::string sums(const leak_report& report) {
  const detail::leak_sums lost = detail::lost_in(report);
  const detail::leak_sums objects = detail::sums_of(report.groups, leak_kind::object);
  const detail::leak_sums held = detail::sums_of(report.groups, leak_kind::held);
  std::string text;
  const auto say = [&text](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
  if (lost.count != 0) {
    say(sized(lost.count, "block", lost.bytes) + " lost" +
        (report.cycles == 0 ? "" : " (" + counted(report.cycles, "reference cycle") + ")"));
  }
  if (objects.count != 0) {
    say(sized(objects.count, "tracked object", objects.bytes) + " alive");
  }
  if (held.bytes != 0) {
    say(sized(held.count, "block", held.bytes) + " more held");
  }
  return text + '\n';
}

std::string text_of(const matter& of, names wanted) {
  const leak_report& report = of.report;
  std::string text = sums(report);
  for (const shown_group& each : of.shown) {
    append_group(text, each, wanted);
  }
  if (report.groups.size() > of.shown.size()) {
    text += "and " + counted(report.groups.size() - of.shown.size(), "smaller group") + '\n';
  }
  if (report.other_blocks != 0) {
    text += "and " + sized(report.other_blocks, "block", report.other_bytes) + " of other stacks\n";
  }
  return text;
}

std::string named_text(const void* of) noexcept {
  try {
    return text_of(*static_cast<const matter*>(of), names::resolved);
  } catch (...) {  // no memory
    return {};
  }
}

}  // namespace

std::string leak_report::text() const {
  matter of{*this, {}};
  for (std::size_t i = 0; i < std::min(groups.size(), shown_groups); ++i) {
    const leak_group& each = groups[i];
    of.shown.push_back({each, std::string(each.type), std::string(each.label),
                        std::string(each.tag), each.stack.addresses()});
  }
  if (detail::preload_table() == nullptr) {
    return text_of(of, names::resolved);
  }
  const auto text = detail::said_in_a_copy(named_text, &of);
  return text ? *text : text_of(of, names::none);
}

}  // namespace track
