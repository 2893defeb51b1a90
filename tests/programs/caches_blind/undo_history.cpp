// Undo history of a text editor. FLAGGED although every container in it is bounded: the undo stack
// is a deque that drops its oldest edit beyond 100, but each edit holds a shared_ptr to the edit it
// was made upon (Edit::base, for diffs), so the dropped ones stay reachable as one long chain
// behind the newest. Growth without a growing container. The document's text itself is kept at
// about 4 KB.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

namespace editor {

enum class Kind : unsigned char { insert, remove };

struct Edit {
  Kind kind;
  std::size_t position;
  std::string text;
  mutable std::shared_ptr<const Edit> base;  // the edit this one was made upon

  static inline std::size_t alive = 0;

  Edit(Kind k, std::size_t at, std::string t, std::shared_ptr<const Edit> b)
      : kind(k), position(at), text(std::move(t)), base(std::move(b)) {
    ++alive;
  }
  Edit(const Edit&) = delete;
  Edit& operator=(const Edit&) = delete;
  ~Edit() {
    --alive;
    auto next = std::move(base);  // no recursion down a long chain
    while (next && next.use_count() == 1) {
      auto after = std::move(next->base);
      next = std::move(after);
    }
  }
};

class History {
 public:
  explicit History(std::size_t depth) : depth_(depth) {}

  void push(Kind kind, std::size_t at, std::string text) {
    auto base = undo_.empty() ? nullptr : undo_.back();
    undo_.push_back(std::make_shared<const Edit>(kind, at, std::move(text), std::move(base)));
    redo_.clear();
    if (undo_.size() > depth_)
      undo_.pop_front();
  }

  std::optional<std::shared_ptr<const Edit>> undo() {
    if (undo_.empty())
      return std::nullopt;
    auto edit = undo_.back();
    undo_.pop_back();
    redo_.push_back(edit);
    return edit;
  }

  // What changed over the last n edits, as a text for the side bar.
  std::string summary(int n) const {
    std::string out;
    for (auto e = undo_.empty() ? nullptr : undo_.back(); e && n > 0; e = e->base, --n) {
      out += e->kind == Kind::insert ? "+ " : "- ";
      out += std::to_string(e->position) + ' ' + e->text.substr(0, 24) + '\n';
    }
    return out;
  }

  std::size_t depth() const { return undo_.size(); }

 private:
  std::size_t depth_;
  std::deque<std::shared_ptr<const Edit>> undo_, redo_;
};

class Document {
 public:
  void type(std::size_t at, std::string words) {
    text_.insert(at % (text_.size() + 1), words);
    history_.push(Kind::insert, at % (text_.size() + 1), std::move(words));
  }
  void cut(std::size_t at, std::size_t length) {
    at %= text_.size();
    std::string gone = text_.substr(at, length);
    text_.erase(at, length);
    history_.push(Kind::remove, at, std::move(gone));
  }
  void undo() {
    if (auto edit = history_.undo(); edit && (*edit)->kind == Kind::insert && text_.size() > 512)
      text_.erase(text_.size() - 1);
  }
  std::size_t size() const { return text_.size(); }
  const History& history() const { return history_; }

 private:
  std::string text_ = std::string(1000, '.');
  History history_{100};
};

}  // namespace editor

int main(int argc, char** argv) {
  using namespace std::chrono;
  const auto stop = steady_clock::now() + milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  auto document = std::make_unique<editor::Document>();
  std::mt19937 rng(2024);
  std::size_t drawn = 0;
  for (unsigned key = 0; steady_clock::now() < stop; ++key) {
    if (document->size() < 4000)
      document->type(rng(), std::string(24 + rng() % 90, static_cast<char>('a' + key % 26)));
    else
      document->cut(rng(), 60 + rng() % 60);
    if (key % 10 == 9)
      document->undo();
    drawn += document->history().summary(12).size();
    std::this_thread::sleep_for(milliseconds(2));
  }
  std::printf("drawn %zu, undo depth %zu, text %zu\n", drawn, document->history().depth(),
              document->size());
  std::printf("truth: {\"flagged\": true, \"owner\": \"editor::Edit::base\", \"entries\": %zu}\n",
              editor::Edit::alive);
  return 0;
}
