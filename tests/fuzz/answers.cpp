// What a server may say to a participant's client, one message a line; after each the client says what it has to say.
#include "fuzz/fuzz.hpp"
#include "ingest/voter.hpp"

using namespace pulseline;

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	using std::chrono::milliseconds;
	ingest::VoterTotals totals;
	ingest::Join join;
	join.session = "ABC234";
	ingest::Voter voter(join, totals);
	ingest::Voter::Time now{};
	voter.connected(now);
	std::string_view rest = fuzz::textOf(data, size);
	while (!rest.empty()) {
		now += milliseconds(40);
		if (voter.isIn()) {
			voter.press(1.0, 0, now);
		}
		while (!voter.next(now).empty()) {
		}
		voter.hear(fuzz::takeLine(rest), now);
		std::ignore = voter.position_ms(now);
	}
	fuzz::require(totals.acked + totals.refused <= totals.sent, "only what was sent is answered");
	voter.disconnected();
	return 0;
}
