// Chat server: rooms, member lists, a short history a room. NOT flagged: people join and leave all
// the time, an empty room is erased, a room's history holds 20 messages. The number of people
// follows a "daily" wave of a quarter of the run, so memory rises steadily for a while and falls
// again, four times; no trend over the whole.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <numbers>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Member {
  explicit Member(int number)
      : nick("guest_" + std::to_string(number) + "_from_somewhere_far"), id(number) {}
  virtual ~Member() = default;
  virtual void deliver(const std::string& line) {
    inbox.push_back(line);
    if (inbox.size() > 5)
      inbox.pop_front();
  }
  std::string nick;
  int id;
  std::deque<std::string> inbox;
};

struct Moderator : Member {
  using Member::Member;
  void deliver(const std::string& line) override {
    Member::deliver(line);
    if (line.find("spam") != std::string::npos)
      ++reports;
  }
  int reports = 0;
};

class Room {
 public:
  explicit Room(std::string title) : title_(std::move(title)) {}

  void join(const std::shared_ptr<Member>& who) {
    members_.insert(who);
    say(who->nick + " joined " + title_);
  }
  bool leave(const std::shared_ptr<Member>& who) {
    if (members_.erase(who))
      say(who->nick + " left");
    return members_.empty();
  }
  void say(const std::string& line) {
    history_.push_back(line);
    if (history_.size() > 20)
      history_.pop_front();
    for (auto& member : members_)
      member->deliver(line);
  }

 private:
  std::string title_;
  std::set<std::shared_ptr<Member>> members_;
  std::deque<std::string> history_;
};

class ChatServer {
 public:
  void arrive(std::mt19937& rng) {
    const int number = ++lastNumber_;
    std::shared_ptr<Member> who;
    if (number % 25 == 0)
      who = std::make_shared<Moderator>(number);
    else
      who = std::make_shared<Member>(number);
    std::string room = "room-" + std::to_string(number / 40);  // new rooms open, old ones empty out
    auto& slot = rooms_[room];
    if (!slot)
      slot = std::make_unique<Room>(room);
    slot->join(who);
    if (rng() % 2)
      slot->say(who->nick + ": hello, " + std::string(rng() % 60, 'o'));
    people_.emplace_back(std::move(who), std::move(room));
  }

  void depart(std::mt19937& rng) {
    const auto reach = std::min<std::size_t>(people_.size(), 30);  // mostly the ones who came first
    const auto at = people_.begin() + static_cast<std::ptrdiff_t>(rng() % reach);
    auto it = rooms_.find(at->second);
    if (it->second->leave(at->first))
      rooms_.erase(it);
    people_.erase(at);
  }

  std::size_t people() const { return people_.size(); }
  std::size_t rooms() const { return rooms_.size(); }
  int arrivals() const { return lastNumber_; }

 private:
  std::map<std::string, std::unique_ptr<Room>> rooms_;
  std::deque<std::pair<std::shared_ptr<Member>, std::string>> people_;
  int lastNumber_ = 0;
};

ChatServer* theServer = nullptr;

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const double run = (argc > 1 ? std::atoi(argv[1]) : 5000) / 1000.0;
  const auto start = Clock::now();
  theServer = new ChatServer;
  std::mt19937 rng(1999);
  std::size_t most = 0;
  for (;;) {
    const double t = std::chrono::duration<double>(Clock::now() - start).count();
    if (t >= run)
      break;
    // 60 at night, 360 in the evening
    const double phase = 2 * std::numbers::pi * 4 * t / run;
    const auto wanted = static_cast<std::size_t>(210 - 150 * std::cos(phase));
    for (int i = 0; i < 2; ++i)
      theServer->arrive(rng);
    for (int i = 0; i < 4 && theServer->people() > wanted; ++i)
      theServer->depart(rng);
    most = std::max(most, theServer->people());
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  std::printf("arrivals %d, most at a time %zu, rooms now %zu\n", theServer->arrivals(), most,
              theServer->rooms());
  std::printf("truth: {\"flagged\": false, \"owner\": \"ChatServer::people_\", \"entries\": %zu}\n",
              theServer->people());
  return 0;
}
