// A disk without power: an SQLite VFS (sqlite.org/vfs.html) over the system's own that keeps apart what was not synced.
// When the power fails, each 512-byte sector of an unsynced write is there or not, by chance, and so is each change of
// a file's size and each new or removed name; every call fails from then on. It can also fail for a while, as a full
// disk does. It is the process's default VFS while it lives. One thread.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <set>
#include <sqlite3.h>
#include <string>
#include <vector>

namespace pulseline::session::test {

class PowerVfs {
public:
	PowerVfs();
	PowerVfs(const PowerVfs &) = delete;
	PowerVfs &operator=(const PowerVfs &) = delete;
	~PowerVfs();

	// Everything in the folder now is on disk. `failsAt`: the power fails at this write, truncation, sync or
	// removal from now on, counted from 1.
	void boot(const std::string &folder, std::uint64_t failsAt, std::uint64_t seed);
	// From this call on, so many fail with `code`, which costs nothing that was there.
	void fail(std::uint64_t from, std::uint64_t calls, int code);
	void ignoreSyncs() { honest_ = false; } // as `synchronous = OFF` would have it
	bool dead() const { return dead_; }
	std::uint64_t calls() const { return calls_; }
	std::uint64_t deaths() const { return deaths_; } // since it was made
	// After the power failed and all files are closed: makes the folder what the disk kept.
	void restore();

	struct Change {
		std::int64_t at = 0;
		std::string bytes;
		bool truncates = false; // to `at`
	};
	struct Node {
		std::string durable;
		std::vector<Change> pending;
	};
	struct File; // an sqlite3_file

	// For the VFS's functions.
	sqlite3_vfs *system() const { return system_; }
	std::shared_ptr<Node> open(const std::string &name, bool creates, bool &isNew);
	void remove(const std::string &name, bool sync);
	void sync(Node &node, bool names);
	int tick(); // SQLITE_OK, or how this call fails
	bool reached() const
	{
		return reached_;
	} // the call that ticked got to the disk, or was on its way when the power failed

private:
	struct Rename {
		std::string name;
		std::shared_ptr<Node> node; // null: removed
	};
	std::string survivor(const Node &node);
	bool chance() { return (random_() & 1) != 0; }

	sqlite3_vfs own_{};
	sqlite3_vfs *system_ = nullptr;
	std::string folder_;
	std::map<std::string, std::shared_ptr<Node>> names_, durableNames_;
	std::vector<Rename> pending_;
	std::uint64_t calls_ = 0, deaths_ = 0, failsAt_ = 0, failsFrom_ = 0, failsFor_ = 0;
	int failure_ = SQLITE_OK;
	bool dead_ = false, reached_ = false, honest_ = true;
	std::mt19937_64 random_;
};

} // namespace pulseline::session::test
