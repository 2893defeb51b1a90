// Numbers, sizes and foreign text as people read them. Floor 4.
//
// Names come from files of anybody: what goes to a terminal passes through escape_control().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libtrack/model/report.hpp"

namespace track::reports {

// "512 B", "1.5 KiB": as short_bytes, for counts without a sign.
std::string size_text(std::uint64_t bytes);

// "1,234,567".
std::string count_text(std::int64_t count);
std::string count_text(std::uint64_t count);

// "1 block", "2 blocks".
std::string plural(std::uint64_t count, std::string_view noun);

// "make_session(int)", or "app+0x1234" when the function is unknown.
std::string frame_name(const model::frame& frame);
// "src/session.cpp:42", or "app+0x1234" when the line is unknown.
std::string frame_place(const model::frame& frame);

}  // namespace track::reports
