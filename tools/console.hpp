// What every command says on stderr, and how it writes its output. Floor 6.
#pragma once

#include <string>
#include <string_view>

#include "libtrack/support/result.hpp"
#include "libtrack/support/text_source.hpp"

namespace track::tools {

// Prints "track: MESSAGE" on stderr, a line.
void complain(std::string_view message);

// Complains and gives the exit status that belongs to the error's code. No message, no words.
int complain(const error& failure);

// Writes `text` to `path`, or to stdout when it is empty, whole. A file that was there is replaced
// by all of it or stays; a device, a pipe, or what lies in a folder that cannot be written is
// written to. errors: output, when the disk is full, the file not writable, or, without a message,
// when nobody reads the pipe any more.
result<void> write_output(const std::string& path, std::string_view text);
result<void> write_output(const std::string& path, const text_source& text);

// Colour on stdout: asked for, or a terminal without NO_COLOR.
enum class color_choice { automatic, always, never };
bool use_color(color_choice choice, const std::string& output_path);

}  // namespace track::tools
