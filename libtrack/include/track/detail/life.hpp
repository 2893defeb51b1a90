// The record by which an object's death is observed, and the nodes that wait for it. Floor 3.
//
// A `life` belongs to one object. It lies where the object's weak_ptrs keep memory (in the deleter
// of track::make_shared, in the anchor of a hook), so whoever holds such a weak_ptr may touch it,
// before and after the death. A `death_node` is what a callback, a container or a finalizer hangs
// into it. Any thread, without further locking. Nothing here allocates: nodes are allocated by
// their holders before the lock bit is taken.
//
// How to use a node:
//   auto* node = new my_node{…};                       // derived from death_node, holds weak_ptrs
//   only if (!record->attach(*node)) { delete node; … }     // refused: the object is dead or dying
//   …
//   death_node::drop(node, wait::no);                  // the holder is done, fired or not
//
// The protocol. An attached node has two owners: its holder, and the list. on_death() is called
// once at most, newest node first, on the thread that ends the object, with no lock held and every
// reference to the object expired. When it returns, the list gives up its share. The holder gives
// up its own by drop(), or by detach() and drop(); it may do so inside on_death() (a container that
// has erased the entry). The node is deleted when both are gone.
//
// cost: attach and detach take the lock bit once each, about 10 ns; ending a life without nodes is
// one load.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <typeinfo>

#include <track/detail/api.hpp>
#include <track/ref_info.hpp>

namespace track::detail {

class life;

enum class wait : bool { no, yes };

class LIBTRACK_API death_node {
 public:
  // `type` and `address` are what on_death() is told; both may be null.
  death_node(ref_info::kind what, const std::type_info* type,
             const volatile void* address) noexcept;
  death_node(const death_node&) = delete;
  death_node& operator=(const death_node&) = delete;
  virtual ~death_node() = default;

  // Takes the node out of its life. True: it will never fire, and the holder is its only owner
  // again. False: it has fired, is firing, or was never attached. Does not wait. The holder must
  // still own the node and keep the life's memory.
  bool detach() noexcept;

  // Detaches and gives up the holder's share; the node may be gone afterwards. With wait::yes, when
  // it returns on_death() is not running on another thread (inside on_death() itself it returns at
  // once). True: it had not fired and will not.
  static bool drop(death_node* node, wait until_done) noexcept;

  // A second holder, and the count of holders: what weak_ref_count() sees. drop() by a holder that
  // is not the last only lowers the count.
  void share() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }

  // Attached, and the object is not ending: a hint, as any such answer.
  bool waiting() const noexcept { return phase_.load(std::memory_order_acquire) == linked; }

  std::uint64_t id() const noexcept { return told_.id; }
  ref_info::kind what() const noexcept { return what_; }
  life* record() const noexcept { return life_; }
  const dead_ref& told() const noexcept { return told_; }

 protected:
  // False: its class was in a library that dlclose has unloaded. Nothing of it can be called.
  bool code_is_loaded() const noexcept;

  // The death notice. Exceptions of user code end here (detail::report_unraisable). The list keeps
  // the node alive until this returns.
  virtual void on_death(const dead_ref&) noexcept = 0;

 private:
  friend class life;

  // phase_: one of these, or the number of the thread that runs on_death().
  static constexpr std::uint32_t idle = 0, linked = 1, done = 2, first_thread = 3;

  void fire() noexcept;
  void wait_until_done() noexcept;
  void give_up_share() noexcept;

  death_node* next_ = nullptr;      // older; both under the lock bit of the life
  death_node* previous_ = nullptr;  // newer
  life* life_ = nullptr;            // set by attach, then constant
  std::atomic<std::uint32_t> phase_{idle};
  std::atomic<std::uint32_t> owners_{1};   // the holder, and the list
  std::atomic<std::uint32_t> holders_{1};  // handles that share the holder's part
  ref_info::kind what_;
  dead_ref told_;
};

// shape: 16 bytes, trivially destructible: it may be read after the deleter it lies in was
// formally destroyed. A copy is a new, unused record, because deleters are copied into place.
class LIBTRACK_API life {
 public:
  constexpr life() noexcept = default;
  life(const life&) noexcept {}
  life& operator=(const life&) = delete;

  // Handles without a node (plain weak_refs), for weak_ref_count().
  void add_handle() noexcept { handles_.fetch_add(1, std::memory_order_relaxed); }
  void drop_handle() noexcept { handles_.fetch_sub(1, std::memory_order_relaxed); }

  // Hangs a new node in front of the others. False: the object is dead or dying, the node
  // untouched.
  bool attach(death_node& node) noexcept;

  // Fires the nodes, newest first; later ones are refused. For objects whose owners keep attach()
  // away by then (strong count 0): no write when nobody observes.
  void end() noexcept {
    if (head_.load(std::memory_order_acquire) != 0) {
      end_observed();
    }
  }

  // The same, with attach() possibly under way: always leaves the record ended.
  void end_observed() noexcept;

  // Handles of every kind that are there now. cost: a step for each node.
  std::size_t count() const noexcept;

  // Writes the newest `room` nodes to `out`, newest first; returns how many there are.
  std::size_t list(ref_info* out, std::size_t room) const noexcept;

 protected:
  static constexpr std::uintptr_t locked = 1, ended = 2, flags = locked | ended;

  std::uintptr_t lock() const noexcept;  // the value of head_ without `locked`
  void unlock(std::uintptr_t value) const noexcept {
    head_.store(value, std::memory_order_release);
  }

 private:
  friend class death_node;

  bool remove(death_node& node) noexcept;

  mutable std::atomic<std::uintptr_t> head_{0};  // newest node, and the flags
  std::atomic<std::uint32_t> handles_{0};
};

static_assert(sizeof(life) == 16);

// An exception that has nowhere to go: to the hook of set_unraisable_hook(). Call inside a catch.
LIBTRACK_API void report_unraisable(const char* where) noexcept;

// Whether the module that this address lies in is (still) loaded. cost: 10 ns, no lock.
LIBTRACK_API bool is_loaded(const void* code) noexcept;

}  // namespace track::detail
