// Compile server with a symbol interner. NOT flagged: the interner only takes in and never evicts,
// by design, but the project has 1,800 different identifiers; nearly all are known within the first
// fifth of the run and the table and its arena stand still from then on (plateau after a warm-up
// that levels off gradually). Tokens and trees of each translation unit are temporary.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

class Arena {
 public:
  std::string_view copy(std::string_view text) {
    if (used_ + text.size() > kBlock) {
      blocks_.push_back(std::make_unique<char[]>(kBlock));
      used_ = 0;
    }
    char* at = blocks_.back().get() + used_;
    std::memcpy(at, text.data(), text.size());
    used_ += text.size();
    return {at, text.size()};
  }
  std::size_t blocks() const { return blocks_.size(); }

 private:
  static constexpr std::size_t kBlock = 2048;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t used_ = kBlock;
};

struct Symbol {
  std::string_view spelling;
  std::uint32_t id;
  std::uint64_t uses;
};

class Interner {
 public:
  const Symbol* intern(std::string_view spelling) {
    if (auto it = table_.find(spelling); it != table_.end()) {
      ++it->second->uses;
      return it->second.get();
    }
    const auto kept = arena_.copy(spelling);
    auto symbol =
        std::make_unique<Symbol>(Symbol{kept, static_cast<std::uint32_t>(table_.size()), 1});
    return table_.emplace(kept, std::move(symbol)).first->second.get();
  }
  std::size_t size() const { return table_.size(); }
  std::size_t blocks() const { return arena_.blocks(); }

 private:
  Arena arena_;
  std::unordered_map<std::string_view, std::unique_ptr<Symbol>> table_;
};

struct Call;
using Expression = std::variant<std::int64_t, const Symbol*, std::unique_ptr<Call>>;
struct Call {
  const Symbol* callee;
  std::vector<Expression> arguments;
};

class Compiler {
 public:
  explicit Compiler(Interner& symbols) : symbols_(symbols) {}

  std::size_t compile(const std::string& source) {
    at_ = source.c_str();
    std::size_t weight = 0;
    while (*at_)
      weight += emit(parse(0)).size();
    return weight;
  }

 private:
  Expression parse(int depth) {
    while (*at_ == ' ')
      ++at_;
    const char* from = at_;
    while (*at_ && *at_ != ' ')
      ++at_;
    const std::string_view token(from, static_cast<std::size_t>(at_ - from));
    const Symbol* symbol = symbols_.intern(token);
    while (*at_ == ' ')
      ++at_;
    if (depth > 3 || !*at_)
      return symbol;
    auto call = std::make_unique<Call>(Call{symbol, {}});
    call->arguments.emplace_back(std::int64_t{depth});
    call->arguments.push_back(parse(depth + 1));
    return call;
  }

  std::string emit(const Expression& e) {
    if (auto* number = std::get_if<std::int64_t>(&e))
      return "push " + std::to_string(*number) + "; ";
    if (auto* symbol = std::get_if<const Symbol*>(&e))
      return "load " + std::string((*symbol)->spelling) + "; ";
    const Call& call = *std::get<std::unique_ptr<Call>>(e);
    std::string code;
    for (const auto& argument : call.arguments)
      code += emit(argument);
    code += "call ";
    return code.append(call.callee->spelling);
  }

  Interner& symbols_;
  const char* at_ = nullptr;
};

Interner g_symbols;

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const auto stop = Clock::now() + std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  std::mt19937 rng(1800);
  std::size_t weight = 0, units = 0;
  for (; Clock::now() < stop; ++units) {
    std::string source;
    for (int i = 0; i < 25; ++i) {
      const auto n = rng() % 1800;
      source += n % 3 ? "compute_value_number_" : "TheClass";
      source += std::to_string(n) + ' ';
    }
    weight += Compiler(g_symbols).compile(source);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::printf("units %zu, weight %zu, arena blocks %zu\n", units, weight, g_symbols.blocks());
  std::printf("truth: {\"flagged\": false, \"owner\": \"Interner::table_\", \"entries\": %zu}\n",
              g_symbols.size());
}
