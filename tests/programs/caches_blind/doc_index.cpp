// Full-text indexer with inverted lists, working in batches. NOT flagged: a segment is built in
// memory for a sixth of the run, growing steadily all the while and evicting nothing, then written
// out as one compressed buffer, and both the segment and the buffer are given back (sawtooth, six
// teeth; the last is committed before main ends). Of a written segment only a footer of a few bytes
// is kept, and of those the last four.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace search {

struct Posting {
  std::uint32_t document;
  std::vector<std::uint16_t> positions;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(const std::vector<std::uint8_t>& bytes) = 0;
};

class ChecksumSink : public Sink {
 public:
  void write(const std::vector<std::uint8_t>& bytes) override {
    for (auto b : bytes)
      sum_ = sum_ * 33 + b;
    total_ += bytes.size();
  }
  std::uint64_t sum() const { return sum_; }
  std::size_t total() const { return total_; }

 private:
  std::uint64_t sum_ = 5381;
  std::size_t total_ = 0;
};

class Segment {
 public:
  void add(std::uint32_t document, const std::string& text) {
    std::istringstream words(text);
    std::string word;
    for (std::uint16_t position = 0; words >> word; ++position) {
      auto& list = postings_[word];
      if (list.empty() || list.back().document != document)
        list.push_back({document, {}});
      list.back().positions.push_back(position);
    }
    ++documents_;
  }

  std::vector<std::uint8_t> encode() const {
    std::vector<std::uint8_t> out;
    for (const auto& [word, list] : postings_) {
      out.insert(out.end(), word.begin(), word.end());
      for (const auto& posting : list)
        for (auto position : posting.positions)
          out.push_back(static_cast<std::uint8_t>(posting.document + position));
    }
    return out;
  }

  std::size_t documents() const { return documents_; }
  std::size_t terms() const { return postings_.size(); }

 private:
  std::map<std::string, std::vector<Posting>> postings_;
  std::size_t documents_ = 0;
};

struct Footer {
  std::size_t documents, terms, bytes;
};

class IndexWriter {
 public:
  explicit IndexWriter(Sink& sink) : sink_(sink), current_(std::make_unique<Segment>()) {}

  void add(const std::string& text) { current_->add(next_++, text); }

  void commit() {
    const auto bytes = current_->encode();
    sink_.write(bytes);
    footers_.push_back({current_->documents(), current_->terms(), bytes.size()});
    if (footers_.size() > 4)
      footers_.pop_front();
    current_ = std::make_unique<Segment>();
    ++commits_;
  }

  std::size_t pendingTerms() const { return current_->terms(); }
  std::size_t commits() const { return commits_; }

 private:
  Sink& sink_;
  std::unique_ptr<Segment> current_;
  std::deque<Footer> footers_;
  std::uint32_t next_ = 0;
  std::size_t commits_ = 0;
};

}  // namespace search

static search::ChecksumSink disk;
static search::IndexWriter writer(disk);

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const auto run = std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  const auto start = Clock::now();
  auto nextCommit = start + run / 6;
  std::mt19937 rng(451);
  std::geometric_distribution<int> common(0.004);
  while (Clock::now() - start < run) {
    std::string text;
    for (int i = 0; i < 25; ++i)
      text += "lexeme_of_length_" + std::to_string(common(rng)) + ' ';
    writer.add(text);
    if (Clock::now() >= nextCommit) {
      writer.commit();
      nextCommit += run / 6;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(2500));
  }
  writer.commit();
  std::printf("commits %zu, %zu bytes, sum %llu\n", writer.commits(), disk.total(),
              static_cast<unsigned long long>(disk.sum()));
  std::printf(
      "truth: {\"flagged\": false, \"owner\": \"search::Segment::postings_\", \"entries\": %zu}\n",
      writer.pendingTerms());
  return 0;
}
