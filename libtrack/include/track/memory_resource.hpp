// A polymorphic memory resource that records what it hands out. Floor 3.
//
//   track::memory_resource orders("orders");
//   std::pmr::vector<order> all(&orders);
// Memory comes from an upstream resource, 8 bytes more a block; each block is a record, with the
// resource's label. It knows bytes, not types. What an upstream takes back at once (a
// monotonic_buffer_resource) without a deallocation stays recorded.
// threads: as the upstream; recording itself, any.
// errors: what the upstream throws; bad_alloc for sizes that no block can have.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>
#include <string_view>

#include <track/detail/block_record.hpp>

namespace track {

class memory_resource : public std::pmr::memory_resource {
 public:
  // `upstream` is used as long as this is. Labels are kept for ever: use few different ones.
  explicit memory_resource(
      std::string_view label = {},
      std::pmr::memory_resource* upstream = std::pmr::get_default_resource()) noexcept
      : label_(detail::intern(label)), upstream_(upstream) {}
  explicit memory_resource(std::pmr::memory_resource* upstream) noexcept
      : memory_resource({}, upstream) {}
  memory_resource(const memory_resource&) = delete;
  memory_resource& operator=(const memory_resource&) = delete;

  std::pmr::memory_resource* upstream() const noexcept { return upstream_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (bytes > detail::max_block_bytes) {
      throw std::bad_alloc();
    }
    void* const block = upstream_->allocate(bytes + detail::block_end_bytes, alignment);
    detail::note_block(
        block, bytes, [] { return static_cast<const detail::text*>(nullptr); }, label_);
    return block;
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    detail::forget_block(block, bytes);
    upstream_->deallocate(block, bytes + detail::block_end_bytes, alignment);
  }
  // Blocks know their own record, so only the upstreams must agree. Without RTTI nobody can ask.
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
#ifdef __cpp_rtti
    const auto* same = dynamic_cast<const memory_resource*>(&other);
    return same != nullptr && *upstream_ == *same->upstream_;
#else
    return this == &other;
#endif
  }

  const detail::text* label_;
  std::pmr::memory_resource* upstream_;
};

}  // namespace track
