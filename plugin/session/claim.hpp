// A lock on a file itself, whatever its name: a hard link, or a name it was moved to, has no FILE-lock in common with
// the one it was opened under. It ends with the process however that ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pulseline::session {

class Claim {
public:
	// On the file that has this name now. Empty: another has it, here or in another program of this machine. Where
	// the system offers no such lock (all but Linux), or there is no such file, it keeps nobody out.
	static std::optional<Claim> make(const std::string &real);
	bool isOf(const std::string &real) const;

	Claim() = default;
	Claim(Claim &&other) noexcept;
	Claim &operator=(Claim &&other) noexcept;
	~Claim();

private:
	std::uint64_t device_ = 0, number_ = 0;
	int socket_ = -1;
};

} // namespace pulseline::session
