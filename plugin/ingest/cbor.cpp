#include "ingest/cbor.hpp"

#include "core/utf8.hpp"

#include <bit>
#include <cmath>

namespace pulseline::ingest {
namespace {

enum Major : unsigned { unsignedInteger, negativeInteger, byteString, textString, array, map, tag, simple };
constexpr unsigned kIndefinite = 31;
constexpr unsigned char kBreak = 0xFF;

// The first byte of an item and the number that follows it.
struct Head {
	unsigned major = 0;
	unsigned info = 0;
	std::uint64_t argument = 0;

	bool indefinite() const { return info == kIndefinite; }
};

// IEEE 754 half precision (RFC 8949, appendix D).
double half(std::uint64_t bits)
{
	const auto exponent = static_cast<int>((bits >> 10) & 0x1F);
	const auto mantissa = static_cast<double>(bits & 0x3FF);
	const double size = exponent == 0    ? std::ldexp(mantissa, -24)
			    : exponent != 31 ? std::ldexp(mantissa + 1024, exponent - 25)
			    : mantissa == 0  ? std::numeric_limits<double>::infinity()
					     : std::numeric_limits<double>::quiet_NaN();
	return (bits & 0x8000) != 0 ? -size : size;
}

class CborReader {
public:
	CborReader(std::string_view bytes, Reader &reader)
		: bytes_(bytes)
		, reader_(reader)
	{
	}

	bool read()
	{
		do {
			if (!item()) {
				return false;
			}
			while (!levels_.empty() && levels_.back().left == 0) {
				close();
			}
		} while (!levels_.empty());
		return at_ == bytes_.size();
	}

private:
	struct Level {
		bool isMap = false;
		bool endless = false;   // until a break
		bool key = false;       // the next item is one
		std::uint64_t left = 0; // items, in a map pairs; not 0 where it is endless
	};

	std::optional<Head> head();
	bool item();
	bool value(const Head &head);
	bool number(const Head &head);
	bool open(const Head &head);
	void close();
	bool text(const Head &head, std::string &whole);
	bool chunk(std::uint64_t length, std::string &whole);
	bool special(const Head &head);
	bool other()
	{
		nlohmann::json::binary_t none;
		return reader_.binary(none);
	}

	std::string_view bytes_;
	std::size_t at_ = 0;
	Reader &reader_;
	std::vector<Level> levels_;
};

std::optional<Head> CborReader::head()
{
	if (at_ == bytes_.size()) {
		return std::nullopt;
	}
	const unsigned first = static_cast<unsigned char>(bytes_[at_++]);
	Head head{first >> 5, first & 0x1F, first & 0x1F};
	if (head.info < 24 || head.indefinite()) {
		return head;
	}
	if (head.info > 27) {
		return std::nullopt;
	}
	const std::size_t length = std::size_t{1} << (head.info - 24);
	if (bytes_.size() - at_ < length) {
		return std::nullopt;
	}
	head.argument = 0;
	for (const char byte : bytes_.substr(at_, length)) {
		head.argument = head.argument << 8 | static_cast<unsigned char>(byte);
	}
	at_ += length;
	return head;
}

bool CborReader::item()
{
	Level *level = levels_.empty() ? nullptr : &levels_.back();
	if (level != nullptr && level->endless && at_ < bytes_.size() &&
	    static_cast<unsigned char>(bytes_[at_]) == kBreak) {
		++at_;
		level->left = 0;
		return !level->isMap || level->key; // a key has its value
	}
	const std::optional<Head> head = this->head();
	if (!head) {
		return false;
	}
	if (level != nullptr && level->isMap && level->key) {
		std::string name;
		level->key = false;
		return head->major == textString && text(*head, name) && reader_.key(name);
	}
	if (level != nullptr) {
		level->key = level->isMap;
		level->left -= level->endless ? 0 : 1;
	}
	return value(*head);
}

bool CborReader::value(const Head &first)
{
	Head head = first;
	while (head.major == tag && !head.indefinite()) {
		const std::optional<Head> content = this->head();
		if (!content) {
			return false;
		}
		head = *content;
	}
	switch (head.major) {
	case unsignedInteger:
	case negativeInteger:
		return number(head);
	case byteString: {
		std::string bytes;
		return text(head, bytes) && other();
	}
	case textString: {
		std::string whole;
		return text(head, whole) && reader_.string(whole);
	}
	case array:
	case map:
		return open(head);
	case simple:
		return special(head);
	default:
		return false;
	}
}

bool CborReader::number(const Head &head)
{
	if (head.indefinite()) {
		return false;
	}
	if (head.major == unsignedInteger) {
		return reader_.number_unsigned(head.argument);
	}
	if (head.argument <= static_cast<std::uint64_t>(INT64_MAX)) {
		return reader_.number_integer(-1 - static_cast<std::int64_t>(head.argument));
	}
	return reader_.number_float(-1 - static_cast<double>(head.argument), {});
}

bool CborReader::open(const Head &head)
{
	if (levels_.size() == kMaxCborDepth) {
		return false;
	}
	const bool isMap = head.major == map;
	const bool endless = head.indefinite();
	levels_.push_back({isMap, endless, isMap, endless ? 1 : head.argument});
	return isMap ? reader_.start_object(0) : reader_.start_array(0);
}

void CborReader::close()
{
	if (levels_.back().isMap) {
		reader_.end_object();
	} else {
		reader_.end_array();
	}
	levels_.pop_back();
}

// A text or bytes, whole or in chunks of its own kind.
bool CborReader::text(const Head &head, std::string &whole)
{
	if (!head.indefinite()) {
		return chunk(head.argument, whole) && (head.major == byteString || isUtf8(whole));
	}
	while (const std::optional<Head> next = this->head()) {
		if (next->major == simple && next->indefinite()) {
			return true;
		}
		std::string part;
		if (next->major != head.major || next->indefinite() || !text(*next, part)) {
			return false;
		}
		whole += part;
	}
	return false;
}

bool CborReader::chunk(std::uint64_t length, std::string &whole)
{
	if (length > bytes_.size() - at_) {
		return false;
	}
	whole = bytes_.substr(at_, static_cast<std::size_t>(length));
	at_ += static_cast<std::size_t>(length);
	return true;
}

bool CborReader::special(const Head &head)
{
	switch (head.info) {
	case 20:
	case 21:
		return reader_.boolean(head.info == 21);
	case 22:
		return reader_.null();
	case 23:
		return reader_.undefined();
	case 24:
		return head.argument >= 32 && other();
	case 25:
		return reader_.number_float(half(head.argument), {});
	case 26:
		return reader_.number_float(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)), {});
	case 27:
		return reader_.number_float(std::bit_cast<double>(head.argument), {});
	default:
		return !head.indefinite() && other();
	}
}

} // namespace

bool readCbor(std::string_view bytes, Reader &reader)
{
	return CborReader(bytes, reader).read();
}

std::string cborOf(std::string_view json)
{
	std::string bytes;
	nlohmann::ordered_json::to_cbor(nlohmann::ordered_json::parse(json), bytes);
	return bytes;
}

} // namespace pulseline::ingest
