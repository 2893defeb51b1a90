// Addresses of a module → functions, files, lines and inline chains. Floor 4.
//
// The one class that others use; everything else in this folder is its inside. Holds one module
// open at a time (ask for all addresses of a module at once) and the status of every module seen.
// Reads files; touches the network only through libdebuginfod, and only when DEBUGINFOD_URLS is
// set. Input files are anybody's: a corrupt one costs names, never a crash. One thread an object,
// and one more that prepares.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace track::symbols {

struct resolved_frame {
  std::string function;    // demangled, with scopes and parameters
  std::string file;        // absolute where the compiler's was; "" unknown
  std::uint32_t line = 0;  // 0 unknown
  bool inlined = false;    // inlined into the next frame of the same address

  friend bool operator==(const resolved_frame&, const resolved_frame&) = default;
};

struct module_key {
  std::string path;                    // as the dynamic linker named it
  std::vector<std::uint8_t> build_id;  // empty: none recorded, any file at `path` is taken

  friend auto operator<=>(const module_key&, const module_key&) = default;
};

struct resolver_options {
  std::vector<std::string> debug_dirs = {"/usr/lib/debug"};  // searched in this order
  std::string sysroot;                                       // put before `path`; "" none
  bool debuginfod = true;  // allowed, not forced: without DEBUGINFOD_URLS nothing is asked
};

// Where the names of a module come from, worst first.
enum class name_source { none, dynamic_symbols, symbols, debug_info };

struct module_status {
  name_source names = name_source::none;
  bool file_found = false;           // the file at the path, of the recorded build-id
  bool build_id_differs = false;     // a file is there, but another one: it was not used
  std::string debug_file;            // the file that the debug information was read from; "" none
  std::vector<std::string> reasons;  // why the names are not better: a sentence each
};

class open_module;
class prepared_modules;

class resolver {
 public:
  explicit resolver(resolver_options options = {});
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;
  ~resolver();

  // shape: one chain an address, in the order given; a chain is the frames innermost first, the
  // last one not inlined; empty where no name is known.
  // units: addresses as in the file (address in memory minus load bias). They are looked up as they
  // are: the caller subtracts 1 from a return address.
  // cost: opens the module unless it is the last one used; then reads the units of the addresses.
  std::vector<std::vector<resolved_frame>> resolve_many(const module_key& module,
                                                        std::span<const std::uint64_t> addresses);

  // The same for one address. cost: walks a whole unit; for more than a few use resolve_many.
  std::vector<resolved_frame> resolve(const module_key& module, std::uint64_t address);

  // What is known of a module; opens it when it was not seen before.
  module_status status(const module_key& module);

  // Opens a module ahead of the questions about it, so that they are answered at once. Nothing is
  // asked of the network. May run on another thread, at the same time as all else here.
  // cost: as for the first address of the module. Too large ones are not kept.
  void prepare(const module_key& module);

 private:
  open_module& opened(const module_key& module);

  resolver_options options_;
  std::map<module_key, module_status> statuses_;
  std::optional<module_key> current_key_;
  std::unique_ptr<open_module> current_;
  std::unique_ptr<prepared_modules> prepared_;
};

}  // namespace track::symbols
