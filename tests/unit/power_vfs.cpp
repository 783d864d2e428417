#include "power_vfs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <utility>

namespace pulseline::session::test {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSector = 512;

void put(std::string &content, std::int64_t at, std::string_view bytes)
{
	const auto place = static_cast<std::size_t>(at);
	if (content.size() < place + bytes.size()) {
		content.resize(place + bytes.size());
	}
	content.replace(place, bytes.size(), bytes);
}

void apply(std::string &content, const PowerVfs::Change &change)
{
	if (change.truncates) {
		content.resize(static_cast<std::size_t>(change.at));
	} else {
		put(content, change.at, change.bytes);
	}
}

} // namespace

// What SQLite holds: the system's file lies behind it.
struct PowerVfs::File {
	sqlite3_file base;
	PowerVfs *vfs;
	std::shared_ptr<Node> node; // empty for temporary files
	bool syncsNames;            // a new journal: the system's VFS syncs its folder with it

	sqlite3_file *real() { return reinterpret_cast<sqlite3_file *>(this + 1); }
	static File &of(sqlite3_file *file) { return *reinterpret_cast<File *>(file); }
};

namespace {

using File = PowerVfs::File;

int closeFile(sqlite3_file *file)
{
	File &own = File::of(file);
	const int code = own.real()->pMethods->xClose(own.real());
	own.node.~shared_ptr();
	return code;
}

int readFile(sqlite3_file *file, void *to, int size, sqlite3_int64 at)
{
	File &own = File::of(file);
	return own.vfs->dead() ? SQLITE_IOERR_READ : own.real()->pMethods->xRead(own.real(), to, size, at);
}

int writeFile(sqlite3_file *file, const void *from, int size, sqlite3_int64 at)
{
	File &own = File::of(file);
	const int code = own.vfs->tick();
	if (own.node && own.vfs->reached()) {
		own.node->pending.push_back(
			{at, std::string(static_cast<const char *>(from), static_cast<std::size_t>(size)), false});
	}
	return code != SQLITE_OK ? code : own.real()->pMethods->xWrite(own.real(), from, size, at);
}

int truncateFile(sqlite3_file *file, sqlite3_int64 size)
{
	File &own = File::of(file);
	const int code = own.vfs->tick();
	if (own.node && own.vfs->reached()) {
		own.node->pending.push_back({size, {}, true});
	}
	return code != SQLITE_OK ? code : own.real()->pMethods->xTruncate(own.real(), size);
}

int syncFile(sqlite3_file *file, int)
{
	File &own = File::of(file);
	const int code = own.vfs->tick();
	if (code == SQLITE_OK && own.node) {
		own.vfs->sync(*own.node, std::exchange(own.syncsNames, false));
	}
	return code;
}

template <auto method, typename... Args>
int forward(sqlite3_file *file, Args... args)
{
	sqlite3_file *real = File::of(file).real();
	return (real->pMethods->*method)(real, args...);
}

void shmBarrier(sqlite3_file *file)
{
	sqlite3_file *real = File::of(file).real();
	real->pMethods->xShmBarrier(real);
}

constexpr sqlite3_io_methods kMethods{
	.iVersion = 2,
	.xClose = closeFile,
	.xRead = readFile,
	.xWrite = writeFile,
	.xTruncate = truncateFile,
	.xSync = syncFile,
	.xFileSize = forward<&sqlite3_io_methods::xFileSize, sqlite3_int64 *>,
	.xLock = forward<&sqlite3_io_methods::xLock, int>,
	.xUnlock = forward<&sqlite3_io_methods::xUnlock, int>,
	.xCheckReservedLock = forward<&sqlite3_io_methods::xCheckReservedLock, int *>,
	.xFileControl = forward<&sqlite3_io_methods::xFileControl, int, void *>,
	.xSectorSize = forward<&sqlite3_io_methods::xSectorSize>,
	.xDeviceCharacteristics = forward<&sqlite3_io_methods::xDeviceCharacteristics>,
	.xShmMap = forward<&sqlite3_io_methods::xShmMap, int, int, int, void volatile **>,
	.xShmLock = forward<&sqlite3_io_methods::xShmLock, int, int, int>,
	.xShmBarrier = shmBarrier,
	.xShmUnmap = forward<&sqlite3_io_methods::xShmUnmap, int>,
	.xFetch = nullptr,
	.xUnfetch = nullptr,
};

int openFile(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given)
{
	auto *power = static_cast<PowerVfs *>(vfs->pAppData);
	File &own = *new (file) File{{nullptr}, power, {}, false};
	if (power->dead()) {
		own.node.~shared_ptr();
		return SQLITE_CANTOPEN;
	}
	const int code = power->system()->xOpen(power->system(), name, own.real(), flags, given);
	if (code != SQLITE_OK) {
		own.node.~shared_ptr();
		return code;
	}
	constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
	if (name) {
		bool isNew = false;
		own.node = power->open(name, (flags & SQLITE_OPEN_CREATE) != 0, isNew);
		own.syncsNames = isNew && (flags & kJournals) != 0;
	}
	own.base.pMethods = &kMethods;
	return SQLITE_OK;
}

int deleteFile(sqlite3_vfs *vfs, const char *name, int sync)
{
	auto *power = static_cast<PowerVfs *>(vfs->pAppData);
	const int code = power->tick();
	if (power->reached()) {
		power->remove(name, sync != 0 && code == SQLITE_OK);
	}
	return code != SQLITE_OK ? code : power->system()->xDelete(power->system(), name, 0);
}

} // namespace

