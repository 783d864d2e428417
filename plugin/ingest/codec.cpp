#include "ingest/codec.hpp"

#include "ingest/batch_reader.hpp"
#include "ingest/cbor.hpp"
#include "ingest/codec_reader.hpp"
#include "ingest/plain_respond.hpp"

#include <algorithm>

namespace pulseline::ingest {
namespace {

using Json = nlohmann::json;

std::unexpected<Refusal> bad(std::string message)
{
	return refuse("bad_field", std::move(message));
}

Answer<std::string> textField(const Reader &reader, Field::Name field, std::size_t most)
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

Answer<std::int64_t> wholeField(const Reader &reader, Field::Name field, std::int64_t absent, std::int64_t most)
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

std::optional<Role> roleFromText(std::string_view text)
{
	constexpr std::array<std::pair<std::string_view, Role>, 4> kRoles{{{"participant", Role::participant},
									   {"observer", Role::observer},
									   {"feed", Role::feed},
									   {"mirror", Role::mirror}}};
	const auto found = std::ranges::find(kRoles, text, [](const auto &role) { return role.first; });
	return found == kRoles.end() ? std::nullopt : std::optional(found->second);
}

Answer<ClientMessage> readJoin(Reader &reader)
{
	Join join;
	const Answer<std::string> code = textField(reader, Field::session, kMaxName);
	const Answer<std::string> as = textField(reader, Field::role, kMaxName);
	const Answer<std::string> resume = textField(reader, Field::token, kMaxSecret);
	const Answer<std::string> secret = textField(reader, Field::key, kMaxSecret);
	const Answer<std::string> paper = textField(reader, Field::ticket, kMaxName);
	for (const auto *text : {&code, &as, &resume, &secret, &paper}) {
		if (!*text) {
			return std::unexpected(text->error());
		}
	}
	if (code->empty()) {
		return bad("session must be the join code");
	}
	const std::optional<Role> role = as->empty() ? Role::participant : roleFromText(*as);
	if (!role) {
		return bad("role must be participant, observer, feed or mirror");
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
	join.role = *role;
	join.attributes = std::move(reader.answers);
	join.token = *resume;
	join.key = *secret;
	join.ticket = *paper;
	join.simulated = made.boolean;
	return join;
}

Answer<std::optional<double>> valueField(const Reader &reader, const Scale &scale)
{
	const Scalar &scalar = reader.fields[Field::value];
	if (scalar.kind == Scalar::Kind::null) {
		return std::nullopt;
	}
	if (!scalar.number() || !scale.contains(scalar.asReal())) {
		return bad(std::format("value must be null or a number from {} to {}", scale.min, scale.max));
	}
	return scalar.asReal();
}

Answer<ClientMessage> readRespond(const Reader &reader, const Scale &scale)
{
	Respond respond;
	const std::optional<std::uint64_t> number = seqOf(reader);
	if (!number) {
		return bad("seq must be a whole number from 1 to 2^53 - 1");
	}
	const Answer<std::optional<double>> pressed = valueField(reader, scale);
	const Answer<std::string> whom = textField(reader, Field::target, kMaxName);
	const Answer<std::int64_t> age = wholeField(reader, Field::age_ms, 0, kMaxInteger);
	const Answer<std::int64_t> times =
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
		return refuse("bad_position", "position_ms must be from 0 to " + std::to_string(kMaxPosition_ms));
	}
	respond.seq = *number;
	respond.value = *pressed;
	respond.target = reader.fields[Field::target].given() ? std::optional(*whom) : std::nullopt;
	respond.age_ms = *age;
	respond.position_ms = at.given() ? at.whole() : std::nullopt;
	respond.pass = static_cast<std::uint32_t>(*times);
	return respond;
}

Answer<ClientMessage> readLook(const Reader &reader)
{
	const Answer<std::string> code = textField(reader, Field::session, kMaxName);
	if (!code || code->empty()) {
		return bad("session must be the join code");
	}
	return Look{*code};
}

Answer<ClientMessage> readClock(const Reader &reader)
{
	const Scalar &sent = reader.fields[Field::t0];
	if (!sent.number() || !std::isfinite(sent.asReal())) {
		return bad("t0 must be a number");
	}
	return ClockAsk{sent.kind == Scalar::Kind::integer ? std::to_string(sent.integer) : Json(sent.real).dump()};
}

std::optional<std::uint64_t> batchOf(const Reader &reader)
{
	const std::optional<std::int64_t> whole = reader.fields[Field::batch].whole();
	return whole ? std::optional(static_cast<std::uint64_t>(*whole)) : std::nullopt;
}

Answer<ClientMessage> readParticipants(Reader &reader)
{
	if (reader.fields[Field::items].kind != Scalar::Kind::object) {
		return bad("items must be an object: id to attributes");
	}
	if (!reader.peopleProblem.empty()) {
		return bad(reader.peopleProblem);
	}
	return Participants{std::move(reader.people)};
}

Answer<ClientMessage> readRespondMany(Reader &reader)
{
	const std::optional<std::uint64_t> batch = batchOf(reader);
	if (!batch) {
		return bad("batch must be a whole number from 0 to 2^53 - 1");
	}
	for (const auto &[field, column] : kColumnOf) {
		const Scalar &given = reader.fields[field];
		if (!given.given()) {
			reader.columns.drop(column);
		} else if (given.kind != Scalar::Kind::array) {
			return bad(std::string(kFieldNames[field]) + " must be an array");
		}
	}
	if (std::string problem = reader.columns.finish(); !problem.empty()) {
		return bad(std::move(problem));
	}
	return RespondMany{*batch, std::move(reader.columns)};
}

Answer<ClientMessage> readKnown(Reader &reader, const Scale &scale)
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
	if (kind.text == "respond_many") {
		return readRespondMany(reader);
	}
	if (kind.text == "participants") {
		return readParticipants(reader);
	}
	return refuse("unknown_type", "type must be look, join, respond, clock, leave, participants or respond_many");
}

BadMessage concerning(const Reader &reader, Refusal refusal)
{
	const bool many = reader.fields[Field::type].text == "respond_many";
	return {std::move(refusal), many ? std::nullopt : seqOf(reader), many ? batchOf(reader) : std::nullopt};
}

std::expected<ClientMessage, BadMessage> understand(Reader &reader, bool parsed, const Scale &scale)
{
	if (!parsed && reader.outOfRange) {
		return std::unexpected(concerning(reader, {"bad_field", "a number is out of range"}));
	}
	if (!parsed || !reader.object) {
		return std::unexpected(
			BadMessage{{"bad_json", "a message is one JSON object in UTF-8, or the same as CBOR"}, {}, {}});
	}
	Answer<ClientMessage> message = readKnown(reader, scale);
	if (!message) {
		return std::unexpected(concerning(reader, std::move(message.error())));
	}
	return std::move(*message);
}

} // namespace

std::expected<ClientMessage, BadMessage> readClient(std::string_view text, const Scale &scale)
{
	if (std::optional<Respond> respond = readPlainRespond(text, scale)) {
		return std::move(*respond);
	}
	if (std::optional<RespondMany> many = readBatch(text)) {
		return std::move(*many);
	}
	Reader reader;
	// The library takes a NUL for the end of the text; here it is a byte that no JSON text has.
	const bool parsed = !text.contains('\0') && Json::sax_parse(text.begin(), text.end(), &reader);
	return understand(reader, parsed, scale);
}

std::expected<ClientMessage, BadMessage> readClientCbor(std::string_view bytes, const Scale &scale)
{
	Reader reader;
	const bool parsed = readCbor(bytes, reader);
	return understand(reader, parsed, scale);
}

} // namespace pulseline::ingest
