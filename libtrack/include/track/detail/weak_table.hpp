// What the weak containers share: entries that leave when their object dies, and their table.
// Floor 3.
//
// An entry is a death_node. It is used by the table while it is linked, and by whoever reads it;
// the last user destroys what it carries. An entry never changes once it can be found: assigning
// means a new entry, so keys and values are read, and copied, without the lock.
//
// Threads: every member of a table needs its mutex, taken by a `section`; what the section retires
// is destroyed after the unlock. No code of the user runs under the mutex, and nothing is
// allocated. Lock order: mutexes of tables, mutexes of addresses, lock bit of a life. A death finds
// its table through the entry's `table_address`: it follows the entries through swap() and is empty
// once the container is gone, so an entry never owns its container.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include <track/detail/api.hpp>
#include <track/detail/life.hpp>

namespace track::detail {

class weak_table;
class table_address;
class section;

class LIBTRACK_API table_entry : public death_node {
 public:
  // One more user. The caller is one, or holds the mutex while the entry is linked.
  void use() noexcept { users_.fetch_add(1, std::memory_order_relaxed); }

  // One user less; the last destroys the payload. Never under a lock. Of nested calls, those deeper
  // than 32 leave it to the outer ones, so that chains of any length fit into the stack.
  static void leave(table_entry* entry) noexcept;

  // Nobody else uses it. Final for an entry that is no longer linked.
  bool is_sole_use() const noexcept { return users_.load(std::memory_order_acquire) == 1; }

  std::size_t hash() const noexcept { return hash_; }
  bool is_linked() const noexcept { return linked_; }    // under the mutex
  bool is_pending() const noexcept { return pending_; }  // under the mutex: being created

 protected:
  explicit table_entry(std::size_t hash) noexcept
      : death_node(ref_info::container, nullptr, nullptr), hash_(hash) {}
  ~table_entry() override;

  virtual void destroy_payload() noexcept = 0;
  void on_death(const dead_ref&) noexcept final;

 private:
  friend class weak_table;
  friend class section;

  static void dispose(table_entry* entry) noexcept;

  const std::size_t hash_;
  std::atomic<std::uint32_t> users_{1};  // the table, or before that the caller; and readers
  bool linked_ = false;
  bool pending_ = false;
  table_entry* chain_ = nullptr;  // next of the bucket; after the unlinking, of a list to dispose
  table_entry* older_ = nullptr;
  table_entry* newer_ = nullptr;
  table_address* address_ = nullptr;
};

// An entry of type Entry in use. Moved, not copied.
template <class Entry>
class entry_user {
 public:
  entry_user() noexcept = default;
  explicit entry_user(Entry* used) noexcept : entry_(used) {}  // takes over one use
  entry_user(entry_user&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
  entry_user& operator=(entry_user other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~entry_user() {
    if (entry_ != nullptr) {
      table_entry::leave(entry_);
    }
  }

  Entry* get() const noexcept { return entry_; }
  Entry* operator->() const noexcept { return entry_; }
  Entry& operator*() const noexcept { return *entry_; }
  explicit operator bool() const noexcept { return entry_ != nullptr; }
  Entry* release() noexcept { return std::exchange(entry_, nullptr); }

 private:
  Entry* entry_ = nullptr;
};

// The hash table: chained, in order of insertion as well. Never smaller than it was.
class LIBTRACK_API weak_table {
 public:
  weak_table();
  weak_table(const weak_table&) = delete;
  weak_table& operator=(const weak_table&) = delete;
  virtual ~weak_table();

  void use() noexcept { users_.fetch_add(1, std::memory_order_relaxed); }
  static void leave(weak_table* table) noexcept;

  // Empties the table; deaths and creations under way no longer find it.
  void close() noexcept;

  // Room for one more entry. Called before the section; without memory the chains grow longer.
  void make_room() noexcept {
    if (full_.load(std::memory_order_relaxed)) {
      grow();
    }
  }

  std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }

  // Exchanges what two tables hold; a table with itself is left alone.
  static void exchange(weak_table& a, weak_table& b) noexcept;

 private:
  friend class section;
  friend class table_entry;

  table_entry** bucket(std::size_t hash) noexcept {
    return &buckets_[(hash * 0x9E3779B97F4A7C15U) >> shift_];
  }
  std::size_t bucket_count() const noexcept { return std::size_t{1} << (64 - shift_); }
  void note_count(std::size_t count) noexcept;
  void grow() noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;  // a creation ended, or the entries moved
  std::unique_ptr<table_entry*[]> buckets_;
  unsigned shift_;
  std::atomic<std::size_t> count_{0};  // written under the mutex
  std::atomic<bool> full_{false};      // the same
  table_entry* oldest_ = nullptr;
  table_entry* newest_ = nullptr;
  table_address* address_;
  std::atomic<std::uint32_t> users_{1};
};

// A table in use: it stays when its container is destroyed.
class table_user {
 public:
  explicit table_user(weak_table* table) noexcept : table_(table) {}  // takes over one use
  table_user(const table_user&) = delete;
  table_user& operator=(const table_user&) = delete;
  ~table_user() {
    if (table_ != nullptr) {
      weak_table::leave(table_);
    }
  }
  weak_table* get() const noexcept { return table_; }

