#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include <track/allocator.hpp>
#include <track/block_ref.hpp>
#include <track/finalize.hpp>
#include <track/memory_resource.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>
#include <track/weak_ref.hpp>

namespace {

template <class T>
using tracking = track::allocator<T>;

class Allocator : public ::testing::Test {
 protected:
  const std::uint64_t begin_ = track::mark();
  std::vector<track::survivor> mine() const { return track::survivors({.since = begin_}); }
  std::size_t count() const { return mine().size(); }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& each : mine()) {
      sum += each.size_bytes;
    }
    return sum;
  }
};

static_assert(std::allocator_traits<tracking<int>>::is_always_equal::value);
static_assert(!std::allocator_traits<tracking<int>>::propagate_on_container_copy_assignment::value);
static_assert(std::allocator_traits<tracking<int>>::propagate_on_container_move_assignment::value);
static_assert(!std::allocator_traits<tracking<int>>::propagate_on_container_swap::value);
static_assert(
    std::is_same_v<std::allocator_traits<tracking<int>>::rebind_alloc<long>, tracking<long>>);
static_assert(std::is_empty_v<tracking<int>>);
static_assert(sizeof(std::vector<int, tracking<int>>) == sizeof(std::vector<int>));
static_assert(std::is_nothrow_move_assignable_v<std::vector<int, tracking<int>>>);
static_assert(tracking<int>() == tracking<long>());

TEST_F(Allocator, block_is_a_record_while_it_lives) {
  track::set_test("blocks");
  tracking<int> allocator;
  int* block = nullptr;
  {
    const track::scope tag{"import"};
    block = allocator.allocate(10);
  }
  track::set_test({});
  const auto all = mine();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].type, "int");
  EXPECT_EQ(all[0].tag, "import");
  EXPECT_EQ(all[0].test, "blocks");
  EXPECT_EQ(all[0].address, block) << "the block begins where its pointer points";
  EXPECT_EQ(all[0].size_bytes, 10 * sizeof(int));
  allocator.deallocate(block, 10);
  EXPECT_EQ(count(), 0u);
}

template <class Container>
class TrackedContainer : public Allocator {};
using containers =
    ::testing::Types<std::vector<int, tracking<int>>, std::vector<bool, tracking<bool>>,
                     std::deque<int, tracking<int>>, std::list<int, tracking<int>>,
                     std::set<int, std::less<>, tracking<int>>,
                     std::multiset<int, std::less<>, tracking<int>>,
                     std::unordered_set<int, std::hash<int>, std::equal_to<>, tracking<int>>,
                     std::unordered_multiset<int, std::hash<int>, std::equal_to<>, tracking<int>>,
                     std::basic_string<char, std::char_traits<char>, tracking<char>>>;
TYPED_TEST_SUITE(TrackedContainer, containers);

TYPED_TEST(TrackedContainer, records_come_and_go) {
  const auto value = [](int i) { return static_cast<typename TypeParam::value_type>(i % 100 + 1); };
  {
    TypeParam a;
    for (int i = 0; i < 500; ++i) {
      a.insert(a.end(), value(i));
    }
    EXPECT_GT(this->count(), 0u);
    TypeParam b(a);
    TypeParam c(std::move(a));
    EXPECT_EQ(b, c);
    a = b;
    b = std::move(c);
    EXPECT_EQ(a, b);
    swap(a, b);
    a.clear();
    a.insert(a.end(), value(1));
    EXPECT_GT(this->bytes(), 0u);
  }
  EXPECT_EQ(this->count(), 0u);
}

TEST_F(Allocator, maps_and_forward_lists_too) {
  {
    using pair = std::pair<const int, std::string>;
    std::map<int, std::string, std::less<>, tracking<pair>> sorted;
    std::unordered_map<int, std::string, std::hash<int>, std::equal_to<>, tracking<pair>> hashed;
    std::forward_list<int, tracking<int>> list;
    for (int i = 0; i < 100; ++i) {
      sorted[i] = "x";
      hashed[i] = "y";
      list.push_front(i);
    }
    EXPECT_GE(count(), 300u);
    auto node = sorted.extract(5);
    sorted.clear();
    EXPECT_FALSE(node.empty());
  }
  EXPECT_EQ(count(), 0u);
}

