// A stack as a report shows it: its frames, the innermost first. Floor 3.
//
// Hundreds of thousands of stacks run through the same few functions, so stacks share their frames:
// copies are cheap, and a frame never changes; edit() gives a stack its own. Frames live as long as
// a stack that has them. For any thread, as the standard containers are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace track::model {

struct frame {
  std::string function;  // demangled
  std::string file;
  std::optional<std::uint32_t> line;
  std::string module;                   // file name of the module, without its folders
  std::optional<std::uint64_t> offset;  // return address minus the module's load bias
  bool inlined = false;
  bool unloaded = false;    // the module was closed before the end
  std::string module_path;  // with its folders; empty: unknown
};
using shared_frame = std::shared_ptr<const frame>;

class stack {
 public:
  class const_iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = frame;
    using difference_type = std::ptrdiff_t;
    using pointer = const frame*;
    using reference = const frame&;

    const_iterator() = default;
    explicit const_iterator(const shared_frame* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    const_iterator& operator++() { return ++at_, *this; }
    const_iterator operator++(int) { return const_iterator(at_++); }
    const_iterator& operator--() { return --at_, *this; }
    const_iterator operator--(int) { return const_iterator(at_--); }
    bool operator==(const const_iterator& other) const = default;

   private:
    const shared_frame* at_ = nullptr;
  };
  using value_type = frame;
  using const_reference = const frame&;
  using iterator = const_iterator;
  using const_reverse_iterator = std::reverse_iterator<const_iterator>;

  stack() = default;
  stack(std::initializer_list<frame> frames) {
    for (const frame& each : frames) {
      push_back(each);
    }
  }
  stack(std::size_t count, const frame& one) : frames_(count, std::make_shared<frame>(one)) {}

  bool empty() const { return frames_.empty(); }
  std::size_t size() const { return frames_.size(); }
  const frame& operator[](std::size_t place) const { return *frames_[place]; }
  const frame& at(std::size_t place) const { return *frames_.at(place); }
  const frame& front() const { return *frames_.front(); }
  const frame& back() const { return *frames_.back(); }
  const_iterator begin() const { return const_iterator(frames_.data()); }
  const_iterator end() const { return const_iterator(frames_.data() + frames_.size()); }
  const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
  const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }

  // Never null.
  const std::vector<shared_frame>& shared() const { return frames_; }

  void reserve(std::size_t count) { frames_.reserve(count); }
  void push_back(frame one) { frames_.push_back(std::make_shared<frame>(std::move(one))); }
  void push_back(shared_frame one) { frames_.push_back(std::move(one)); }
  void replace(std::size_t place, shared_frame one) { frames_[place] = std::move(one); }
  void resize(std::size_t count) { frames_.resize(count, std::make_shared<frame>()); }
  void clear() { frames_.clear(); }

  // A copy of the frame at `place`, this stack's own from now on.
  frame& edit(std::size_t place) {
    auto own = std::make_shared<frame>(*frames_[place]);
    frames_[place] = own;
    return *own;
  }

  // Those of its frames that `wanted` is true for.
  template <typename Wanted>
  stack only(Wanted&& wanted) const {
    stack kept;
    for (const shared_frame& each : frames_) {
      if (wanted(*each)) {
        kept.push_back(each);
      }
    }
    return kept;
  }

 private:
  std::vector<shared_frame> frames_;
};

}  // namespace track::model