PowerVfs::PowerVfs()
	: system_(sqlite3_vfs_find(nullptr))
{
	own_ = *system_;
	own_.pNext = nullptr;
	own_.zName = "power";
	own_.pAppData = this;
	own_.szOsFile = static_cast<int>(sizeof(File)) + system_->szOsFile;
	own_.xOpen = openFile;
	own_.xDelete = deleteFile;
	sqlite3_vfs_register(&own_, 1);
}

PowerVfs::~PowerVfs()
{
	sqlite3_vfs_unregister(&own_);
	sqlite3_vfs_register(system_, 1);
}

void PowerVfs::boot(const std::string &folder, std::uint64_t failsAt, std::uint64_t seed)
{
	folder_ = folder;
	names_.clear();
	pending_.clear();
	for (const auto &entry : fs::directory_iterator(folder)) {
		std::ifstream file(entry.path(), std::ios::binary);
		auto node = std::make_shared<Node>();
		node->durable.assign(std::istreambuf_iterator<char>(file), {});
		names_[entry.path().string()] = std::move(node);
	}
	durableNames_ = names_;
	calls_ = 0;
	failsAt_ = failsAt;
	failsFor_ = 0;
	dead_ = false;
	random_.seed(seed);
}

void PowerVfs::fail(std::uint64_t from, std::uint64_t calls, int code)
{
	failsFrom_ = from;
	failsFor_ = calls;
	failure_ = code;
}

int PowerVfs::tick()
{
	reached_ = false;
	if (dead_) {
		return SQLITE_IOERR;
	}
	++calls_;
	dead_ = calls_ == failsAt_;
	deaths_ += dead_ ? 1 : 0;
	const bool fails = calls_ >= failsFrom_ && calls_ < failsFrom_ + failsFor_;
	reached_ = dead_ || !fails;
	return dead_ ? SQLITE_IOERR : fails ? failure_ : SQLITE_OK;
}

std::shared_ptr<PowerVfs::Node> PowerVfs::open(const std::string &name, bool creates, bool &isNew)
{
	std::shared_ptr<Node> &node = names_[name];
	isNew = creates && !node;
	if (!node) {
		node = std::make_shared<Node>();
		pending_.push_back({name, node});
	}
	return node;
}

void PowerVfs::remove(const std::string &name, bool sync)
{
	names_.erase(name);
	pending_.push_back({name, nullptr});
	if (sync && honest_) {
		durableNames_ = names_;
		pending_.clear();
	}
}

void PowerVfs::sync(Node &node, bool names)
{
	if (!honest_) {
		return;
	}
	for (const Change &change : node.pending) {
		apply(node.durable, change);
	}
	node.pending.clear();
	if (names) {
		durableNames_ = names_;
		pending_.clear();
	}
}

std::string PowerVfs::survivor(const Node &node)
{
	std::string content = node.durable;
	for (const Change &change : node.pending) {
		if (change.truncates) {
			if (chance()) {
				apply(content, change);
			}
			continue;
		}
		for (std::size_t from = 0; from < change.bytes.size();) {
			const std::size_t into = (static_cast<std::size_t>(change.at) + from) % kSector;
			const std::size_t size = std::min(kSector - into, change.bytes.size() - from);
			if (chance()) {
				put(content, change.at + static_cast<std::int64_t>(from),
				    std::string_view(change.bytes).substr(from, size));
			}
			from += size;
		}
	}
	return content;
}

void PowerVfs::restore()
{
	// Changes of one name happen in their order, those of different names in any.
	std::set<std::string> lost;
	for (const Rename &rename : pending_) {
		if (lost.contains(rename.name) || !chance()) {
			lost.insert(rename.name);
		} else if (rename.node) {
			durableNames_[rename.name] = rename.node;
		} else {
			durableNames_.erase(rename.name);
		}
	}
	for (const auto &entry : fs::directory_iterator(folder_)) {
		fs::remove(entry.path());
	}
	for (const auto &[name, node] : durableNames_) {
		if (!name.ends_with("-lock") && !name.ends_with("-shm")) { // neither means anything after a start
			std::ofstream(name, std::ios::binary) << survivor(*node);
		}
	}
}

} // namespace pulseline::session::test
