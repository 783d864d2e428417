// A closed session that is looked at: counted once from its file. Guarded by the studio's lock.
#pragma once

#include "core/counter.hpp"
#include "studio/publisher.hpp"

namespace pulseline::studio {

class Review {
public:
	// With a lag of its own the file is counted by that instead of the session's.
	static Result<std::unique_ptr<Review>> open(const std::string &path, std::optional<std::int64_t> lag_ms = {});

	std::shared_ptr<const Snapshot> snapshot();
	// False if the session has another segment of this name.
	bool add(const Segment &segment);
	std::uint64_t responses() const { return responses_; }
	std::uint64_t participants() const { return counter_.participants(); }
	const std::string &code() const { return code_; }
	const Settings &settings() const { return *settings_; }

private:
	Review(std::shared_ptr<const Settings> settings, std::vector<Segment> stored);

	std::shared_ptr<const Settings> settings_;
	Counter counter_;
	Publisher publisher_;
	std::vector<Stratum> strata_;
	std::vector<std::uint32_t> peopleOf_;
	std::string path_, code_;
	std::uint64_t responses_ = 0;
	std::int64_t furthest_ms_ = 0;
	bool simulated_ = false;
	std::shared_ptr<const Annotations> annotations_;
};

} // namespace pulseline::studio
