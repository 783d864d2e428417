// The newest value, handed from one writing thread to one reading thread without either waiting.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace pulseline {

template <typename T>
class Mailbox {
public:
	Mailbox() = default;
	Mailbox(const Mailbox &) = delete;
	Mailbox &operator=(const Mailbox &) = delete;
	~Mailbox() { delete slot_.load(std::memory_order_acquire); }

	// Replaces what was not read.
	void put(T value)
	{
		auto fresh = std::make_unique<T>(std::move(value));
		delete slot_.exchange(fresh.release(), std::memory_order_acq_rel);
	}

	// Empty if nothing came since the last call.
	std::unique_ptr<T> take() { return std::unique_ptr<T>(slot_.exchange(nullptr, std::memory_order_acq_rel)); }

private:
	std::atomic<T *> slot_{nullptr};
};

} // namespace pulseline
