// Prepared-statement cache of a database connection. FLAGGED, with a decoy beside it: the
// statements themselves live in a proper LRU of 64 (m_statements, evicting all the time), but what
// the server told about each statement's parameters is remembered in Connection::m_described, keyed
// by the statement's serial number, and not forgotten when the LRU drops the statement. The SQL has
// literals pasted in, so nearly every text is new.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

template <class Key, class Value, class Hash = std::hash<Key>>
class LruMap {
 public:
  explicit LruMap(std::size_t capacity) : m_capacity(capacity) {}

  Value* get(const Key& key) {
    auto it = m_index.find(key);
    if (it == m_index.end())
      return nullptr;
    m_order.splice(m_order.begin(), m_order, it->second);
    return &it->second->second;
  }

  Value& put(Key key, Value value) {
    if (m_index.size() >= m_capacity) {
      m_index.erase(m_order.back().first);
      m_order.pop_back();
      ++m_evictions;
    }
    m_order.emplace_front(key, std::move(value));
    m_index.emplace(std::move(key), m_order.begin());
    return m_order.front().second;
  }

  std::size_t evictions() const { return m_evictions; }

 private:
  using Order = std::list<std::pair<Key, Value>>;
  std::size_t m_capacity;
  std::size_t m_evictions = 0;
  Order m_order;
  std::unordered_map<Key, typename Order::iterator, Hash> m_index;
};

struct Statement {
  std::uint32_t serial = 0;
  std::unique_ptr<std::vector<std::uint8_t>> plan;
};

struct ParameterInfo {
  std::string name;
  int oid = 0;
};

struct Description {
  std::vector<ParameterInfo> parameters;
  std::vector<int> resultColumns;
};

class Connection {
 public:
  Connection() : m_statements(64) {}

  const Statement& prepare(const std::string& sql) {
    if (Statement* known = m_statements.get(sql))
      return *known;
    Statement fresh;
    fresh.serial = ++m_lastSerial;
    fresh.plan = std::make_unique<std::vector<std::uint8_t>>(sql.size() * 4, std::uint8_t{1});
    describe(fresh.serial, sql);
    return m_statements.put(sql, std::move(fresh));
  }

  std::size_t execute(const Statement& statement) {
    const Description& about = m_described.at(statement.serial);
    std::vector<std::string> row;
    for (int width : about.resultColumns)
      row.emplace_back(static_cast<std::size_t>(width), 'r');
    std::size_t bytes = statement.plan->size();
    for (const auto& field : row)
      bytes += field.size();
    return bytes;
  }

  std::size_t described() const { return m_described.size(); }
  std::size_t evictions() const { return m_statements.evictions(); }

 private:
  void describe(std::uint32_t serial, const std::string& sql) {
    Description& about = m_described[serial];
    for (std::size_t at = sql.find('='); at != std::string::npos; at = sql.find('=', at + 1))
      about.parameters.push_back({"parameter_of_column_" + std::to_string(at), 23});
    about.resultColumns = {8, 40, static_cast<int>(sql.size() % 30) + 20};
  }

  std::uint32_t m_lastSerial = 0;
  LruMap<std::string, Statement> m_statements;
  std::map<std::uint32_t, Description> m_described;
};

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const auto stop = Clock::now() + std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  Connection connection;  // lives on main's stack
  std::minstd_rand rng(4242);
  std::size_t bytes = 0;
  while (Clock::now() < stop) {
    bytes += connection.execute(
        connection.prepare("SELECT name, total, note FROM account WHERE id = $1"));
    std::string sql = "UPDATE account SET total = ";
    sql += std::to_string(rng() % 100000);
    sql += " WHERE id = ";
    sql += std::to_string(rng() % 5000);
    bytes += connection.execute(connection.prepare(sql));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::printf("%zu bytes, %zu statements evicted\n", bytes, connection.evictions());
  std::printf(
      "truth: {\"flagged\": true, \"owner\": \"Connection::m_described\", \"entries\": %zu}\n",
      connection.described());
  return 0;
}
