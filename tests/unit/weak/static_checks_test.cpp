// What holds at compile time, and the rows that do not apply to C++: each N row has its reason
// here.
#include <concepts>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

#include "tests/unit/weak/objects.hpp"
#include <track/block_ref.hpp>
#include <track/finalize.hpp>
#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/unraisable.hpp>
#include <track/weak_method.hpp>
#include <track/weak_proxy.hpp>
#include <track/weak_ref.hpp>

namespace {

using objects::base;
using objects::derived;
using objects::listener;
using objects::point;
using track::dead_ref;
using track::finalizer;
using track::weak_method;
using track::weak_proxy;
using track::weak_ref;

using callback = void (*)(const dead_ref&);

template <class A, class B>
concept equatable = requires(const A& a, const B& b) {
  a == b;
};
template <class A>
concept ordered = requires(const A& a) {
  a < a;
};
template <class A>
concept hashable = requires(const A& a) {
  std::hash<A>()(a);
};
template <class A>
concept conditional = requires(const A& a) {
  static_cast<bool>(a);
};

template <class A>
concept in_place = requires(A a) {
  a += 1;
};
template <class A>
concept iterable = requires(A a) {
  a.begin();
};

TEST(WeakRef, R13_R14_a_value_type_is_not_shared) {
  // Python shares refs without callback and compares with `is`. Ours are values, without
  // allocation.
  static_assert(sizeof(weak_ref<point>) == 24);
  static_assert(std::is_nothrow_copy_constructible_v<weak_ref<point>>);
  static_assert(std::is_nothrow_move_constructible_v<weak_ref<point>>);
  static_assert(std::is_nothrow_constructible_v<weak_ref<point>, std::shared_ptr<point>>);
}

TEST(WeakRef, R21_a_ref_compares_with_its_own_kind_only) {
  static_assert(equatable<weak_ref<point>, weak_ref<point>>);
  static_assert(!equatable<weak_ref<point>, std::shared_ptr<point>>);
  static_assert(!equatable<weak_ref<point>, point>);
  static_assert(!equatable<weak_ref<base>, weak_ref<derived>>);
  static_assert(!equatable<weak_ref<point>, std::nullptr_t>);
}

TEST(WeakRef, R22_no_order) {
  static_assert(!ordered<weak_ref<point>>);
  static_assert(!std::three_way_comparable<weak_ref<point>>);
}

TEST(WeakRef, R24_there_is_always_a_hash) {
  // Python cannot hash a ref that was not hashed before the death; an identity is always there.
  static_assert(noexcept(std::hash<weak_ref<point>>()(std::declval<const weak_ref<point>&>())));
}

TEST(WeakRef, R10_R33_wrong_arguments_do_not_compile) {
  static_assert(!std::is_constructible_v<weak_ref<point>, point*>);
  static_assert(!std::is_constructible_v<weak_ref<point>, point&>);
  static_assert(!std::is_constructible_v<weak_ref<point>, int>);
  static_assert(!std::is_constructible_v<weak_ref<point>, std::unique_ptr<point>>);
  static_assert(!std::is_constructible_v<weak_ref<point>, std::shared_ptr<base>>);
  static_assert(!std::is_constructible_v<weak_ref<derived>, std::shared_ptr<base>>);
  static_assert(!std::is_constructible_v<weak_ref<point>, std::shared_ptr<const point>>);
  static_assert(!std::is_constructible_v<weak_ref<point>, std::shared_ptr<point>, int>);
  static_assert(
      !std::is_constructible_v<weak_ref<point>, std::shared_ptr<point>, void (*)(std::string)>);
  static_assert(std::is_constructible_v<weak_ref<point>, std::shared_ptr<point>, callback>);
  static_assert(std::is_constructible_v<weak_ref<point>, std::shared_ptr<point>, std::nullptr_t>);
}

TEST(WeakRef, R27_the_callback_is_read_only) {
  // There is has_callback(), and no way to get or set what is called.
  static_assert(std::same_as<decltype(std::declval<weak_ref<point>&>().has_callback()), bool>);
}

TEST(WeakRef, R34_types_and_functions_are_no_objects_with_a_lifetime) {
  static_assert(!std::is_constructible_v<weak_ref<void()>, void (*)()>);
}

TEST(WeakProxy, P05_no_conversion_to_bool) {
  static_assert(!conditional<weak_proxy<point>>);
}

TEST(WeakProxy, P06_only_what_the_object_can_be_called_with) {
  struct adder {
    int operator()(int a, int b) const { return a + b; }
  };
  static_assert(std::is_invocable_v<const weak_proxy<adder>&, int, int>);
  static_assert(!std::is_invocable_v<const weak_proxy<adder>&, int>);
  static_assert(!std::is_invocable_v<const weak_proxy<adder>&, std::string, int>);
  static_assert(!std::is_invocable_v<const weak_proxy<point>&>);
}

TEST(WeakProxy, P09_P12_P13_not_applicable) {
  // P09: a C++ operator changes the object, it rebinds no name. P12, P13: iterators come from
  // begin() and end() of the object: for (auto& each : *held) with held = proxy.ref().lock().
  static_assert(!in_place<weak_proxy<int>>);
  static_assert(!iterable<weak_proxy<std::string>>);
}

TEST(WeakProxy, P14_no_hash) {
  static_assert(!hashable<weak_proxy<point>>);
  static_assert(hashable<weak_ref<point>>);
}

TEST(WeakProxy, P16_a_trait_names_them) {
  static_assert(track::is_weak_proxy_v<weak_proxy<point>>);
  static_assert(track::is_weak_proxy_v<const weak_proxy<point>>);
  static_assert(!track::is_weak_proxy_v<weak_ref<point>>);
}

TEST(WeakMethod, M03_member_functions_do_not_die) {
  static_assert(std::is_member_function_pointer_v<decltype(&listener::hear)>);
}

template <class M>
concept method_of = requires {
  typename weak_method<M>;
};

TEST(WeakMethod, M08_only_member_functions) {
  static_assert(method_of<decltype(&listener::hear)>);
  static_assert(method_of<decltype(&listener::told)>);
  static_assert(!method_of<decltype(&listener::heard)>);
  static_assert(!method_of<void (*)(int)>);
  static_assert(!method_of<int>);
  static_assert(!std::is_constructible_v<weak_method<decltype(&listener::hear)>,
                                         std::shared_ptr<point>, decltype(&listener::hear)>);
}

TEST(Finalize, F16_F17_what_a_finalizer_takes) {
  using track::detail::owns_object;
  static_assert(owns_object<std::shared_ptr<derived>, derived>);
  static_assert(owns_object<std::shared_ptr<const derived>, derived>);
  // These are looked at when they come.
  static_assert(!owns_object<std::shared_ptr<base>, derived>);
  static_assert(!owns_object<std::shared_ptr<void>, point>);
  static_assert(!owns_object<std::shared_ptr<point>, derived>);
  static_assert(!owns_object<weak_ref<point>, point>);
  static_assert(std::is_copy_constructible_v<finalizer>);
  static_assert(std::is_nothrow_move_constructible_v<finalizer>);
}

TEST(Hook, C06_a_hook_is_one_word_and_references_are_not_copied) {
  static_assert(sizeof(track::hook) == sizeof(void*));
  static_assert(std::is_nothrow_copy_constructible_v<track::hook>);
  static_assert(std::is_nothrow_copy_assignable_v<track::hook>);
  static_assert(!track::detail::owner_of<const track::tracked<point>&, point>);
  static_assert(track::detail::owner_of<const track::tracked<point>&, const point>);
  static_assert(!std::is_convertible_v<listener&, weak_ref<listener>>);
}

TEST(Names, X01_the_public_names_are_there) {
  using all = std::tuple<weak_ref<point>, weak_proxy<point>, weak_method<decltype(&listener::hear)>,
                         track::finalizer, track::finalizer_of<point, int>, track::hook,
                         track::tracked<point>, track::hooked<listener>, track::block_ref,
                         track::dead_ref, track::ref_info, track::reference_error,
                         track::not_observable, track::unraisable_hook>;
  static_assert(std::tuple_size_v<all> == 14);
  static_assert(std::derived_from<track::reference_error, std::runtime_error>);
  static_assert(std::derived_from<track::not_observable, std::logic_error>);
  const auto object = track::adopt(track::make_shared<point>());
  EXPECT_EQ(track::weak_ref_count(object) + track::weak_refs(object).size(), 0U);
  EXPECT_TRUE(track::finalize(object, [] {}).detach());
  static_assert(noexcept(track::run_exit_finalizers()));
  EXPECT_EQ(track::set_unraisable_hook(nullptr), nullptr);
}

}  // namespace
