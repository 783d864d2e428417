// The same conversation as in json.cpp, in CBOR: for each act a byte that says which, two for the length of the
// message, and the message.
#include "fuzz/conversation.hpp"

using namespace pulseline;

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	fuzz::Conversation conversation(ingest::Encoding::cbor);
	std::string_view rest = fuzz::textOf(data, size);
	while (rest.size() >= 3) {
		const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(rest[1])) << 8 |
					   static_cast<unsigned char>(rest[2]);
		const std::string_view message = rest.substr(3, length);
		conversation.act(rest.front(), message);
		rest.remove_prefix(3 + message.size());
	}
	conversation.end();
	return 0;
}
