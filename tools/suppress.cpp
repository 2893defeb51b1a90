#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "libtrack/analysis/why.hpp"
#include "libtrack/support/text.hpp"
#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

struct suppress_options {
  std::vector<std::string> words;  // fingerprints, then maybe a capture
  std::string syntax = "fingerprint";
  std::string output;
};

// Valgrind knows no operators by their readable names: anything is the surest.
std::string valgrind_block(const model::finding& finding) {
  constexpr std::size_t most_frames = 24;  // as many as Valgrind reads
  std::string text = "{\n   " + escape_control(finding.title) + "\n   Memcheck:Leak\n   fun:*\n";
  std::size_t frames = 1;
  for (const model::frame& frame : finding.allocated) {
    if (frames++ == most_frames) {
      break;
    }
    text += frame.function.empty() ? "   obj:*/" + escape_control(frame.module) + "\n"
                                   : "   fun:" + escape_control(frame.function) + "\n";
  }
  return text + "}\n";
}

std::string entry_of(const model::finding& finding, const std::string& syntax) {
  std::string text = "# " + escape_control(finding.title) + "\n";
  if (finding.weak) {
    text += "# some of its frames have no name: the next build may give it another fingerprint\n";
  }
  return text + (syntax == "valgrind" ? valgrind_block(finding)
                                      : "fingerprint:" + finding.fingerprint + "\n");
}

result<void> suppress(const suppress_options& options) {
  std::vector<std::string> prints;
  std::vector<std::string> captures;
  for (const std::string& word : options.words) {
    (analysis::is_fingerprint(word) ? prints : captures).push_back(word);
  }
  if (prints.empty()) {
    return error{error_code::usage, "no fingerprint; reports show them in brackets, 16 hex digits"};
  }
  const auto found = gather_evidence(captures, {});
  if (!found) {
    return found.failure();
  }
  std::string text;
  for (const std::string& print : prints) {
    const std::string before = text;
    for (const model::finding& finding : found->report.findings) {
      const bool is_leak = finding.kind != model::finding_kind::mismatch;
      if (finding.fingerprint == print && (is_leak || options.syntax == "fingerprint")) {
        text += entry_of(finding, options.syntax);
        break;
      }
    }
    if (text == before) {
      return error{error_code::not_found,
                   found->name + ": has no finding " + print + " that can be suppressed so"};
    }
  }
  return write_output(options.output, text);
}

}  // namespace

void add_suppress_command(CLI::App& app, int& status) {
  auto options = std::make_shared<suppress_options>();
  CLI::App* command = app.add_subcommand("suppress", "Print suppressions for findings");
  command
      ->add_option("FINGERPRINT", options->words,
                   "of findings; then a capture, the newest *.track here by default")
      ->type_name("[CAPTURE]")
      ->required();
  command->add_option("--syntax", options->syntax, "fingerprint or valgrind")
      ->check(CLI::IsMember({"fingerprint", "valgrind"}));
  command->add_option("-o,--output", options->output, "write to this file instead of stdout")
      ->type_name("FILE");
  command->footer("Example: track suppress 4f1cf223caa41c77 app.1234.track >> known.supp");
  command->callback([options, &status] { status = status_of([&] { return suppress(*options); }); });
}

}  // namespace track::tools
