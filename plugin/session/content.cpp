#include "session/content.hpp"

#include "session/numbers.hpp"
#include "session/schema.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace pulseline::session {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json &json)
{
	return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The values of the table `session` as settings; remembers the first that is missing or makes no sense.
class Keys {
public:
	explicit Keys(const std::map<std::string, std::string> &notes)
		: notes_(notes)
	{
	}

	const std::string &text(const std::string &key)
	{
		static const std::string kNone;
		const auto found = notes_.find(key);
		if (found == notes_.end()) {
			refuse(key);
			return kNone;
		}
		return found->second;
	}

	double number(const std::string &key) { return take(key, parseNumber(text(key)), 0.0); }
	std::int64_t whole(const std::string &key) { return take(key, parseWhole(text(key)), std::int64_t{0}); }
	bool flag(const std::string &key) { return whole(key) != 0; }
	Mode mode(const std::string &key) { return take(key, modeFromText(text(key)), Mode::reset); }
	bool has(const std::string &key) const { return notes_.contains(key); }
	const std::string &wrong() const { return wrong_; }

private:
	template <typename T>
	T take(const std::string &key, const std::optional<T> &value, T otherwise)
	{
		if (!value) {
			refuse(key);
		}
		return value.value_or(otherwise);
	}

	void refuse(const std::string &key) { wrong_ = wrong_.empty() ? key : wrong_; }

	const std::map<std::string, std::string> &notes_;
	std::string wrong_;
};

Settings settingsFrom(Keys &keys)
{
	Settings settings;
	settings.title = keys.text("title");
	settings.mode = keys.mode("mode");
	settings.scale = {keys.number("scale_min"), keys.number("scale_max"), keys.number("scale_neutral")};
	settings.tick_ms = keys.whole("tick_ms");
	settings.lag_ms = keys.whole("lag_ms");
	settings.audience_delay_ms = keys.whole("audience_delay_ms");
	if (keys.has("duration_ms")) {
		settings.duration_ms = keys.whole("duration_ms");
	}
	settings.ownTime = keys.flag("own_time");
	settings.blind = keys.flag("blind");
	return settings;
}

// What goes wrong while reading: SQLite's, or rows that make no sense.
SqlError nonsense(std::string detail)
{
	return {SQLITE_CORRUPT, std::move(detail)};
}

Sql<void> eachRow(Database &database, std::string_view sql, const std::function<Sql<void>(Query &)> &each)
{
	Sql<Query> statement = database.prepare(sql);
	if (!statement) {
		return std::unexpected(statement.error());
	}
	while (true) {
		const Sql<bool> row = statement->step();
		if (!row) {
			return std::unexpected(row.error());
		}
		if (!*row) {
			return {};
		}
		if (const Sql<void> taken = each(*statement); !taken) {
			return taken;
		}
	}
}

Sql<void> readSettings(Database &database, Content &content)
{
	const Sql<void> read = eachRow(database, "SELECT key, value FROM session", [&](Query &row) -> Sql<void> {
		content.notes[std::string(row.text(0))] = row.text(1);
		return {};
	});
	if (!read) {
		return read;
	}
	Keys keys(content.notes);
	content.settings = settingsFrom(keys);
	if (!keys.wrong().empty()) {
		return std::unexpected(nonsense("no sensible value for " + keys.wrong()));
	}
	content.settings.targets.clear();
	return eachRow(database, "SELECT id FROM target ORDER BY position", [&](Query &row) -> Sql<void> {
		content.settings.targets.emplace_back(row.text(0));
		return {};
	});
}

Sql<void> readAttributes(Database &database, Content &content)
{
	constexpr std::string_view kSelect = "SELECT name, label, \"values\" FROM attribute ORDER BY position";
	return eachRow(database, kSelect, [&](Query &row) -> Sql<void> {
		const Json values = Json::parse(row.text(2), nullptr, false);
		if (!values.is_array() || !std::ranges::all_of(values, &Json::is_string)) {
			return std::unexpected(nonsense("values of an attribute"));
		}
		content.settings.attributes.push_back(
			{std::string(row.text(0)), std::string(row.text(1)), values.get<std::vector<std::string>>()});
		return {};
	});
}

// An attribute that is missing was added later: nobody before it answered.
Sql<void> readStrata(Database &database, Content &content)
{
	return eachRow(database, "SELECT id, attributes FROM stratum ORDER BY id", [&](Query &row) -> Sql<void> {
		const Json json = Json::parse(row.text(1), nullptr, false);
		if (row.integer(0) != static_cast<std::int64_t>(content.strata.size()) || !json.is_object()) {
			return std::unexpected(nonsense("strata"));
		}
		Stratum stratum;
		for (const Attribute &attribute : content.settings.attributes) {
			const auto value = json.find(attribute.name);
			const bool given = value != json.end() && value->is_string();
			stratum.push_back(given ? value->get<std::string>() : "");
		}
		content.strata.push_back(std::move(stratum));
		return {};
	});
}

Sql<void> readParticipants(Database &database, Content &content)
{
	constexpr std::string_view kSelect =
		"SELECT id, stratum, simulated, token_hash FROM participant ORDER BY rowid";
	return eachRow(database, kSelect, [&](Query &row) -> Sql<void> {
		const std::int64_t stratum = row.integer(1);
		if (!row.isText(0) || !row.isInteger(1) || stratum < 0 ||
		    stratum >= static_cast<std::int64_t>(content.strata.size())) {
			return std::unexpected(nonsense("a participant without a stratum"));
		}
		content.participants.push_back({std::string(row.text(0)), static_cast<std::uint32_t>(stratum),
						row.integer(2) != 0, std::string(row.text(3)), false});
		return {};
	});
}

// A file of version 1 knows nobody who is out.
Sql<void> readTakenOut(Database &database, Content &content)
{
	const Sql<std::string> version = database.ask("PRAGMA user_version");
	if (!version || *version == "1") {
		return version ? Sql<void>() : std::unexpected(version.error());
	}
	std::set<std::string, std::less<>> out;
	const Sql<void> read = eachRow(database, "SELECT participant FROM taken_out", [&](Query &row) -> Sql<void> {
		out.emplace(row.text(0));
		return {};
	});
	for (Participant &participant : content.participants) {
		participant.out = !out.empty() && out.contains(participant.id);
	}
	return read;
}

Sql<void> readLastResponse(Database &database, Content &content)
{
	return eachRow(database, "SELECT max(rowid) FROM response", [&](Query &row) -> Sql<void> {
		content.lastResponse = row.integer(0);
		return {};
	});
}

Sql<Content> readAll(Database &database)
{
	Content content;
	Sql<void> done = checkPages(database);
	for (const auto read :
	     {readSettings, readAttributes, readStrata, readParticipants, readTakenOut, readLastResponse}) {
		if (done) {
			done = read(database, content);
		}
	}
	if (!done) {
		return std::unexpected(done.error());
	}
	if (const std::optional<Error> error = check(content.settings)) {
		return std::unexpected(nonsense(error->message));
	}
	return content;
}

} // namespace

