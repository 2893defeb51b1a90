// Numbers, sizes and foreign text as people read them. Floor 4.
//
// Names come from files of anybody: everything that goes to a terminal passes through printable().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libtrack/model/report.hpp"

namespace track::reports {

// "512 B", "1.5 KiB", "3.2 GiB": powers of 1,024, negative ones too.
std::string size_text(std::int64_t bytes);
std::string size_text(std::uint64_t bytes);

// "1,234,567".
std::string count_text(std::int64_t count);
std::string count_text(std::uint64_t count);

// "1 block", "2 blocks".
std::string plural(std::uint64_t count, std::string_view noun);

// "850 ms", "12.3 s", "4 min 5 s", "3 h 7 min".
std::string duration_text(std::uint64_t milliseconds);

// Control characters and bytes that are no UTF-8 as \xHH, so that no name drives a terminal.
std::string printable(std::string_view text);

// "make_session(int)", or "app+0x1234" when the function is unknown.
std::string frame_name(const model::frame& frame);
// "src/session.cpp:42", or "app+0x1234" when the line is unknown.
std::string frame_place(const model::frame& frame);

}  // namespace track::reports
