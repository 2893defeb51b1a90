// track_pages DIR: writes completion and man pages below DIR, as they lie below a prefix's share.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

#include "libtrack/support/files.hpp"
#include "tools/commands.hpp"
#include "tools/pages/printing.hpp"

namespace track::pages {

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) {
    text += (&part == &parts.front() ? "" : between) + part;
  }
  return text;
}

std::string escaped(const std::string& text, const std::string& special, const std::string& mark) {
  std::string out;
  for (const char c : text) {
    out += special.find(c) == std::string::npos ? "" : mark;
    out += c;
  }
  return out;
}

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  const auto done = write_file_atomically(path.string(), text, 0644);
  if (!done) {
    throw std::runtime_error(done.failure().message);
  }
}

void write_all(const std::filesystem::path& folder) {
  CLI::App app;
  int status = 0;
  tools::add_commands(app, status);
  const auto commands = commands_of(app);
  write(folder / "bash-completion/completions/track", bash_completion(commands));
  write(folder / "zsh/site-functions/_track", zsh_completion(commands));
  write(folder / "man/man1/track.1", main_page(facts_of(app), commands));
  for (const command_facts& command : commands) {
    write(folder / "man/man1" / ("track-" + command.name + ".1"), command_page(command));
  }
}

}  // namespace
}  // namespace track::pages

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: track_pages DIR\n", stderr);
    return 2;
  }
  try {
    track::pages::write_all(argv[1]);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "track_pages: %s\n", failure.what());
    return 1;
  }
  return 0;
}