Result<Content> readContent(const std::string &path, Database &database)
{
	if (const Sql<void> begun = database.run("BEGIN"); !begun) {
		return std::unexpected(explain(path, begun.error()));
	}
	Sql<Content> content = readAll(database);
	const Sql<void> ended = database.run("ROLLBACK");
	if (!content) {
		// The pages are in order but a table or a column is missing.
		const bool schema = content.error().primary() == SQLITE_ERROR;
		return std::unexpected(schema ? damaged(path, content.error().text) : explain(path, content.error()));
	}
	if (!ended) {
		return std::unexpected(explain(path, ended.error()));
	}
	return std::move(*content);
}

bool makesSense(const StoredCell &stored, const Content &content)
{
	const Cell &cell = stored.cell;
	return stored.stratum < content.strata.size() && stored.target < content.settings.targets.size() &&
	       stored.tick >= 0 && stored.tick <= kMaxPosition_ms / content.settings.tick_ms &&
	       cell.n <= cell.present && cell.likes <= cell.n && cell.dislikes <= cell.n - cell.likes &&
	       std::isfinite(cell.sum.value()) && std::isfinite(cell.sum_sq.value());
}

Sql<void> writeSettings(Database &database, const Settings &settings)
{
	std::map<std::string, std::string> values{
		{"title", settings.title},
		{"mode", std::string(toText(settings.mode))},
		{"scale_min", shortest(settings.scale.min)},
		{"scale_max", shortest(settings.scale.max)},
		{"scale_neutral", shortest(settings.scale.neutral)},
		{"tick_ms", std::to_string(settings.tick_ms)},
		{"lag_ms", std::to_string(settings.lag_ms)},
		{"audience_delay_ms", std::to_string(settings.audience_delay_ms)},
		{"own_time", settings.ownTime ? "1" : "0"},
		{"blind", settings.blind ? "1" : "0"},
	};
	if (settings.duration_ms) {
		values["duration_ms"] = std::to_string(*settings.duration_ms);
	}
	Sql<Query> insert = database.prepare("INSERT INTO session (key, value) VALUES (?, ?)");
	if (!insert) {
		return std::unexpected(insert.error());
	}
	Sql<void> done;
	for (auto value = values.begin(); done && value != values.end(); ++value) {
		done = insert->bind(1, value->first).bind(2, value->second).run();
	}
	for (std::size_t i = 0; done && i < settings.targets.size(); ++i) {
		done = writeTarget(database, i, settings.targets[i]);
	}
	for (std::size_t i = 0; done && i < settings.attributes.size(); ++i) {
		done = writeAttribute(database, i, settings.attributes[i]);
	}
	return done;
}

Sql<void> writeTarget(Database &database, std::size_t position, const std::string &name)
{
	Sql<Query> insert = database.prepare("INSERT INTO target (position, id) VALUES (?, ?)");
	if (!insert) {
		return std::unexpected(insert.error());
	}
	return insert->bind(1, static_cast<std::int64_t>(position)).bind(2, name).run();
}

Sql<void> writeAttribute(Database &database, std::size_t position, const Attribute &attribute)
{
	Sql<Query> insert = database.prepare(
		"INSERT OR REPLACE INTO attribute (position, name, label, \"values\") VALUES (?, ?, ?, ?)");
	if (!insert) {
		return std::unexpected(insert.error());
	}
	const std::string values = dump(Json(attribute.values));
	return insert->bind(1, static_cast<std::int64_t>(position))
		.bind(2, attribute.name)
		.bind(3, attribute.label)
		.bind(4, values)
		.run();
}

std::string stratumText(const Stratum &stratum, const std::vector<Attribute> &attributes)
{
	Json json = Json::object();
	for (std::size_t i = 0; i < attributes.size() && i < stratum.size(); ++i) {
		json[attributes[i].name] = stratum[i];
	}
	return dump(json);
}

} // namespace pulseline::session
