#include <sstream>

#include "tools/pages/printing.hpp"
#include "tools/version.hpp"

namespace track::pages {
namespace {

constexpr const char* statuses =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nFine.\n"
    ".TP\n.B 1\nThe gate says no, what was asked for does not exist, or doctor found an obstacle.\n"
    ".TP\n.B 2\nWrong usage.\n"
    ".TP\n.B 3\nInput that is unreadable, foreign, newer or corrupt.\n"
    ".TP\n.B 4\nThe evidence is incomplete.\n"
    ".TP\n.B 70\nA bug in track.\n"
    ".TP\n.B 74\nThe output cannot be written.\n";

constexpr const char* statuses_of_run =
    ".SH EXIT STATUS\n"
    "That of the program. When a signal ended it, track ends itself by the same signal.\n"
    ".TP\n.B 125\nTrack failed before the start.\n"
    ".TP\n.B 126\nThe program cannot be executed.\n"
    ".TP\n.B 127\nThe program was not found.\n"
    ".PP\n"
    "With \\fB\\-\\-fail\\-on\\fR, that of \\fB\\-\\-error\\-exitcode\\fR when there are such "
    "findings.\n";

constexpr const char* environment =
    ".SH ENVIRONMENT\n"
    ".TP\n.B NO_COLOR\nNo colours, also on a terminal.\n"
    ".TP\n.B DEBUGINFOD_URLS\nWhere debug information may be fetched.\n"
    ".TP\n.B LSAN_OPTIONS\nIts \\fIsuppressions\\fR and \\fIexitcode\\fR are those of track run.\n"
    ".TP\n.B TRACK_DIR\nWhere a program that was started with a plain LD_PRELOAD puts its "
    "ledger.\n";

// Without hyphens at the ends of lines, which nobody could tell from those of a name.
constexpr const char* no_hyphenation = ".nh\n";

// Text as roff reads it back unchanged.
std::string roff(const std::string& text) {
  std::string out;
  std::istringstream lines(escaped(escaped(text, "\\", "\\"), "-", "\\"));
  for (std::string line; std::getline(lines, line);) {
    out += (out.empty() ? "" : "\n") +
           std::string(line.starts_with('.') || line.starts_with('\'') ? "\\&" : "") + line;
  }
  return out;
}

std::string styled(char font, const std::string& text) {
  return std::string("\\f") + font + roff(text) + "\\fR";
}

std::string heading(const std::string& name, const std::string& description) {
  std::string title;
  for (const char c : name) {
    title += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return ".TH " + roff(title) + " 1 \"\" \"track " + tools::version + "\" \"User Commands\"\n" +
         no_hyphenation + ".SH NAME\n" + roff(name) + " \\- " + roff(description) + "\n";
}

std::string synopsis(const command_facts& command) {
  std::string text = ".SH SYNOPSIS\n" + styled('B', "track " + command.name) + " [\\fIOPTIONS\\fR]";
  if (command.runs_program) {
    return text + " [\\-\\-] \\fIPROGRAM\\fR [\\fIARGS\\fR...]\n";
  }
  for (const option_facts& each : command.positionals) {
    const std::string name = styled('I', each.names.front()) + (each.can_repeat ? "..." : "");
    text += each.is_required ? " " + name : " [" + name + "]";
  }
  return text + "\n";
}

std::string item(const option_facts& option) {
  std::string text = ".TP\n";
  const bool is_positional = !option.names.front().starts_with('-');
  for (const std::string& name : option.names) {
    text += (&name == &option.names.front() ? "" : ", ") + styled(is_positional ? 'I' : 'B', name);
  }
  if (!is_positional && !option.placeholder.empty()) {
    text += " " + styled('I', option.placeholder);
  }
  text += "\n" + roff(option.help) + ".\n";
  if (!option.default_value.empty()) {
    text += "By default " + roff(option.default_value) + ".\n";
  }
  return text;
}

std::string items(const std::string& title, const std::vector<option_facts>& options) {
  std::string text;
  for (const option_facts& option : options) {
    text += item(option);
  }
  return text.empty() ? text : ".SH " + title + "\n" + text;
}

// Each line stays one.
std::string note_of(const command_facts& command) {
  std::string text;
  std::istringstream lines(roff(command.note));
  for (std::string line; std::getline(lines, line);) {
    text += (text.empty() ? ".PP\n" : ".br\n") + line + "\n";
  }
  return text;
}

std::string examples(const command_facts& command) {
  std::string text;
  for (const std::string& line : command.examples) {
    text += roff(line) + "\n";
  }
  return text.empty() ? text : ".SH EXAMPLES\n.EX\n" + text + ".EE\n";
}

}  // namespace

std::string command_page(const command_facts& command) {
  std::string text = heading("track-" + command.name, command.description) + synopsis(command) +
                     ".SH DESCRIPTION\n" + roff(command.description) + ".\n";
  text += note_of(command) + items("ARGUMENTS", command.positionals) +
          items("OPTIONS", command.options);
  for (const option_facts& option : command.options) {
    if (option.names.front() == "--config") {
      text +=
          ".SH FILES\n.TP\n.I .track.toml\nDefaults of a project's options: the nearest one of the "
          "working directory and its parents, up to the root of the repository.\n";
    }
  }
  return text + (command.runs_program ? statuses_of_run : statuses) + examples(command) +
         ".SH SEE ALSO\n.BR track (1)\n";
}

std::string main_page(const command_facts& top, const std::vector<command_facts>& commands) {
  const std::string colon = ": ";
  const std::size_t end = top.description.find(colon);
  const std::string description =
      end == std::string::npos ? top.description : top.description.substr(end + colon.size());
  std::string text =
      heading("track", description) +
      ".SH SYNOPSIS\n.B track\n.I COMMAND\n[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n"
      ".SH DESCRIPTION\nRecords what a program allocates and frees, and tells what is left "
      "at its end, where it came from and why it is still there.\n" +
      note_of(top) + items("OPTIONS", top.options) + ".SH COMMANDS\n";
  std::string others;
  for (const command_facts& command : commands) {
    text +=
        ".TP\n.BR " + roff("track-" + command.name) + " (1)\n" + roff(command.description) + ".\n";
    others += (others.empty() ? ".BR " : ",\n.BR ") + roff("track-" + command.name) + " (1)";
  }
  return text + statuses + environment + ".SH SEE ALSO\n" + others + "\n";
}

}  // namespace track::pages
