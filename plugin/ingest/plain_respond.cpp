#include "ingest/plain_respond.hpp"

#include "ingest/codec.hpp"

#include <charconv>

namespace pulseline::ingest {
namespace {

constexpr std::size_t kDigits = 15; // any whole number of so many is kept by a double

class Text {
public:
	explicit Text(std::string_view text)
		: at_(text.data())
		, end_(text.data() + text.size())
	{
	}

	bool ended() const { return at_ == end_; }
	bool take(char c)
	{
		if (at_ == end_ || *at_ != c) {
			return false;
		}
		++at_;
		return true;
	}
	// `c`, and what JSON calls white space around it.
	bool mark(char c)
	{
		skip();
		const bool taken = take(c);
		skip();
		return taken;
	}
	std::optional<std::string_view> string()
	{
		if (!take('"')) {
			return std::nullopt;
		}
		const char *const from = at_;
		while (at_ != end_ && *at_ >= ' ' && *at_ <= '~' && *at_ != '"' && *at_ != '\\') {
			++at_;
		}
		const std::string_view found(from, static_cast<std::size_t>(at_ - from));
		return take('"') ? std::optional(found) : std::nullopt;
	}
	std::optional<std::int64_t> whole()
	{
		const char *const from = at_;
		std::int64_t number = 0;
		while (at_ != end_ && *at_ >= '0' && *at_ <= '9') {
			number = number * 10 + (*at_++ - '0');
			if (at_ - from > static_cast<std::ptrdiff_t>(kDigits)) {
				return std::nullopt;
			}
		}
		const bool padded = at_ - from > 1 && *from == '0';
		return at_ == from || padded ? std::nullopt : std::optional(number);
	}
	std::optional<double> number()
	{
		const char *const from = at_;
		const bool negative = take('-');
		const std::optional<std::int64_t> before = whole();
		if (!before || !take('.')) {
			return before ? std::optional(static_cast<double>(negative ? -*before : *before))
				      : std::nullopt;
		}
		const char *const fraction = at_;
		while (at_ != end_ && *at_ >= '0' && *at_ <= '9') {
			++at_;
		}
		double value = 0;
		const bool read = at_ != fraction && std::from_chars(from, at_, value).ec == std::errc();
		return read ? std::optional(value) : std::nullopt;
	}
	bool null()
	{
		const bool is = std::string_view(at_, end_).starts_with("null");
		at_ += is ? 4 : 0;
		return is;
	}

private:
	void skip()
	{
		while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
			++at_;
		}
	}

	const char *at_;
	const char *end_;
};

// Which fields the message had.
enum Seen : unsigned { kType = 1, kSeq = 2, kValue = 4, kAge = 8, kPosition = 16, kPass = 32, kTarget = 64 };

// A whole number up to `most` into `to`.
template <typename Whole>
bool wholeInto(Text &text, Whole &to, std::int64_t most)
{
	const std::optional<std::int64_t> number = text.whole();
	if (!number || *number > most) {
		return false;
	}
	to = static_cast<Whole>(*number);
	return true;
}

bool valueInto(Text &text, std::optional<double> &to, const Scale &scale)
{
	if (text.null()) {
		return true;
	}
	to = text.number();
	return to && scale.contains(*to);
}

bool targetInto(Text &text, std::optional<std::string> &to)
{
	to = text.string();
	return to && to->size() <= kMaxName;
}

// The field's value into `respond`; which field it is, or 0 if the parser must see it.
unsigned readField(Text &text, std::string_view name, Respond &respond, const Scale &scale)
{
	constexpr std::int64_t kMaxPass = std::numeric_limits<std::uint32_t>::max();
	if (name == "seq") {
		return wholeInto(text, respond.seq, kMaxInteger) && respond.seq > 0 ? kSeq : 0U;
	}
	if (name == "value") {
		return valueInto(text, respond.value, scale) ? kValue : 0U;
	}
	if (name == "type") {
		return text.string() == "respond" ? kType : 0U;
	}
	if (name == "age_ms") {
		return wholeInto(text, respond.age_ms, kMaxInteger) ? kAge : 0U;
	}
	if (name == "position_ms") {
		return wholeInto(text, respond.position_ms, kMaxPosition_ms) ? kPosition : 0U;
	}
	if (name == "pass") {
		return wholeInto(text, respond.pass, kMaxPass) ? kPass : 0U;
	}
	return name == "target" && targetInto(text, respond.target) ? kTarget : 0U;
}

} // namespace

std::optional<Respond> readPlainRespond(std::string_view message, const Scale &scale)
{
	Respond respond;
	Text text(message);
	unsigned seen = 0;
	if (!text.mark('{')) {
		return std::nullopt;
	}
	do {
		const std::optional<std::string_view> name = text.string();
		if (!name || !text.mark(':')) {
			return std::nullopt;
		}
		const unsigned field = readField(text, *name, respond, scale);
		if (field == 0 || (seen & field) != 0) {
			return std::nullopt;
		}
		seen |= field;
	} while (text.mark(','));
	constexpr unsigned kNeeded = kType | kSeq | kValue;
	const bool whole = text.mark('}') && text.ended() && (seen & kNeeded) == kNeeded;
	return whole ? std::optional(std::move(respond)) : std::nullopt;
}

} // namespace pulseline::ingest