TEST_F(Allocator, over_aligned_types_are_aligned) {
  struct alignas(128) wide {
    char bytes[128];
  };
  std::vector<wide, tracking<wide>> all(3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(all.data()) % 128, 0u);
  EXPECT_EQ(bytes(), 3 * sizeof(wide));
}

TEST_F(Allocator, impossible_sizes_are_refused) {
  tracking<std::int64_t> allocator;
  EXPECT_THROW(static_cast<void>(allocator.allocate(std::size_t(-1))), std::bad_array_new_length);
  EXPECT_THROW(static_cast<void>(allocator.allocate(std::size_t(-1) / 16)),
               std::bad_array_new_length);
  EXPECT_EQ(count(), 0u);
}

TEST_F(Allocator, nothing_at_all_is_a_block) {
  tracking<int> allocator;
  int* const block = allocator.allocate(0);
  EXPECT_EQ(count(), 1u);
  allocator.deallocate(block, 0);
  EXPECT_EQ(count(), 0u);
}

TEST_F(Allocator, switching_while_blocks_live) {
  tracking<int> allocator;
  int* const on = allocator.allocate(1);
  track::set_tracking(false);
  int* const off = allocator.allocate(1);
  EXPECT_EQ(count(), 1u);
  allocator.deallocate(on, 1);
  EXPECT_EQ(count(), 0u);
  track::set_tracking(true);
  allocator.deallocate(off, 1);
  EXPECT_EQ(count(), 0u);
}

TEST_F(Allocator, end_of_the_block_that_was_overwritten_harms_nobody) {
  tracking<char> allocator;
  char* const other = allocator.allocate(8);
  char* const block = allocator.allocate(8);
  std::memset(block, 0xff, 16);
  allocator.deallocate(block, 8);
  std::memset(other + 8, 1, 8);
  allocator.deallocate(other, 8);
  EXPECT_EQ(count(), 2u) << "the records are known no more, but nothing else is touched";
}

TEST_F(Allocator, freed_on_another_thread_and_by_another_copy) {
  tracking<long> allocator;
  long* const block = allocator.allocate(3);
  std::thread([block] { tracking<long>(tracking<int>()).deallocate(block, 3); }).join();
  EXPECT_EQ(count(), 0u);
}

struct node : std::enable_shared_from_this<node> {
  explicit node(int v = 0) : value(v) {}
  virtual ~node() = default;
  int value;
};
struct special : node {
  using node::node;
};

TEST_F(Allocator, C08_objects_of_allocate_shared_are_observable) {
  auto object = std::allocate_shared<node>(tracking<node>(), 7);
  bool told = false, finalized = false;
  const track::weak_ref<node> ref(object, [&](const track::dead_ref&) { told = true; });
  track::finalize(object, [&] { finalized = true; });
  EXPECT_EQ(object->weak_from_this().lock(), object);
  const track::weak_ref<node> from_this(object->weak_from_this());
  EXPECT_EQ(from_this.lock(), object);
  EXPECT_EQ(track::weak_ref_count(object), 3u);
  object.reset();
  EXPECT_TRUE(told);
  EXPECT_TRUE(finalized);
  EXPECT_TRUE(from_this.expired());
}

TEST_F(Allocator, C08_found_through_base_alias_and_rebound_allocators) {
  const std::shared_ptr<special> object = std::allocate_shared<special>(tracking<char>(), 7);
  const std::shared_ptr<const node> base = object;
  const std::shared_ptr<int> alias(object, &object->value);
  int told = 0;
  const auto count_up = [&](const track::dead_ref&) { ++told; };
  track::weak_ref<special> a(object, count_up);
  track::weak_ref<const node> b(base, count_up);
  track::weak_ref<int> c(alias, count_up);
  const_cast<std::shared_ptr<special>&>(object).reset();
  const_cast<std::shared_ptr<const node>&>(base).reset();
  EXPECT_EQ(told, 0);
  const_cast<std::shared_ptr<int>&>(alias).reset();
  EXPECT_EQ(told, 3);
}

