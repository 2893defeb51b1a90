// All of the public C++ API, without the adapters for test frameworks. Floor 3.
#pragma once

#include <track/allocator.hpp>
#include <track/block_ref.hpp>
#include <track/cache_probe.hpp>
#include <track/call_stack.hpp>
#include <track/counted.hpp>
#include <track/errors.hpp>
#include <track/finalize.hpp>
#include <track/hook.hpp>
#include <track/leak_scope.hpp>
#include <track/make_shared.hpp>
#include <track/memory_resource.hpp>
#include <track/probed_map.hpp>
#include <track/ref_info.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>
#include <track/unraisable.hpp>
#include <track/weak_cache.hpp>
#include <track/weak_key_map.hpp>
#include <track/weak_method.hpp>
#include <track/weak_proxy.hpp>
#include <track/weak_ref.hpp>
#include <track/weak_set.hpp>
#include <track/weak_value_map.hpp>
