// What the fuzz targets share. Each is one file with LLVMFuzzerTestOneInput (llvm.org/docs/LibFuzzer.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace pulseline::fuzz {

// What must hold whatever comes in; libFuzzer keeps the input that broke it.
inline void require(bool holds, std::string_view what)
{
	if (!holds) {
		std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
		std::abort();
	}
}

inline std::string_view textOf(const std::uint8_t *data, std::size_t size)
{
	return {reinterpret_cast<const char *>(data), size};
}

// Takes the first line off `rest`, without its end.
inline std::string_view takeLine(std::string_view &rest)
{
	const std::size_t end = rest.find('\n');
	const std::string_view line = rest.substr(0, end);
	rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
	return line;
}

// A folder in memory, where there is one, of this process alone; gone at the end.
class Scratch {
public:
	Scratch()
	{
		const char *const memory = "/dev/shm";
		std::error_code ignored;
		std::string name =
			((std::filesystem::is_directory(memory, ignored) ? std::filesystem::path(memory)
									 : std::filesystem::temp_directory_path()) /
			 "pulseline-fuzz-XXXXXX")
				.string();
		const char *made = ::mkdtemp(name.data());
		require(made != nullptr, "a folder for files");
		folder_ = name;
	}
	Scratch(const Scratch &) = delete;
	Scratch &operator=(const Scratch &) = delete;
	~Scratch()
	{
		std::error_code ignored;
		std::filesystem::remove_all(folder_, ignored);
	}
	std::string operator/(const std::string &name) const { return folder_ + "/" + name; }
	std::string write(const std::string &name, std::string_view bytes) const
	{
		std::ofstream(*this / name, std::ios::binary | std::ios::trunc) << bytes;
		return *this / name;
	}

private:
	std::string folder_;
};

} // namespace pulseline::fuzz
