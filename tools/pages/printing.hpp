// The pages: one function a format, each from the same facts. Floor 6.
#pragma once

#include <string>
#include <vector>

#include "tools/pages/facts.hpp"

namespace track::pages {

// share/bash-completion/completions/track; needs no more than bash 4.4.
std::string bash_completion(const std::vector<command_facts>& commands);

// share/zsh/site-functions/_track.
std::string zsh_completion(const std::vector<command_facts>& commands);

// share/man/man1/track.1. `top`: of `track` itself.
std::string main_page(const command_facts& top, const std::vector<command_facts>& commands);

// share/man/man1/track-NAME.1.
std::string command_page(const command_facts& command);

// `parts` with `between` between them.
std::string joined(const std::vector<std::string>& parts, const std::string& between);

// `text` with `mark` before each of the bytes in `special`.
std::string escaped(const std::string& text, const std::string& special, const std::string& mark);

}  // namespace track::pages
