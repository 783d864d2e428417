// Counts what a piece of code allocates and locks, by standing before the C library's functions: of the calls on this
// thread those that come from this program, from libobs and from the C++ library, not what a graphics driver does
// for itself.
#pragma once

namespace pulseline::test {

struct Calls {
	int allocations = 0;
	int locks = 0;
	bool operator==(const Calls &) const = default;
};

// Counts while it lives. One at a time on a thread.
class CallWatch {
public:
	CallWatch();
	CallWatch(const CallWatch &) = delete;
	CallWatch &operator=(const CallWatch &) = delete;
	~CallWatch();
	Calls seen() const;
};

} // namespace pulseline::test
