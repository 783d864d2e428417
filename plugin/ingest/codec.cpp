#include "ingest/codec.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {
namespace {

using Json = nlohmann::json;

struct Field {
	enum Name : std::size_t {
		type,
		session,
		role,
		attributes,
		token,
		key,
		simulated,
		seq,
		value,
		target,
		age_ms,
		position_ms,
		pass,
		t0,
		count
	};
};

constexpr std::array<std::string_view, Field::count> kFieldNames{
	"type", "session", "role",   "attributes", "token",       "key",  "simulated",
	"seq",  "value",   "target", "age_ms",     "position_ms", "pass", "t0"};

struct Scalar {
	enum class Kind { absent, null, boolean, integer, real, text, object, other } kind = Kind::absent;
	bool boolean = false;
	std::int64_t integer = 0;
	double real = 0;
	std::string text;

	bool given() const { return kind != Kind::absent && kind != Kind::null; }
	bool number() const { return kind == Kind::integer || kind == Kind::real; }
	double asReal() const { return kind == Kind::integer ? static_cast<double>(integer) : real; }
	// A whole number from 0 to kMaxInteger, also when written 3.0 or 3e0.
	std::optional<std::int64_t> whole() const
	{
		if (kind == Kind::real && real >= 0 && real <= static_cast<double>(kMaxInteger) &&
		    std::trunc(real) == real) {
			return static_cast<std::int64_t>(real);
		}
		return kind == Kind::integer && integer >= 0 && integer <= kMaxInteger ? std::optional(integer)
										       : std::nullopt;
	}
	static Scalar of(Kind kind)
	{
		Scalar scalar;
		scalar.kind = kind;
		return scalar;
	}
};

// Keeps what the wire knows of a message and lets the rest pass, in one go and without a tree: depth costs a counter.
class Reader {
public:
	std::array<Scalar, Field::count> fields;
	std::map<std::string, std::string> answers;
	std::string answersProblem;
	bool object = false;     // the message is one
	bool outOfRange = false; // a number that no double holds

	bool null() { return take(Scalar::of(Scalar::Kind::null)); }
	bool boolean(bool v)
	{
		Scalar scalar = Scalar::of(Scalar::Kind::boolean);
		scalar.boolean = v;
		return take(std::move(scalar));
	}
	bool number_integer(std::int64_t v)
	{
		Scalar scalar = Scalar::of(Scalar::Kind::integer);
		scalar.integer = v;
		return take(std::move(scalar));
	}
	bool number_unsigned(std::uint64_t v)
	{
		if (v <= static_cast<std::uint64_t>(kMaxInteger)) {
			return number_integer(static_cast<std::int64_t>(v));
		}
		return number_float(static_cast<double>(v), {});
	}
	bool number_float(double v, const std::string &)
	{
		Scalar scalar = Scalar::of(Scalar::Kind::real);
		scalar.real = v;
		return take(std::move(scalar));
	}
	bool string(std::string &v)
	{
		Scalar scalar = Scalar::of(Scalar::Kind::text);
		scalar.text = std::move(v);
		return take(std::move(scalar));
	}
	bool binary(Json::binary_t &) { return take(Scalar::of(Scalar::Kind::other)); }
	bool start_object(std::size_t)
	{
		object = object || depth_ == 0;
		return open(true);
	}
	bool start_array(std::size_t) { return open(false); }
	bool key(std::string &name)
	{
		if (depth_ == 1) {
			const auto found = std::ranges::find(kFieldNames, name);
			current_ = found == kFieldNames.end() ? Field::count
							      : static_cast<std::size_t>(found - kFieldNames.begin());
		} else if (inAnswers_ && depth_ == 2) {
			answer_ = std::move(name);
		}
		return true;
	}
	bool end_object() { return close(); }
	bool end_array() { return close(); }
	bool parse_error(std::size_t, const std::string &, const Json::exception &problem)
	{
		constexpr int kNumberOverflow = 406;
		outOfRange = problem.id == kNumberOverflow;
		return false;
	}

private:
	bool open(bool isObject)
	{
		if (depth_ == 1 && current_ < Field::count) {
			fields[current_] = Scalar::of(isObject ? Scalar::Kind::object : Scalar::Kind::other);
			inAnswers_ = current_ == Field::attributes && isObject;
			if (inAnswers_) {
				answers.clear();
				answersProblem.clear();
			}
		} else if (inAnswers_) {
			answersProblem = "an attribute's value must be a string";
		}
		++depth_;
		return true;
	}
	bool close()
	{
		--depth_;
		inAnswers_ = inAnswers_ && depth_ > 1;
		return true;
	}
	bool take(Scalar scalar)
	{
		if (depth_ == 1 && current_ < Field::count) {
			fields[current_] = std::move(scalar);
		} else if (inAnswers_ && depth_ == 2) {
			takeAnswer(std::move(scalar));
		}
		return true;
	}
	void takeAnswer(Scalar scalar)
	{
		if (scalar.kind == Scalar::Kind::null) {
			return;
		}
		if (scalar.kind != Scalar::Kind::text) {
			answersProblem = "an attribute's value must be a string";
		} else if (answer_.size() > kMaxName || scalar.text.size() > kMaxValue) {
			answersProblem = "an attribute is too long (name 64 bytes, value 256)";
		} else if (answers.size() == kMaxAttributes && !answers.contains(answer_)) {
			answersProblem = "too many attributes (at most 64)";
		} else {
			answers.insert_or_assign(std::move(answer_), std::move(scalar.text));
		}
	}

