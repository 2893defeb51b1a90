// A JSON document with a long list, printed item by item. Floor 4.
//
// Private to reports/. As one tree of values the list would take ten times the memory of its text,
// which may be gigabytes. The text is that of the whole tree, with an indentation of two. Items
// have stacks, which share frames: a frame is printed once and then copied. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "libtrack/model/stack.hpp"
#include "libtrack/support/text_source.hpp"

namespace track::reports {

class json_document {
 public:
  // `document` has an empty list under `key`: there the items will stand.
  json_document(const text_sink& sink, const nlohmann::ordered_json& document,
                const std::string& key);

  // `item` has an empty list `stack`: there the frames will stand. false: the sink wants no more.
  // The frames must outlive this object.
  bool add(const nlohmann::ordered_json& item, const model::stack& frames);

  void end();

 private:
  void print(std::string_view text);
  void flush();
  const std::string& text_of(const model::shared_frame& frame);

  const text_sink& sink_;
  std::string piece_;  // for the sink, until it is worth a system call
  bool wanted_ = true;
  bool empty_ = true;
  std::string rest_;  // behind the list
  std::unordered_map<const model::frame*, std::string> frames_;
};

}  // namespace track::reports
