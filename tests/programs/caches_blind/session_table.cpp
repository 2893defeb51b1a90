// HTTP session table. FLAGGED: log-out and expiry take a session out of the by-user index and mark
// it closed, but nobody ever erases it from SessionTable::sessions_, which is keyed by a fresh
// cookie for every log-in. The by-user index and the per-session attributes are bounded; only the
// table grows, steadily, until main ends.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

using Clock = std::chrono::steady_clock;

struct Session {
  std::string cookie;
  std::string user;
  Clock::time_point last_seen;
  std::unordered_map<std::string, std::string> attributes;
  bool closed = false;
};

class SessionTable {
 public:
  static SessionTable& instance() {
    static SessionTable table;
    return table;
  }

  std::shared_ptr<Session> login(const std::string& user, std::uint64_t token) {
    auto session = std::make_shared<Session>();
    char cookie[40];
    std::snprintf(cookie, sizeof cookie, "sid-%016llx-%s", static_cast<unsigned long long>(token),
                  "v2");
    session->cookie = cookie;
    session->user = user;
    session->last_seen = Clock::now();
    session->attributes["locale"] = token % 3 ? "en_GB" : "de_AT";
    session->attributes["csrf"] = std::to_string(token * 2654435761u);
    std::lock_guard<std::mutex> lock(mutex_);
    sessions_[session->cookie] = session;
    by_user_[user] = session;
    return session;
  }

  std::shared_ptr<Session> find(const std::string& cookie) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = sessions_.find(cookie);
    if (it == sessions_.end() || it->second->closed)
      return nullptr;
    it->second->last_seen = Clock::now();
    return it->second;
  }

  void logout(const std::string& cookie) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = sessions_.find(cookie);
    if (it == sessions_.end())
      return;
    it->second->closed = true;
    auto user = by_user_.find(it->second->user);
    if (user != by_user_.end() && user->second == it->second)
      by_user_.erase(user);
  }

  // Idle users are dropped from the index; the session itself stays in sessions_ (the defect).
  std::size_t expire(Clock::duration idle) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto limit = Clock::now() - idle;
    return std::erase_if(by_user_, [&](auto& entry) {
      if (entry.second->last_seen >= limit)
        return false;
      entry.second->closed = true;
      return true;
    });
  }

  std::size_t size() {
    std::lock_guard<std::mutex> lock(mutex_);
    return sessions_.size();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Session>> sessions_;
  std::unordered_map<std::string, std::shared_ptr<Session>> by_user_;
};

static std::string render_page(const Session& session, int page) {
  std::string html = "<html><head><title>page ";
  html += std::to_string(page);
  html += "</title></head><body>";
  for (const auto& [key, value] : session.attributes) {
    html += "<p>";
    html += key + ": " + value;
    html += "</p>";
  }
  return html + "</body></html>";
}

static void worker(unsigned seed, Clock::time_point stop, std::size_t& bytes_sent) {
  std::mt19937_64 rng(seed);
  auto& table = SessionTable::instance();
  std::vector<std::string> cookies;  // what the simulated browsers hold, at most 40
  while (Clock::now() < stop) {
    std::string user = "user";
    user += std::to_string(rng() % 500);
    cookies.push_back(table.login(user, rng())->cookie);
    for (int i = 0; i < 4; ++i) {
      const auto& cookie = cookies[rng() % cookies.size()];
      if (auto session = table.find(cookie))
        bytes_sent += render_page(*session, i).size();
    }
    if (cookies.size() > 40) {
      const auto victim = rng() % cookies.size();
      if (rng() % 4)
        table.logout(cookies[victim]);  // the others just close the browser
      cookies.erase(cookies.begin() + static_cast<std::ptrdiff_t>(victim));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

int main(int argc, char** argv) {
  const auto run = std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  const auto stop = Clock::now() + run;
  std::size_t sent[2] = {0, 0}, expired = 0;
  std::thread a(worker, 11u, stop, std::ref(sent[0]));
  std::thread b(worker, 12u, stop, std::ref(sent[1]));
  while (Clock::now() < stop) {
    expired += SessionTable::instance().expire(std::chrono::milliseconds(300));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  a.join();
  b.join();
  std::printf("sent %zu bytes, expired %zu\n", sent[0] + sent[1], expired);
  std::printf(
      "truth: {\"flagged\": true, \"owner\": \"SessionTable::sessions_\", \"entries\": %zu}\n",
      SessionTable::instance().size());
  return 0;
}