	std::size_t depth_ = 0;
	std::size_t current_ = Field::count; // the field that the next value of depth 1 is for
	bool inAnswers_ = false;
	std::string answer_;
};

struct Problem {
	std::string code, message;
};
template <typename T>
using Checked = std::expected<T, Problem>;

std::unexpected<Problem> bad(std::string message)
{
	return std::unexpected(Problem{"bad_field", std::move(message)});
}

Checked<std::string> textField(const Reader &reader, Field::Name field, std::size_t most)
{
	const Scalar &scalar = reader.fields[field];
	if (!scalar.given()) {
		return std::string();
	}
	if (scalar.kind != Scalar::Kind::text || scalar.text.size() > most) {
		return bad(std::string(kFieldNames[field]) + " must be a string of at most " + std::to_string(most) +
			   " bytes");
	}
	return scalar.text;
}

Checked<std::int64_t> wholeField(const Reader &reader, Field::Name field, std::int64_t absent, std::int64_t most)
{
	const Scalar &scalar = reader.fields[field];
	if (!scalar.given()) {
		return absent;
	}
	const std::optional<std::int64_t> whole = scalar.whole();
	if (!whole || *whole > most) {
		return bad(std::string(kFieldNames[field]) + " must be a whole number from 0 to " +
			   std::to_string(most));
	}
	return *whole;
}

std::optional<std::uint64_t> seqOf(const Reader &reader)
{
	const std::optional<std::int64_t> whole = reader.fields[Field::seq].whole();
	return whole && *whole >= 1 ? std::optional(static_cast<std::uint64_t>(*whole)) : std::nullopt;
}

Checked<ClientMessage> readJoin(Reader &reader)
{
	Join join;
	const Checked<std::string> code = textField(reader, Field::session, kMaxName);
	const Checked<std::string> as = textField(reader, Field::role, kMaxName);
	const Checked<std::string> resume = textField(reader, Field::token, kMaxSecret);
	const Checked<std::string> secret = textField(reader, Field::key, kMaxSecret);
	for (const auto *text : {&code, &as, &resume, &secret}) {
		if (!*text) {
			return std::unexpected(text->error());
		}
	}
	if (code->empty()) {
		return bad("session must be the join code");
	}
	if (!as->empty() && *as != "participant" && *as != "observer") {
		return bad("role must be participant or observer");
	}
	const Scalar &answers = reader.fields[Field::attributes];
	if (answers.given() && answers.kind != Scalar::Kind::object) {
		return bad("attributes must be an object of strings");
	}
	if (!reader.answersProblem.empty()) {
		return bad(reader.answersProblem);
	}
	const Scalar &made = reader.fields[Field::simulated];
	if (made.given() && made.kind != Scalar::Kind::boolean) {
		return bad("simulated must be true or false");
	}
	join.session = *code;
	join.role = *as == "observer" ? Role::observer : Role::participant;
	join.attributes = std::move(reader.answers);
	join.token = *resume;
	join.key = *secret;
	join.simulated = made.boolean;
	return join;
}

Checked<std::optional<double>> valueField(const Reader &reader, const Scale &scale)
{
	const Scalar &scalar = reader.fields[Field::value];
	if (scalar.kind == Scalar::Kind::null) {
		return std::nullopt;
	}
	if (!scalar.number() || !scale.contains(scalar.asReal())) {
		return bad("value must be null or a number from " + Json(scale.min).dump() + " to " +
			   Json(scale.max).dump());
	}
	return scalar.asReal();
}

Checked<ClientMessage> readRespond(const Reader &reader, const Scale &scale)
{
	Respond respond;
	const std::optional<std::uint64_t> number = seqOf(reader);
	if (!number) {
		return bad("seq must be a whole number from 1 to 2^53 - 1");
	}
	const Checked<std::optional<double>> pressed = valueField(reader, scale);
	const Checked<std::string> whom = textField(reader, Field::target, kMaxName);
	const Checked<std::int64_t> age = wholeField(reader, Field::age_ms, 0, kMaxInteger);
	const Checked<std::int64_t> times =
		wholeField(reader, Field::pass, 0, std::numeric_limits<std::uint32_t>::max());
	if (!pressed) {
		return std::unexpected(pressed.error());
	}
	if (!whom) {
		return std::unexpected(whom.error());
	}
	if (!age || !times) {
		return std::unexpected(age ? times.error() : age.error());
	}
	const Scalar &at = reader.fields[Field::position_ms];
	if (at.given() && (!at.number() || std::trunc(at.asReal()) != at.asReal())) {
		return bad("position_ms must be a whole number");
	}
	if (at.given() && (!at.whole() || *at.whole() > kMaxPosition_ms)) {
		return std::unexpected(
			Problem{"bad_position", "position_ms must be from 0 to " + std::to_string(kMaxPosition_ms)});
	}
	respond.seq = *number;
	respond.value = *pressed;
	respond.target = reader.fields[Field::target].given() ? std::optional(*whom) : std::nullopt;
	respond.age_ms = *age;
	respond.position_ms = at.given() ? at.whole() : std::nullopt;
	respond.pass = static_cast<std::uint32_t>(*times);
	return respond;
}

Checked<ClientMessage> readLook(const Reader &reader)
{
	const Checked<std::string> code = textField(reader, Field::session, kMaxName);
	if (!code || code->empty()) {
		return bad("session must be the join code");
	}
	return Look{*code};
}

Checked<ClientMessage> readClock(const Reader &reader)
{
	const Scalar &sent = reader.fields[Field::t0];
	if (!sent.number()) {
		return bad("t0 must be a number");
	}
	return ClockAsk{sent.kind == Scalar::Kind::integer ? std::to_string(sent.integer) : Json(sent.real).dump()};
}

Checked<ClientMessage> readKnown(Reader &reader, const Scale &scale)
{
	const Scalar &kind = reader.fields[Field::type];
	if (kind.kind != Scalar::Kind::text) {
		return bad("type must be a string");
	}
	if (kind.text == "respond") {
		return readRespond(reader, scale);
	}
	if (kind.text == "clock") {
		return readClock(reader);
	}
	if (kind.text == "join") {
		return readJoin(reader);
	}
	if (kind.text == "look") {
		return readLook(reader);
	}
	if (kind.text == "leave") {
		return Leave{};
	}
	return std::unexpected(Problem{"unknown_type", "type must be look, join, respond, clock or leave"});
}

} // namespace

std::expected<ClientMessage, BadMessage> readClient(std::string_view text, const Scale &scale)
{
	Reader reader;
	// The library takes a NUL for the end of the text; here it is a byte that no JSON text has.
	const bool parsed = !text.contains('\0') && Json::sax_parse(text.begin(), text.end(), &reader);
	if (!parsed && reader.outOfRange) {
		return std::unexpected(BadMessage{{"bad_field", "a number is out of range"}, seqOf(reader)});
	}
	if (!parsed || !reader.object) {
		return std::unexpected(BadMessage{{"bad_json", "a message is one JSON object in UTF-8"}, {}});
	}
	Checked<ClientMessage> message = readKnown(reader, scale);
	if (!message) {
		return std::unexpected(BadMessage{{std::move(message.error().code), std::move(message.error().message)},
						  seqOf(reader)});
	}
	return std::move(*message);
}

} // namespace pulseline::ingest
