// Connection pool, three client threads. NOT flagged: load ramps up over the first fifth of the run
// and opens up to 24 connections; each connection's buffer and its table of prepared names grow
// with use up to a limit, and after 60 uses the connection is retired and replaced. Everything
// rises in the beginning, then stays.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using Clock = std::chrono::steady_clock;

class Connection {
 public:
  explicit Connection(int number) : m_number(number) { m_buffer.reserve(256); }

  std::size_t query(unsigned what) {
    ++m_uses;
    m_prepared.insert("stmt_" + std::to_string(what % 40) + "_of_connection_" +
                      std::to_string(m_number));
    const std::size_t want = std::min<std::size_t>(200 + m_uses * 150, 8000);
    m_buffer.assign(want, static_cast<char>('A' + what % 26));
    const std::string copy(m_buffer.begin(), m_buffer.end());
    return copy.size();
  }
  bool worn() const { return m_uses >= 60; }

 private:
  int m_number;
  unsigned m_uses = 0;
  std::vector<char> m_buffer;
  std::set<std::string> m_prepared;
};

class ConnectionPool {
 public:
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection)
        : m_pool(&pool), m_connection(std::move(connection)) {}
    Lease(Lease&&) = default;
    ~Lease() {
      if (m_connection)
        m_pool->giveBack(std::move(m_connection));
    }
    Connection* operator->() const { return m_connection.get(); }

   private:
    ConnectionPool* m_pool;
    std::unique_ptr<Connection> m_connection;
  };

  explicit ConnectionPool(std::size_t most) : m_most(most) {}

  Lease acquire() {
    std::unique_lock<std::mutex> lock(m_mutex);
    m_returned.wait(lock, [this] { return !m_idle.empty() || m_open < m_most; });
    if (m_idle.empty()) {
      ++m_open;
      return Lease(*this, std::make_unique<Connection>(++m_serial));
    }
    auto connection = std::move(m_idle.front());  // the longest idle first
    m_idle.erase(m_idle.begin());
    return Lease(*this, std::move(connection));
  }

  std::size_t idle() {
    std::lock_guard<std::mutex> lock(m_mutex);
    return m_idle.size();
  }
  int everOpened() {
    std::lock_guard<std::mutex> lock(m_mutex);
    return m_serial;
  }

 private:
  void giveBack(std::unique_ptr<Connection> connection) {
    std::lock_guard<std::mutex> lock(m_mutex);
    if (connection->worn()) {
      connection.reset();
      --m_open;
    } else
      m_idle.push_back(std::move(connection));
    m_returned.notify_one();
  }

  std::mutex m_mutex;
  std::condition_variable m_returned;
  std::size_t m_most, m_open = 0;
  int m_serial = 0;
  std::vector<std::unique_ptr<Connection>> m_idle;
};

static ConnectionPool pool(24);

static void client(unsigned seed, Clock::time_point start, Clock::duration run,
                   std::size_t& received) {
  std::mt19937 rng(seed);
  while (Clock::now() - start < run) {
    // Ramp: from one connection at a time to seven at a time.
    const double done =
        std::chrono::duration<double>(Clock::now() - start) / std::chrono::duration<double>(run);
    const int together = 1 + static_cast<int>(std::min(done / 0.2, 1.0) * 6);
    std::vector<ConnectionPool::Lease> leases;
    for (int i = 0; i < together; ++i) {
      leases.push_back(pool.acquire());
      received += leases.back()->query(static_cast<unsigned>(rng()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

int main(int argc, char** argv) {
  const auto run = std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  const auto start = Clock::now();
  std::size_t received[3] = {};
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < 3; ++i)
    clients.emplace_back(client, i + 21, start, run, std::ref(received[i]));
  for (auto& thread : clients)
    thread.join();
  std::printf("received %zu, ever opened %d\n", received[0] + received[1] + received[2],
              pool.everOpened());
  std::printf(
      "truth: {\"flagged\": false, \"owner\": \"ConnectionPool::m_idle\", \"entries\": %zu}\n",
      pool.idle());
  return 0;
}
