// What clients say as JSON, message after message, to a hub with a session in memory. Each line of the input is for one
// of two connections or for the server itself:
//
//   0TEXT, 1TEXT   a message of the first or second connection
//   fTEXT          the first connection's message in two frames
//   x              the first connection is lost and another one takes its place
//   c, b, n        everything is on disk; a tenth of a second has passed; what is due is written
#include "fuzz/conversation.hpp"

using namespace pulseline;

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	fuzz::Conversation conversation(ingest::Encoding::json);
	std::string_view rest = fuzz::textOf(data, size);
	while (!rest.empty()) {
		const std::string_view line = fuzz::takeLine(rest);
		if (!line.empty()) {
			conversation.act(line.front(), line.substr(1));
		}
	}
	conversation.end();
	return 0;
}