 private:
  weak_table* table_;
};

// A stretch under the mutex of a table.
class LIBTRACK_API section {
 public:
  explicit section(weak_table& table) : table_(table), lock_(table.mutex_) {}
  section(const section&) = delete;
  section& operator=(const section&) = delete;
  ~section() {
    lock_.unlock();
    if (retired_ != nullptr) {
      bury();
    }
  }

  std::size_t size() const noexcept { return table_.size(); }

  // Entries with this hash: for (auto* e = s.first(h); e != nullptr; e = s.next(e, h)).
  template <class Entry>
  Entry* first(std::size_t hash) const noexcept {
    return static_cast<Entry*>(matching(*table_.bucket(hash), hash));
  }
  template <class Entry>
  Entry* next(const Entry* entry, std::size_t hash) const noexcept {
    return static_cast<Entry*>(matching(static_cast<const table_entry*>(entry)->chain_, hash));
  }
  template <class Entry>
  Entry* oldest() const noexcept {
    return static_cast<Entry*>(table_.oldest_);
  }
  template <class Entry>
  Entry* newest() const noexcept {
    return static_cast<Entry*>(table_.newest_);
  }
  template <class Entry>
  Entry* newer(const Entry* entry) const noexcept {
    return static_cast<Entry*>(static_cast<const table_entry*>(entry)->newer_);
  }
  template <class Entry>
  Entry* older(const Entry* entry) const noexcept {
    return static_cast<Entry*>(static_cast<const table_entry*>(entry)->older_);
  }

  // Links an entry that observes `record`; the caller's use becomes the table's. The caller keeps
  // the object alive, if it is a shared one. False: the object is dead or dying, nothing was done.
  // The entry `instead`, if any, is retired.
  bool link(table_entry* entry, life* record, table_entry* instead = nullptr) noexcept;

  // Takes an entry out; it is disposed of after the unlock, when its readers have left.
  void retire(table_entry* entry) noexcept;
  void retire_all() noexcept;

  // A creation: an entry that is found by its hash but is neither counted nor listed. The caller
  // goes on using it. Only where `holds(entry)`, since the entries may have moved to another table.
  void link_pending(table_entry* entry) noexcept;
  void unlink_pending(table_entry* entry) noexcept;
  bool holds(const table_entry* entry) const noexcept { return entry->address_ == table_.address_; }
  // Until a creation ends; wakes up without reason as well.
  void wait() { table_.changed_.wait(lock_); }

  // The table that holds `entry` now; null when its container is gone.
  static weak_table* table_of(const table_entry* entry) noexcept;

 private:
  friend class weak_table;
  friend class table_entry;

