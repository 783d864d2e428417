// Whether a name still stands for the file that was opened under it: others may remove or move it while it is in use.
#pragma once

#include <cstdint>
#include <string>

namespace pulseline::session {

class Watch {
public:
	enum class State { here, moved, removed };

	// Of what has this name now. It keeps the file without opening it: closing a descriptor of a file would drop
	// SQLite's locks on it.
	explicit Watch(std::string real);
	Watch(Watch &&other) noexcept;
	Watch &operator=(Watch &&other) noexcept;
	~Watch();

	State state() const;

private:
	std::string name_;
	std::uint64_t device_ = 0, number_ = 0;
	int file_ = -1;
};

} // namespace pulseline::session