TEST_F(Allocator, C08_of_void_and_of_const_objects) {
  auto object = std::allocate_shared<const node>(tracking<void>(), 7);
  bool told = false;
  const track::weak_ref<const node> ref(object, [&](const track::dead_ref&) { told = true; });
  object.reset();
  EXPECT_TRUE(told);
}

TEST_F(Allocator, C08_watched_object_and_its_block_are_two_records) {
  auto object = std::allocate_shared<node>(tracking<node>(), 7);
  track::watch(object, "watched");
  const auto all = mine();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NE(all[0].type.find("node"), std::string_view::npos);
  EXPECT_EQ(all[0].type.find("_Sp_"), std::string_view::npos) << all[0].type;
  EXPECT_EQ(all[1].label, "watched");
  const std::weak_ptr<node> keeps_the_block = object;
  object.reset();
  EXPECT_EQ(count(), 1u) << "the object is gone, its memory pinned by the weak_ptr";
}

TEST_F(Allocator, C08_throwing_constructor_leaves_no_record) {
  struct thrower {
    thrower() { throw 1; }
  };
  EXPECT_THROW(std::allocate_shared<thrower>(tracking<thrower>()), int);
  EXPECT_EQ(count(), 0u);
}

TEST_F(Allocator, block_ref_knows_its_blocks) {
  tracking<int> allocator;
  int* const block = allocator.allocate(4);
  const track::block_ref ref = track::block_ref::of(block);
  EXPECT_TRUE(ref.alive());
  allocator.deallocate(block, 4);
  EXPECT_FALSE(ref.alive());
}

TEST_F(Allocator, memory_resource_records_with_its_label) {
  track::memory_resource orders("orders");
  {
    std::pmr::vector<std::pmr::string> all(&orders);
    all.emplace_back("a text that is too long to stand in the string itself");
    all.emplace_back("another one that is too long to stand in the string itself");
    EXPECT_GE(count(), 3u);
    for (const auto& each : mine()) {
      EXPECT_EQ(each.label, "orders");
      EXPECT_EQ(each.type, "");
    }
  }
  EXPECT_EQ(count(), 0u);
}

TEST_F(Allocator, memory_resource_asks_its_upstream) {
  struct counting : std::pmr::memory_resource {
    std::size_t blocks = 0, most_alignment = 0;
    void* do_allocate(std::size_t size, std::size_t alignment) override {
      ++blocks;
      most_alignment = std::max(most_alignment, alignment);
      return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void do_deallocate(void* block, std::size_t size, std::size_t alignment) override {
      --blocks;
      std::pmr::new_delete_resource()->deallocate(block, size, alignment);
    }
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
      return this == &other;
    }
  };
  counting upstream, elsewhere;
  track::memory_resource a("a", &upstream), b("b", &upstream), c(&elsewhere);
  EXPECT_EQ(a.upstream(), &upstream);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_NE(static_cast<std::pmr::memory_resource&>(a), upstream);
  void* const block = a.allocate(100, 256);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 256, 0u);
  EXPECT_EQ(upstream.blocks, 1u);
  EXPECT_EQ(upstream.most_alignment, 256u);
  EXPECT_EQ(bytes(), 100u);
  b.deallocate(block, 100, 256);
  EXPECT_EQ(upstream.blocks, 0u);
  EXPECT_EQ(count(), 0u);
  EXPECT_THROW(static_cast<void>(a.allocate(std::size_t(-1))), std::bad_alloc);
}

TEST_F(Allocator, resource_may_go_before_its_records_are_read) {
  auto resource = std::make_unique<track::memory_resource>("short");
  void* const block = resource->allocate(16);
  track::memory_resource other;
  resource.reset();
  EXPECT_EQ(mine().at(0).label, "short");
  other.deallocate(block, 16);
  EXPECT_EQ(count(), 0u);
}

}  // namespace
