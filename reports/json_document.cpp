#include "reports/json_document.hpp"

#include <algorithm>

#include "reports/json_finding.hpp"

namespace track::reports {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::size_t most_frames = 1 << 16;

// `value` as it stands so many columns into a document. Within texts a line feed is escaped.
std::string printed(const ordered_json& value, std::size_t columns) {
  const std::string text = value.dump(2, ' ', false, ordered_json::error_handler_t::replace);
  const std::string margin(columns, ' ');
  std::string moved;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    moved += margin;
    moved.append(text, at, end - at);
    at = end;
  }
  return moved;
}

// Where the content of the list `key` begins, `columns` into the document.
std::size_t inside_of(const std::string& key, std::size_t columns, std::string_view text) {
  const std::string mark = "\n" + std::string(columns, ' ') + "\"" + key + "\": [";
  return text.find(mark) + mark.size();
}

}  // namespace

json_document::json_document(const text_sink& sink, const ordered_json& document,
                             const std::string& key)
    : sink_(sink), rest_(printed(document, 0) + "\n") {
  const std::size_t inside = inside_of(key, 2, rest_);
  print(std::string_view(rest_).substr(0, inside));
  rest_.erase(0, inside);
}

bool json_document::add(const ordered_json& item, const model::stack& frames) {
  const std::string text = printed(item, 4);
  const std::size_t inside = inside_of("stack", 6, text);
  print(empty_ ? "\n" : ",\n");
  empty_ = false;
  print(std::string_view(text).substr(0, inside));
  const char* before = "\n";
  for (const model::shared_frame& frame : frames.shared()) {
    print(before);
    print(text_of(frame));
    before = ",\n";
  }
  print(frames.empty() ? "" : "\n      ");
  print(std::string_view(text).substr(inside));
  return wanted_;
}

void json_document::end() {
  print(empty_ ? "" : "\n  ");
  print(rest_);
  flush();
}

void json_document::print(std::string_view text) {
  piece_ += text;
  if (piece_.size() >= piece_bytes) {
    flush();
  }
}

void json_document::flush() {
  wanted_ = wanted_ && sink_(piece_);
  piece_.clear();
}

const std::string& json_document::text_of(const model::shared_frame& frame) {
  if (frames_.size() == most_frames) {
    frames_.clear();
  }
  std::string& text = frames_[frame.get()];
  if (text.empty()) {
    text = printed(frame_of(*frame), 8);
  }
  return text;
}

}  // namespace track::reports