  static table_entry* matching(table_entry* entry, std::size_t hash) noexcept {
    while (entry != nullptr && entry->hash_ != hash) {
      entry = entry->chain_;
    }
    return entry;
  }
  void chain(table_entry* entry) noexcept;
  void unchain(table_entry* entry) noexcept;
  void give_address(table_entry* entry) noexcept;
  void bury() noexcept;

  weak_table& table_;
  std::unique_lock<std::mutex> lock_;
  table_entry* retired_ = nullptr;
};

// The creations under way on this thread, to tell a make() that asks for its own key.
class LIBTRACK_API creation {
 public:
  explicit creation(const table_entry* entry) noexcept;
  creation(const creation&) = delete;
  creation& operator=(const creation&) = delete;
  ~creation();

  static bool is_mine(const table_entry* entry) noexcept;

 private:
  const table_entry* entry_;
  const creation* outer_;
};

// errors: std::system_error, resource_deadlock_would_occur.
[[noreturn]] LIBTRACK_API void throw_creation_of_itself();

// A container's table, made when the first entry comes, so that an empty container is one null
// pointer and constant-initialised. Moving from a handle is like destroying it: no other thread may
// use it meanwhile.
template <class Table>
class table_handle {
 public:
  constexpr table_handle() noexcept = default;
  table_handle(table_handle&& other) noexcept
      : table_(other.table_.exchange(nullptr, std::memory_order_acq_rel)) {}
  table_handle& operator=(table_handle&&) = delete;
  ~table_handle() {
    if (Table* table = peek(); table != nullptr) {
      table->close();
      weak_table::leave(table);
    }
  }

  Table* peek() const noexcept { return table_.load(std::memory_order_acquire); }

  Table& get() {
    if (Table* table = peek(); table != nullptr) {
      return *table;
    }
    auto fresh = std::make_unique<Table>();
    Table* present = nullptr;
    if (table_.compare_exchange_strong(present, fresh.get(), std::memory_order_acq_rel)) {
      present = fresh.release();
    }
    return *present;
  }

  void swap(table_handle& other) {
    if (this != &other && (peek() != nullptr || other.peek() != nullptr)) {
      weak_table::exchange(get(), other.get());
    }
  }

 private:
  std::atomic<Table*> table_{nullptr};
};

// What every container has that needs to know nothing of its entries. The containers copy
// themselves, entry by entry.
class weak_container {
 public:
  // Entries, those included whose object is dying this moment.
  std::size_t size() const noexcept {
    const weak_table* table = table_.peek();
    return table == nullptr ? 0 : table->size();
  }
  bool empty() const noexcept { return size() == 0; }

  void clear() noexcept {
    if (weak_table* table = table_.peek()) {
      section(*table).retire_all();
    }
  }

 protected:
  constexpr weak_container() noexcept = default;
  weak_container(weak_container&&) noexcept = default;
  // errors, of swap as well: bad_alloc, where one of the two never had an entry.
  weak_container& operator=(weak_container&& other) {
    weak_container taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~weak_container() = default;

  void swap(weak_container& other) { table_.swap(other.table_); }

  table_handle<weak_table> table_;
};

// Entries in use, with their table left alone: what iteration goes over. `Entry` has live().
template <class Entry>
class entries_in_use {
 public:
  entries_in_use() noexcept = default;
  entries_in_use(entries_in_use&& other) noexcept : entries_(std::move(other.entries_)) {}
  entries_in_use& operator=(entries_in_use&&) = delete;
  ~entries_in_use() {
    for (Entry* entry : entries_) {
      table_entry::leave(entry);
    }
  }

  // The live entries, oldest first. cost: O(n), one allocation, as a rule.
  static entries_in_use of(weak_table* table) {
    entries_in_use all;
    while (table != nullptr) {
      all.entries_.reserve(table->size());
      section locked(*table);
      if (locked.size() > all.entries_.capacity()) {
        continue;
      }
      for (auto* e = locked.template oldest<Entry>(); e != nullptr; e = locked.newer(e)) {
        if (e->live()) {
          e->use();
          all.entries_.push_back(e);
        }
      }
      break;
    }
    return all;
  }

  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::vector<Entry*> entries_;
};

}  // namespace track::detail
