// A small value that one thread writes and any thread reads, without either waiting for the other (a sequence lock
// whose words are atomics, so that a torn copy is noticed and no access is a race).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace pulseline::playback {

template <typename T>
class Published {
	static_assert(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>);

public:
	Published() { store(T{}); }

	// One thread at a time.
	void store(const T &value)
	{
		std::array<std::uint64_t, kWords> copy{};
		std::memcpy(copy.data(), &value, sizeof(T));
		const std::uint32_t version = version_.load(std::memory_order_relaxed);
		version_.store(version + 1, std::memory_order_relaxed);
		// Each word is stored after the odd version, and whoever reads one of them sees that version or a later
		// one.
		for (std::size_t i = 0; i < kWords; ++i) {
			words_[i].store(copy[i], std::memory_order_release);
		}
		version_.store(version + 2, std::memory_order_release);
	}

	// Any thread. Tries again only if a store came between.
	T load() const
	{
		std::array<std::uint64_t, kWords> copy{};
		for (;;) {
			const std::uint32_t before = version_.load(std::memory_order_acquire);
			for (std::size_t i = 0; i < kWords; ++i) {
				copy[i] = words_[i].load(std::memory_order_acquire);
			}
			if (before % 2 == 0 && version_.load(std::memory_order_relaxed) == before) {
				break;
			}
		}
		T value{};
		std::memcpy(static_cast<void *>(&value), copy.data(), sizeof(T));
		return value;
	}

private:
	static constexpr std::size_t kWords = (sizeof(T) + 7) / 8;

	std::atomic<std::uint32_t> version_{0};
	std::array<std::atomic<std::uint64_t>, kWords> words_{};
};

} // namespace pulseline::playback
