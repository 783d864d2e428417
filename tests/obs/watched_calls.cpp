#include "obs/watched_calls.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <string_view>

namespace pulseline::test {
namespace {

struct Range {
	std::uintptr_t from = 0;
	std::uintptr_t to = 0;
};

// Where the code lies whose calls count.
struct Watched {
	std::array<Range, 8> ranges{};
	std::size_t count = 0;

	Watched() { dl_iterate_phdr(add, this); }

	static int add(dl_phdr_info *info, std::size_t, void *self)
	{
		auto &watched = *static_cast<Watched *>(self);
		const std::string_view name = info->dlpi_name; // "" is the program itself
		if (!name.empty() && !name.contains("/libobs") && !name.contains("/libstdc++")) {
			return 0;
		}
		for (int i = 0; i < info->dlpi_phnum; ++i) {
			const auto &part = info->dlpi_phdr[i];
			const bool code = part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0;
			if (code && watched.count < watched.ranges.size()) {
				const std::uintptr_t from = info->dlpi_addr + part.p_vaddr;
				watched.ranges[watched.count++] = {from, from + part.p_memsz};
			}
		}
		return 0;
	}

	bool has(const void *place) const
	{
		const auto at = reinterpret_cast<std::uintptr_t>(place);
		for (std::size_t i = 0; i < count; ++i) {
			if (ranges[i].from <= at && at < ranges[i].to) {
				return true;
			}
		}
		return false;
	}
};

thread_local const Watched *watching = nullptr;
thread_local Calls calls;

void note(int Calls::*kind, const void *caller)
{
	if (watching && watching->has(caller)) {
		++(calls.*kind);
	}
}

// What the C library does.
template <typename Function>
Function *next(const char *name)
{
	return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

} // namespace

CallWatch::CallWatch()
{
	static const Watched all; // once libobs and its graphics are loaded
	calls = {};
	watching = &all;
}

CallWatch::~CallWatch()
{
	watching = nullptr;
}

Calls CallWatch::seen() const
{
	return calls;
}

} // namespace pulseline::test

using pulseline::test::Calls;
using pulseline::test::next;
using pulseline::test::note;

extern "C" {

void *__libc_malloc(std::size_t);
void *__libc_calloc(std::size_t, std::size_t);
void *__libc_realloc(void *, std::size_t);
void *__libc_memalign(std::size_t, std::size_t);

void *malloc(std::size_t size)
{
	note(&Calls::allocations, __builtin_return_address(0));
	return __libc_malloc(size);
}

void *calloc(std::size_t count, std::size_t size)
{
	note(&Calls::allocations, __builtin_return_address(0));
	return __libc_calloc(count, size);
}

void *realloc(void *old, std::size_t size)
{
	note(&Calls::allocations, __builtin_return_address(0));
	return __libc_realloc(old, size);
}

void *aligned_alloc(std::size_t alignment, std::size_t size)
{
	note(&Calls::allocations, __builtin_return_address(0));
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **to, std::size_t alignment, std::size_t size)
{
	note(&Calls::allocations, __builtin_return_address(0));
	*to = __libc_memalign(alignment, size);
	return *to ? 0 : ENOMEM;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) noexcept
{
	static const auto real = next<int(pthread_mutex_t *)>("pthread_mutex_lock");
	note(&Calls::locks, __builtin_return_address(0));
	return real(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex) noexcept
{
	static const auto real = next<int(pthread_mutex_t *)>("pthread_mutex_trylock");
	note(&Calls::locks, __builtin_return_address(0));
	return real(mutex);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock) noexcept
{
	static const auto real = next<int(pthread_rwlock_t *)>("pthread_rwlock_rdlock");
	note(&Calls::locks, __builtin_return_address(0));
	return real(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock) noexcept
{
	static const auto real = next<int(pthread_rwlock_t *)>("pthread_rwlock_wrlock");
	note(&Calls::locks, __builtin_return_address(0));
	return real(lock);
}

} // extern "C"
