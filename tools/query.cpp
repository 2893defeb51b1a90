#include <sys/stat.h>

#include <memory>

#include <nlohmann/json.hpp>

#include "libtrack/support/text.hpp"
#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

constexpr std::size_t flush_bytes = 1 << 16;

constexpr const char* examples =
    "\nexamples\n"
    "  track query \"SELECT process, pid, live_bytes FROM v1_processes ORDER BY live_bytes DESC\"\n"
    "  track query \"SELECT s.caller, sum(c.bytes_allocated) FROM v1_counters c\n"
    "               JOIN v1_sites s USING (site) GROUP BY s.caller ORDER BY 2 DESC LIMIT 10\"\n"
    "  track query \"SELECT at_ms, live_bytes FROM v1_samples WHERE process = 0\"\n";

struct query_options {
  std::string first;
  std::string second;
  std::string format = "text";
  std::string output;
};

// SQL has a space in it; a name without one that ends like our files is one that was mistyped.
bool is_file(const std::string& path) {
  struct stat info = {};
  const bool is_named_so =
      path.find(' ') == std::string::npos &&
      (path.ends_with(".track") || path.ends_with(".ledger") || path.ends_with(".partial"));
  return is_named_so || stat(path.c_str(), &info) == 0;
}

// Rows as they come: text with tabs between, or a JSON array of objects.
class row_printer {
 public:
  explicit row_printer(const query_options& options)
      : json_(options.format == "json"), path_(options.output) {}

  void begin(const std::vector<std::string>& columns) {
    columns_ = columns;
    if (json_) {
      text_ = "[";
      return;
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text_ += (i == 0 ? "" : "\t") + escape_control(columns[i]);
    }
    text_ += '\n';
  }

  bool add(const capture::query_row& row) {
    if (json_) {
      add_object(row);
    } else {
      for (std::size_t i = 0; i < row.size(); ++i) {
        text_ += (i == 0 ? "" : "\t") + escape_control(row[i].null ? "NULL" : row[i].text);
      }
      text_ += '\n';
    }
    // A file is written whole at the end; a pipe gets the rows as they come.
    if (path_.empty() && text_.size() >= flush_bytes) {
      written_ = write_output(path_, text_);
      text_.clear();
    }
    return static_cast<bool>(written_);
  }

  result<void> end() {
    if (!written_) {
      return written_;
    }
    return write_output(path_, json_ ? text_ + (any_ ? "\n]\n" : "]\n") : text_);
  }

 private:
  static nlohmann::ordered_json value_of(const capture::query_value& value) {
    if (value.null) {
      return nullptr;
    }
    // Infinities are numbers to SQLite and none to JSON.
    const auto number = value.number ? nlohmann::ordered_json::parse(value.text, nullptr, false)
                                     : nlohmann::ordered_json(value.text);
    return number.is_discarded() ? nlohmann::ordered_json(value.text) : number;
  }

  void add_object(const capture::query_row& row) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      object[columns_[i]] = value_of(row[i]);
    }
    text_ += any_ ? ",\n " : "\n ";
    text_ += object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    any_ = true;
  }

  bool json_;
  std::string path_;
  std::vector<std::string> columns_;
  std::string text_;
  bool any_ = false;
  result<void> written_;
};

result<void> print_views(capture::reader& reader, const std::string& output) {
  const auto views = reader.views();
  if (!views) {
    return views.failure();
  }
  std::string text = "views\n";
  for (const std::string& view : *views) {
    text += "  " + view + "\n";
  }
  return write_output(output, text + examples);
}

result<void> query(const query_options& options) {
  // One argument is a capture when there is such a file, else SQL for the newest one.
  const bool first_is_sql =
      !options.first.empty() && options.second.empty() && !is_file(options.first);
  const std::string sql = first_is_sql ? options.first : options.second;
  auto opened = open_capture(first_is_sql ? "" : options.first);
  if (!opened) {
    return opened.failure();
  }
  if (sql.empty()) {
    return print_views(opened->reader, options.output);
  }
  row_printer printer(options);
  const auto done = opened->reader.query(
      sql, {[&printer](const std::vector<std::string>& columns) { printer.begin(columns); },
            [&printer](const capture::query_row& row) { return printer.add(row); }});
  if (!done) {
    return done;
  }
  return printer.end();
}

}  // namespace

void add_query_command(CLI::App& app, int& status) {
  auto options = std::make_shared<query_options>();
  CLI::App* command = app.add_subcommand("query", "Read-only SQL over the views v1_*");
  command->add_option("CAPTURE", options->first, "the newest *.track here by default");
  command->add_option("SQL", options->second, "one statement; without it: the views and examples");
  command->add_option("-f,--format", options->format, "text (tabs between) or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_option("-o,--output", options->output, "write to this file instead of stdout")
      ->type_name("FILE");
  command->footer("Example: track query app.1234.track \"SELECT * FROM v1_processes\" -f json");
  command->callback([options, &status] { status = status_of([&] { return query(*options); }); });
}

}  // namespace track::tools
