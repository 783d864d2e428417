// A session file with bytes that are wrong. The first byte of the input: bit 0, the session was in use and has its log
// beside it; bit 1, the log is what is spoilt; bit 2, the file ends early, where the next two bytes say; bit
// 3, somebody goes on with the session. Then patches: two bytes of place, one of length, and what stands there. An
// input that begins as an SQLite file is taken as it is.
#include "fuzz/session_base.hpp"

using namespace pulseline;

namespace {

class Base {
public:
	Base()
	{
		fuzz::makeBase(scratch_ / "base.pulse");
		closed_ = fuzz::bytesOf(scratch_ / "base.pulse");
		sqlite3 *handle = nullptr;
		sqlite3_open((scratch_ / "base.pulse").c_str(), &handle);
		sqlite3_exec(handle,
			     "PRAGMA journal_mode = WAL;"
			     "INSERT INTO response SELECT * FROM response WHERE seq = 1;",
			     nullptr, nullptr, nullptr);
		inUse_ = fuzz::bytesOf(scratch_ / "base.pulse");
		log_ = fuzz::bytesOf(scratch_ / "base.pulse-wal");
		sqlite3_close(handle);
		fuzz::require(!closed_.empty() && !log_.empty(), "there is a session, and a log");
	}
	const fuzz::Scratch &scratch() const { return scratch_; }
	const std::string &file(bool logged) const { return logged ? inUse_ : closed_; }
	const std::string &log() const { return log_; }

private:
	fuzz::Scratch scratch_;
	std::string closed_, inUse_, log_;
};

class Input {
public:
	explicit Input(std::string_view bytes)
		: rest_(bytes)
	{
	}
	bool more() const { return !rest_.empty(); }
	std::size_t number(int bytes)
	{
		std::size_t value = 0;
		for (; bytes > 0; --bytes) {
			value = value << 8 | (rest_.empty() ? 0U : static_cast<unsigned char>(rest_.front()));
			rest_.remove_prefix(rest_.empty() ? 0 : 1);
		}
		return value;
	}
	std::string_view take(std::size_t size)
	{
		const std::string_view taken = rest_.substr(0, size);
		rest_.remove_prefix(taken.size());
		return taken;
	}

private:
	std::string_view rest_;
};

void spoil(std::string &bytes, Input &input, bool cut)
{
	if (cut) {
		bytes.resize(std::min(bytes.size(), input.number(2)));
	}
	while (input.more() && !bytes.empty()) {
		const std::size_t place = input.number(2) % bytes.size();
		const std::string_view patch = input.take(input.number(1));
		bytes.replace(place, std::min(patch.size(), bytes.size() - place), patch, 0, bytes.size() - place);
	}
}

void goOn(const std::string &path)
{
	{
		Result<session::File> file = session::File::open(path, session::Access::write);
		if (!file || !file->begin() || !file->setNote("note", "there") || !file->commit()) {
			return;
		}
	}
	const Result<session::File> again = session::File::open(path, session::Access::read);
	fuzz::require(again && again->note("note") == "there", "what was written can be read");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static const Base base;
	const std::string_view text = fuzz::textOf(data, size);
	Input input(text);
	std::string file, log;
	bool goesOn = false;
	if (text.starts_with("SQLite format 3")) {
		file = text;
	} else {
		const std::size_t how = input.number(1);
		const bool logged = (how & 1) != 0;
		goesOn = (how & 8) != 0;
		file = base.file(logged);
		log = logged ? base.log() : "";
		spoil(logged && (how & 2) != 0 ? log : file, input, (how & 4) != 0);
	}
	const fuzz::Scratch &scratch = base.scratch();
	const std::string path = scratch.write("a.pulse", file);
	std::filesystem::remove(path + "-wal");
	std::filesystem::remove(path + "-shm");
	std::filesystem::remove(path + "-journal");
	std::filesystem::remove(path + "-lock");
	if (!log.empty()) {
		scratch.write("a.pulse-wal", log);
	}
	fuzz::readAll(path);
	fuzz::require(!log.empty() || fuzz::bytesOf(path) == file, "reading changes nothing");
	if (goesOn) {
		goOn(path);
	}
	return 0;
}
