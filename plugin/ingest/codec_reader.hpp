// What the codec keeps of a message while it is read, in one go and without a tree. Of this room alone.
#pragma once

#include "ingest/codec.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {

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
		batch,
		participant,
		items,
		ticket,
		count
	};
};

inline constexpr std::array<std::string_view, Field::count> kFieldNames{
	"type",   "session", "role",        "attributes", "token", "key",   "simulated",   "seq",   "value",
	"target", "age_ms",  "position_ms", "pass",       "t0",    "batch", "participant", "items", "ticket"};

inline constexpr std::array<std::pair<Field::Name, Columns::Name>, Columns::count> kColumnOf{
	{{Field::participant, Columns::participant},
	 {Field::seq, Columns::seq},
	 {Field::position_ms, Columns::position_ms},
	 {Field::value, Columns::value},
	 {Field::target, Columns::target},
	 {Field::pass, Columns::pass}}};

struct Scalar {
	enum class Kind { absent, null, boolean, integer, real, text, object, array } kind = Kind::absent;
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

// Keeps what the wire knows of a message and lets the rest pass: depth costs a counter. Its functions are those that
// the JSON library calls while it reads.
class Reader {
public:
	std::array<Scalar, Field::count> fields;
	std::map<std::string, std::string> answers; // of `attributes`
	People people;                              // of `items`
	std::string answersProblem, peopleProblem;
	Columns columns;
	bool object = false;     // the message is one
	bool outOfRange = false; // a number that no double holds

	bool undefined() { return take(Scalar()); } // of CBOR
	bool null() { return take(Scalar::of(Scalar::Kind::null)); }
	bool boolean(bool v);
	bool number_integer(std::int64_t v);
	bool number_unsigned(std::uint64_t v);
	bool number_float(double v, const std::string &);
	bool string(std::string &v);
	bool binary(nlohmann::json::binary_t &) { return take(Scalar::of(Scalar::Kind::array)); }
	bool start_object(std::size_t)
	{
		object = object || depth_ == 0;
		return open(Scalar::Kind::object);
	}
	bool start_array(std::size_t) { return open(Scalar::Kind::array); }
	bool key(std::string &name);
	bool end_object() { return close(); }
	bool end_array() { return close(); }
	bool parse_error(std::size_t, const std::string &, const nlohmann::json::exception &problem);

private:
	bool open(Scalar::Kind kind);
	void openPerson(Scalar::Kind kind);
	void addPerson();
	bool close();
	bool take(Scalar scalar);
	void takeAnswer(const Scalar &scalar);

	std::size_t depth_ = 0;
	std::size_t current_ = Field::count; // the field that the next value of depth 1 is for
	// What is being read into: the answers of one person, or a column. Their values have depth `inside_`.
	std::map<std::string, std::string> *into_ = nullptr;
	std::string *intoProblem_ = nullptr;
	std::optional<Columns::Name> column_;
	std::size_t inside_ = 0;
	bool inItems_ = false;
	std::string name_; // of the answer or person that comes next
};

} // namespace pulseline::ingest
