#include "reports/markdown.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/remedy.hpp"
#include "reports/summary.hpp"

namespace track::reports {
namespace {

// Together below 60,000 bytes: head, lists, table, three in full.
constexpr std::size_t most_rows = 50;
constexpr std::size_t most_row_bytes = 20000;
constexpr std::size_t most_in_full = 3;
constexpr std::size_t most_details = 4000;
constexpr std::size_t most_listed = 10;
constexpr std::size_t most_list_bytes = 2500;
constexpr std::size_t longest_title = 240;
constexpr std::size_t longest_place = 120;
constexpr std::size_t longest_sentence = 300;

// Code that nothing within can end. Elsewhere than in code GitHub would find names of people and
// numbers of issues even behind escapes. In a table a backslash or a bar ends what it stands in.
std::string code(std::string_view text, std::size_t most) {
  const std::string shown = shortened(escape_control(text), most);
  if (shown.empty()) {
    return "";
  }
  if (shown.find_first_of("`|\\") == std::string::npos) {
    return "`" + shown + "`";
  }
  std::string escaped;
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte >= 0x80 || byte == ' ' || (byte >= '0' && byte <= '9') ||
                          (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    escaped += is_plain ? std::string(1, c) : fmt::format("&#{};", static_cast<unsigned>(byte));
  }
  return "<code>" + escaped + "</code>";
}

// Longer than any run of backticks in `text`, so that none ends it.
std::string fenced(const std::string& text) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "text\n" + text + fence + "\n";
}

using chosen = std::vector<const model::finding*>;

std::string verdict_of(const model::report& report) {
  const model::judgement& judged = *report.judgement;
  if (judged.by == model::judge::diff) {
    return "diff: " + headline_of(report);
  }
  if (judged.result == model::verdict::incomplete) {
    return "gate: INCOMPLETE: nothing was found, but that proves nothing";
  }
  return std::string(judged.result == model::verdict::pass ? "gate: pass" : "gate: FAIL") +
         (judged.gaps.empty() ? "" : ", and the evidence is incomplete");
}

// A list in code, the first ten at most.
std::string list_of(std::string_view heading, const std::vector<std::string>& lines) {
  if (lines.empty()) {
    return "";
  }
  std::string items;
  std::size_t shown = 0;
  while (shown < lines.size() && shown < most_listed) {
    const std::string item = "- " + code(lines[shown], longest_sentence) + "\n";
    if (items.size() + item.size() > most_list_bytes) {
      break;
    }
    items += item;
    ++shown;
  }
  const std::uint64_t more = lines.size() - shown;
  items += more == 0 ? "" : fmt::format("- {} more\n", count_text(more));
  return fmt::format("**{}**\n\n{}\n", heading, items);
}

std::string state_of(const model::finding& finding) {
  return finding.state ? model::name_of(*finding.state) : "";
}

std::string row_of(const model::finding& finding) {
  const model::frame* frame = place_of(finding);
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", state_of(finding),
                     model::name_of(finding.kind), code(finding.title, longest_title),
                     count_text(finding.blocks), count_text(finding.bytes),
                     frame == nullptr ? "" : code(frame_place(*frame), longest_place),
                     code(finding.fingerprint, longest_place));
}

std::string table_of(const chosen& findings, std::uint64_t beyond_limit) {
  if (findings.empty()) {
    return "";
  }
  std::string rows;
  std::size_t shown = 0;
  while (shown < findings.size() && shown < most_rows) {
    const std::string row = row_of(*findings[shown]);
    if (rows.size() + row.size() > most_row_bytes) {
      break;
    }
    rows += row;
    ++shown;
  }
  const std::uint64_t more = findings.size() - shown + beyond_limit;
  return "| state | kind | finding | blocks | bytes | where | fingerprint |\n"
         "| --- | --- | --- | ---: | ---: | --- | --- |\n" +
         rows + "\n" + (more == 0 ? "" : plural(more, "more finding") + "\n\n");
}

std::string in_full(const model::finding& finding) {
  const std::string state = state_of(finding);
  const std::string remedy = remedy_of(finding);
  return fmt::format("**{}{}{}** {}\n\n", state, state.empty() ? "" : " ",
                     model::name_of(finding.kind), code(finding.title, longest_title)) +
         (remedy.empty() ? "" : "Remedy: " + code(remedy, longest_sentence) + "\n\n") +
         "<details><summary>Stack</summary>\n\n" +
         fenced(details_of(finding, frames::of_users, most_details)) + "\n</details>\n\n";
}

std::string counts_line(const uncounted& sums) {
  std::string text;
  const auto add = [&text](std::string_view what, std::uint64_t sum) {
    text +=
        sum == 0 ? "" : fmt::format("{}{}: {}", text.empty() ? "" : ", ", what, count_text(sum));
  };
  add("known", sums.known);
  add("moved", sums.moved);
  add("fixed", sums.fixed);
  add("suppressed", sums.suppressed);
  add("survivors", sums.survivors);
  return text.empty() ? "" : "Not in the table: " + text + ".\n\n";
}

}  // namespace

std::string render_markdown(const model::report& report) {
  const chosen findings = findings_that_count(report);
  std::vector<std::string> missing;
  std::vector<std::string> undemanded;
  for (const evidence_gap& gap : gaps_of(report)) {
    (gap.is_demanded ? missing : undemanded)
        .push_back(gap.who + ": " + gap.code + ": " + gap.detail);
  }
  std::string text =
      "### " + (report.judgement ? verdict_of(report) : "track: " + headline_of(report)) + "\n\n";
  if (report.judgement && !report.judgement->rule.empty()) {
    const bool compares = report.judgement->by == model::judge::diff;
    text += (compares ? "Compared: " : "Rule: ") + code(report.judgement->rule, longest_sentence) +
            "\n\n";
  }
  if (report.judgement) {
    text += list_of("Remarks", report.judgement->remarks);
  }
  text += list_of("Faults", other_faults(report));
  text += table_of(findings, report.beyond_limit.findings);
  for (std::size_t i = 0; i < findings.size() && i < most_in_full; ++i) {
    text += in_full(*findings[i]);
  }
  text += counts_line(uncounted_of(report));
  text += list_of("Missing evidence", missing);
  text += list_of("Incomplete, but not demanded", undemanded);
  text.pop_back();  // one line feed at the end, not two
  return text;
}

}  // namespace track::reports
