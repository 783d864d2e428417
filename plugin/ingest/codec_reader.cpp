#include "ingest/codec_reader.hpp"

#include <algorithm>

namespace pulseline::ingest {
namespace {

std::optional<Columns::Name> columnOf(std::size_t field)
{
	const auto found =
		std::ranges::find(kColumnOf, field, [](const auto &pair) -> std::size_t { return pair.first; });
	return found == kColumnOf.end() ? std::nullopt : std::optional(found->second);
}

Columns::Element elementOf(const Scalar &scalar)
{
	Columns::Element element;
	element.null = scalar.kind == Scalar::Kind::null;
	if (scalar.kind == Scalar::Kind::text) {
		element.text = scalar.text;
	}
	if (scalar.number()) {
		element.number = scalar.asReal();
	}
	return element;
}

} // namespace

bool Reader::boolean(bool v)
{
	Scalar scalar = Scalar::of(Scalar::Kind::boolean);
	scalar.boolean = v;
	return take(std::move(scalar));
}

bool Reader::number_integer(std::int64_t v)
{
	Scalar scalar = Scalar::of(Scalar::Kind::integer);
	scalar.integer = v;
	return take(std::move(scalar));
}

bool Reader::number_unsigned(std::uint64_t v)
{
	if (v <= static_cast<std::uint64_t>(kMaxInteger)) {
		return number_integer(static_cast<std::int64_t>(v));
	}
	return number_float(static_cast<double>(v), {});
}

bool Reader::number_float(double v, const std::string &)
{
	Scalar scalar = Scalar::of(Scalar::Kind::real);
	scalar.real = v;
	return take(std::move(scalar));
}

bool Reader::string(std::string &v)
{
	Scalar scalar = Scalar::of(Scalar::Kind::text);
	scalar.text = std::move(v);
	return take(std::move(scalar));
}

bool Reader::key(std::string &name)
{
	if (depth_ == 1) {
		const auto found = std::ranges::find(kFieldNames, name);
		current_ = static_cast<std::size_t>(found - kFieldNames.begin());
	} else if (depth_ == inside_ || (inItems_ && depth_ == 2)) {
		name_ = std::move(name);
	}
	return true;
}

bool Reader::parse_error(std::size_t, const std::string &, const nlohmann::json::exception &problem)
{
	constexpr int kNumberOverflow = 406;
	outOfRange = problem.id == kNumberOverflow;
	return false;
}

bool Reader::open(Scalar::Kind kind)
{
	if (depth_ == 1 && current_ < Field::count) {
		fields[current_] = Scalar::of(kind);
		if (current_ == Field::attributes && kind == Scalar::Kind::object) {
			answers.clear();
			answersProblem.clear();
			into_ = &answers;
			intoProblem_ = &answersProblem;
			inside_ = 2;
		} else if (current_ == Field::items) {
			people.clear();
			peopleProblem.clear();
			inItems_ = kind == Scalar::Kind::object;
		} else if (kind == Scalar::Kind::array && (column_ = columnOf(current_))) {
			columns.begin(*column_);
			inside_ = 2;
		}
	} else if (inItems_ && depth_ == 2) {
		openPerson(kind);
	} else if (depth_ == inside_ && column_) {
		columns.add(*column_, {});
	} else if (depth_ == inside_ && into_ != nullptr) {
		takeAnswer(Scalar::of(kind));
	}
	++depth_;
	return true;
}

void Reader::openPerson(Scalar::Kind kind)
{
	if (kind != Scalar::Kind::object) {
		peopleProblem = "an item's value must be an object of attributes";
		return;
	}
	addPerson();
	into_ = &people.back().second;
	intoProblem_ = &peopleProblem;
	inside_ = 3;
}

void Reader::addPerson()
{
	if (!isId(name_)) {
		peopleProblem = "an id must have 1 to 64 bytes, none of them a control character";
	}
	people.emplace_back(std::move(name_), std::map<std::string, std::string>());
}

bool Reader::close()
{
	--depth_;
	if (depth_ < inside_) {
		inside_ = 0;
		into_ = nullptr;
		column_.reset();
	}
	inItems_ = inItems_ && depth_ > 1;
	return true;
}

bool Reader::take(Scalar scalar)
{
	if (depth_ == 1 && current_ < Field::count) {
		fields[current_] = std::move(scalar);
	} else if (depth_ == inside_ && column_) {
		columns.add(*column_, elementOf(scalar));
	} else if (depth_ == inside_ && into_ != nullptr) {
		takeAnswer(scalar);
	} else if (inItems_ && depth_ == 2) {
		if (scalar.given()) {
			openPerson(scalar.kind);
		} else {
			addPerson();
		}
	}
	return true;
}

void Reader::takeAnswer(const Scalar &scalar)
{
	if (!scalar.given()) {
		return;
	}
	if (scalar.kind != Scalar::Kind::text) {
		*intoProblem_ = "an attribute's value must be a string";
	} else if (name_.size() > kMaxName || scalar.text.size() > kMaxValue) {
		*intoProblem_ = "an attribute is too long (name 64 bytes, value 256)";
	} else if (into_->size() == kMaxAttributes && !into_->contains(name_)) {
		*intoProblem_ = "too many attributes (at most 64)";
	} else {
		into_->insert_or_assign(std::move(name_), scalar.text);
	}
}

} // namespace pulseline::ingest
