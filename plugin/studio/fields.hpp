// Reads the fields of a request, with a one-line error for what has the wrong shape.
#pragma once

#include "core/types.hpp"

#include <nlohmann/json.hpp>

namespace pulseline::studio {

class Fields {
public:
	explicit Fields(const nlohmann::json &object)
		: object_(object)
	{
	}

	// Leaves `value` alone where the field is absent. obs-websocket may write a whole number as a double.
	template <typename T>
	void read(const char *name, T &value)
	{
		const auto field = object_.find(name);
		if (field == object_.end() || field->is_null() || error_) {
			return;
		}
		if (!take(*field, value)) {
			error_ = Error{std::string("the field '") + name + "' has the wrong type or value"};
		}
	}
	template <typename T>
	void read(const char *name, std::optional<T> &value)
	{
		if (object_.contains(name)) {
			value.emplace();
			read(name, *value);
		}
	}
	void require(const char *name)
	{
		if (!error_ && !object_.contains(name)) {
			error_ = Error{std::string("the field '") + name + "' is missing"};
		}
	}
	const std::optional<Error> &error() const { return error_; }

private:
	static bool take(const nlohmann::json &field, std::string &value)
	{
		if (field.is_string()) {
			value = field.get<std::string>();
		}
		return field.is_string();
	}
	static bool take(const nlohmann::json &field, bool &value)
	{
		if (field.is_boolean()) {
			value = field.get<bool>();
		}
		return field.is_boolean();
	}
	static bool take(const nlohmann::json &field, double &value)
	{
		if (field.is_number()) {
			value = field.get<double>();
		}
		return field.is_number();
	}
	static bool take(const nlohmann::json &field, std::int64_t &value)
	{
		constexpr double limit = 9e15; // whole numbers up to here are exact as doubles
		const bool whole = field.is_number() && field.get<double>() >= -limit && field.get<double>() <= limit &&
				   field.get<double>() == static_cast<double>(field.get<std::int64_t>());
		if (whole) {
			value = field.get<std::int64_t>();
		}
		return whole;
	}
	static bool take(const nlohmann::json &field, nlohmann::json &value)
	{
		value = field;
		return true;
	}

	const nlohmann::json &object_;
	std::optional<Error> error_;
};

} // namespace pulseline::studio
