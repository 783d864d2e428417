// What an upstream may say to this program, one message a line; a line "begin" is a new connection. Its cells go into a
// session, which must never be told of anything but what it knows of a cell and what that is now.
#include "fuzz/fuzz.hpp"
#include "studio/foreign_cells.hpp"

#include <tuple>

using namespace pulseline;

namespace {

const Scale kScale{-1, 1, 0};
constexpr std::int64_t kTicks = 1440;

class Session : public studio::ForeignCells::Session {
public:
	std::uint32_t stratumFor(const studio::ForeignCells::Answers &answers) override
	{
		return strata_.emplace(answers, static_cast<std::uint32_t>(strata_.size())).first->second;
	}
	void replace(std::uint32_t stratum, std::uint32_t target, std::int64_t tick, const Cell &before,
		     const Cell &after) override
	{
		Cell &known = cells_[{stratum, target, tick}];
		fuzz::require(known == before, "it is told of what it knows");
		fuzz::require(!(before == after), "and of what has changed");
		fuzz::require(stratum < strata_.size() && target < 2 && tick >= 0 && tick < kTicks,
			      "within the session");
		fuzz::require(after.n <= after.present && after.likes <= after.n &&
				      after.dislikes <= after.n - after.likes,
			      "with counts that can be true");
		known = after;
	}

private:
	std::map<studio::ForeignCells::Answers, std::uint32_t> strata_;
	std::map<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>, Cell> cells_;
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	const ingest::UpstreamBounds bounds{kScale, {"main", "second"}, kTicks};
	Settings settings;
	settings.scale = kScale;
	settings.targets = bounds.targets;
	Session session;
	studio::ForeignCells cells;
	cells.begin();
	std::string_view rest = fuzz::textOf(data, size);
	while (!rest.empty()) {
		const std::string_view line = fuzz::takeLine(rest);
		if (line == "begin") {
			cells.begin();
			continue;
		}
		const auto message = ingest::readUpstream(line, bounds);
		if (!message) {
			fuzz::require(!message.error().refusal.message.empty(), "what cannot be read says why");
		} else if (const auto *stream = std::get_if<ingest::StreamAnswer>(&*message)) {
			std::ignore = ingest::disagreement(*stream, ingest::Stream::cells, settings);
		} else if (const auto *sums = std::get_if<ingest::CellsMessage>(&*message)) {
			cells.take(*sums, session);
		} else if (const auto *batch = std::get_if<ingest::RespondMany>(&*message)) {
			const ingest::Batch view = batch->columns.view(batch->batch);
			fuzz::require(view.seq.size() == view.participant.size() &&
					      view.value.size() == view.seq.size(),
				      "columns of one length");
		}
	}
	return 0;
}
