// A session counted from its file: a closed one that is looked at, or one by another lag than its own. One thread at a
// time.
#pragma once

#include "core/counter.hpp"
#include "core/recut.hpp"
#include "session/store.hpp"
#include "studio/publisher.hpp"

namespace pulseline::studio {

class Review {
public:
	// `recut`: counted otherwise than the session does.
	static Result<std::unique_ptr<Review>> open(const std::string &path, const Recut &recut = {});

	// Adds what came into the file since.
	Result<void> refresh();
	// `of`: how the studio sees the same session now, counted as this one is; null: it has another one, or
	// none.
	std::shared_ptr<const Snapshot> snapshot(const Snapshot *of = nullptr);
	// False if the session has another segment of this name.
	bool add(const Segment &segment);
	std::uint64_t responses() const { return totals_.responses; }
	std::uint64_t participants() const { return counter_.participants() - out_; }
	std::uint64_t out() const { return out_; } // participants who are out of the count
	const std::string &code() const { return code_; }
	const Settings &settings() const { return *settings_; }

private:
	Review(std::shared_ptr<const Settings> settings, std::vector<Segment> stored);
	// Sees who is in the file, and sums what the counter has.
	void take(const session::File &file);

	std::shared_ptr<const Settings> settings_;
	Counter counter_;
	Publisher publisher_;
	std::vector<Stratum> strata_;
	std::vector<std::uint32_t> peopleOf_;
	std::string path_, code_;
	session::Totals totals_;
	std::uint64_t out_ = 0;
	bool simulated_ = false;
	bool hidden_ = false; // blind, and neither over nor revealed
	std::shared_ptr<const Annotations> annotations_;
};

} // namespace pulseline::studio
