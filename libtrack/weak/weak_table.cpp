#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include <track/detail/weak_entry.hpp>
#include <track/detail/weak_table.hpp>
#include <track/errors.hpp>

namespace track::detail {

// Its own mutex, because a death reads it before it can take the table's.
class table_address {
 public:
  explicit table_address(weak_table* table) noexcept : table_(table) {}

  void use() noexcept { users_.fetch_add(1, std::memory_order_relaxed); }
  static void leave(table_address* address) noexcept {
    if (address->users_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete address;
    }
  }

  // The table in use, or null.
  weak_table* table() noexcept {
    const std::lock_guard lock(mutex_);
    if (table_ != nullptr) {
      table_->use();
    }
    return table_;
  }
  void move_to(weak_table* table) noexcept {
    const std::lock_guard lock(mutex_);
    table_ = table;
  }

 private:
  std::mutex mutex_;
  weak_table* table_;
  std::atomic<std::uint32_t> users_{1};
};

namespace {

constexpr unsigned first_shift = 61;  // 8 buckets

// Trivial, so that it outlives the destructors of other thread-local objects.
struct thread_state {
  unsigned depth;
  table_entry* left_over;
  const creation* creations;
};
thread_local constinit thread_state here = {};

constexpr unsigned deepest = 32;

}  // namespace

// ---- entries -----------------------------------------------------------------------------------

table_entry::~table_entry() {
  if (address_ != nullptr) {
    table_address::leave(address_);
  }
}

void table_entry::leave(table_entry* entry) noexcept {
  if (entry->users_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return;
  }
  if (here.depth == deepest) {
    entry->chain_ = std::exchange(here.left_over, entry);
    return;
  }
  ++here.depth;
  dispose(entry);
  while (here.depth == deepest && here.left_over != nullptr) {
    table_entry* next = here.left_over;
    here.left_over = next->chain_;
    dispose(next);
  }
  --here.depth;
}

void table_entry::dispose(table_entry* entry) noexcept {
  entry->destroy_payload();
  death_node::drop(entry, wait::no);
}

void table_entry::on_death(const dead_ref&) noexcept {
  for (;;) {
    const table_user table(address_->table());
    if (table.get() == nullptr) {
      return;
    }
    section locked(*table.get());
    if (locked.holds(this)) {
      if (linked_) {
        locked.retire(this);
      }
      return;
    }
  }
}

// ---- the table ---------------------------------------------------------------------------------

weak_table::weak_table()
    : buckets_(std::make_unique<table_entry*[]>(std::size_t{1} << (64 - first_shift))),
      shift_(first_shift),
      address_(new table_address(this)) {}

weak_table::~weak_table() {
  table_address::leave(address_);
}

void weak_table::leave(weak_table* table) noexcept {
  if (table->users_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete table;
  }
}

void weak_table::close() noexcept {
  section locked(*this);
  address_->move_to(nullptr);
  locked.retire_all();
}

void weak_table::note_count(std::size_t count) noexcept {
  count_.store(count, std::memory_order_relaxed);
  full_.store(count >= bucket_count(), std::memory_order_relaxed);
}

void weak_table::grow() noexcept {
  std::unique_ptr<table_entry*[]> fresh;  // in the end the old ones, freed after the unlock
  unsigned shift = 0;
  {
    const std::lock_guard lock(mutex_);
    shift = shift_ - 1;
  }
  try {
    fresh = std::make_unique<table_entry*[]>(std::size_t{1} << (64 - shift));
  } catch (const std::bad_alloc&) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (shift >= shift_) {
    return;  // another thread was faster, or the entries moved
  }
  const std::size_t old_count = bucket_count();
  buckets_.swap(fresh);
  shift_ = shift;
  for (std::size_t i = 0; i < old_count; ++i) {
    for (table_entry* entry = fresh[i]; entry != nullptr;) {
      table_entry** to = bucket(entry->hash_);
      entry = std::exchange(entry->chain_, std::exchange(*to, entry));
    }
  }
  note_count(size());
}

void weak_table::exchange(weak_table& a, weak_table& b) noexcept {
  if (&a == &b) {
    return;
  }
  const std::scoped_lock lock(a.mutex_, b.mutex_);
  a.buckets_.swap(b.buckets_);
  std::swap(a.shift_, b.shift_);
  std::swap(a.oldest_, b.oldest_);
  std::swap(a.newest_, b.newest_);
  std::swap(a.address_, b.address_);
  a.address_->move_to(&a);
  b.address_->move_to(&b);
  const std::size_t count = a.size();
  a.note_count(b.size());
  b.note_count(count);
  a.changed_.notify_all();
  b.changed_.notify_all();
}

// ---- sections ----------------------------------------------------------------------------------

void section::chain(table_entry* entry) noexcept {
  entry->chain_ = std::exchange(*table_.bucket(entry->hash_), entry);
}

void section::unchain(table_entry* entry) noexcept {
  table_entry** link = table_.bucket(entry->hash_);
  while (*link != entry) {
    link = &(*link)->chain_;
  }
  *link = entry->chain_;
}

void section::give_address(table_entry* entry) noexcept {
  if (entry->address_ == nullptr) {
    entry->address_ = table_.address_;
    entry->address_->use();
  }
}

bool section::link(table_entry* entry, life* record, table_entry* instead) noexcept {
  give_address(entry);
  if (!record->attach(*entry)) {
    return false;
  }
  if (instead != nullptr) {
    retire(instead);
  }
  chain(entry);
  entry->linked_ = true;
  entry->older_ = std::exchange(table_.newest_, entry);
  (entry->older_ != nullptr ? entry->older_->newer_ : table_.oldest_) = entry;
  table_.note_count(size() + 1);
  return true;
}

void section::retire(table_entry* entry) noexcept {
  unchain(entry);
  entry->linked_ = false;
  (entry->older_ != nullptr ? entry->older_->newer_ : table_.oldest_) = entry->newer_;
  (entry->newer_ != nullptr ? entry->newer_->older_ : table_.newest_) = entry->older_;
  table_.note_count(size() - 1);
  entry->chain_ = std::exchange(retired_, entry);
}

void section::retire_all() noexcept {
  while (table_.newest_ != nullptr) {
    retire(table_.newest_);
  }
}

void section::link_pending(table_entry* entry) noexcept {
  give_address(entry);
  entry->pending_ = true;
  chain(entry);
}

void section::unlink_pending(table_entry* entry) noexcept {
  unchain(entry);
  entry->pending_ = false;
  table_.changed_.notify_all();
}

weak_table* section::table_of(const table_entry* entry) noexcept {
  return entry->address_->table();
}

void section::bury() noexcept {
  while (retired_ != nullptr) {
    table_entry* entry = retired_;
    retired_ = entry->chain_;
    entry->detach();
    table_entry::leave(entry);
  }
}

// ---- creations ---------------------------------------------------------------------------------

creation::creation(const table_entry* entry) noexcept
    : entry_(entry), outer_(std::exchange(here.creations, this)) {}

creation::~creation() {
  here.creations = outer_;
}

bool creation::is_mine(const table_entry* entry) noexcept {
  for (const creation* c = here.creations; c != nullptr; c = c->outer_) {
    if (c->entry_ == entry) {
      return true;
    }
  }
  return false;
}

void throw_creation_of_itself() {
  throw std::system_error(
      std::make_error_code(std::errc::resource_deadlock_would_occur),
      "get_or_create: the function that makes the value asks for the value of the same key");
}

// ---- refusals ----------------------------------------------------------------------------------

void throw_not_observable(bool foreign) {
  throw not_observable(
      foreign
          ? "libtrack: a weak container is not told when this object dies: it is not owned by a "
            "shared_ptr of track::make_shared or track::adopt"
          : "libtrack: a weak container takes no empty owner, and no object that is dead or "
            "being destroyed");
}

}  // namespace track::detail
