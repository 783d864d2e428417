#include "session/import.hpp"

#include "session/import_rows.hpp"
#include "session/numbers.hpp"
#include "session/paths.hpp"

#include <algorithm>
#include <chrono>

namespace pulseline::session {
namespace {

constexpr std::size_t kProgressEvery = 50'000; // rows

std::string scaleText(const Scale &scale)
{
	return shortest(scale.min) + ":" + shortest(scale.max) + ":" + shortest(scale.neutral);
}

Result<void> checkAgreement(const File &file, const ImportOptions &options)
{
	const Settings &settings = file.settings();
	const auto disagree = [&](const std::string &has) {
		return fail(file.path() + " has " + has + "; import into another file or leave the option out");
	};
	if (options.mode && *options.mode != settings.mode) {
		return disagree("mode " + std::string(toText(settings.mode)));
	}
	if (options.scale && *options.scale != settings.scale) {
		return disagree("the scale " + scaleText(settings.scale));
	}
	if (options.tick_ms && *options.tick_ms != settings.tick_ms) {
		return disagree("ticks of " + std::to_string(settings.tick_ms) + " ms");
	}
	return {};
}

// The session's targets for those of the table; what is new gets the next numbers. A row that names none is for the
// first one.
std::vector<std::string> placeTargets(ImportTable &table, std::vector<std::string> targets, bool isNew)
{
	if (isNew) {
		targets.clear();
	}
	std::vector<std::uint32_t> placeOf;
	for (const std::string &named : table.targets.all()) {
		const std::string &name = !named.empty() ? named : isNew ? "main" : targets.front();
		const auto place = std::ranges::find(targets, name) - targets.begin();
		if (place == std::ssize(targets)) {
			targets.push_back(name);
		}
		placeOf.push_back(static_cast<std::uint32_t>(place));
	}
	for (ImportRow &row : table.rows) {
		row.target = placeOf[row.target];
	}
	if (targets.empty()) {
		targets.emplace_back("main");
	}
	return targets;
}

// A value that no new participant has is not listed; an attribute that takes any value stays so.
std::vector<Attribute> joinAttributes(std::vector<Attribute> attributes, const AttributeTable &table,
				      const std::function<bool(const std::string &)> &isNew)
{
	for (std::size_t i = 0; i < table.names.size(); ++i) {
		const std::string &name = table.names[i];
		auto found = std::ranges::find(attributes, name, &Attribute::name);
		if (found == attributes.end()) {
			attributes.push_back({name, name, {}});
			found = attributes.end() - 1;
		} else if (found->values.empty()) {
			continue;
		}
		for (const std::string &person : table.people) {
			const std::string &value = table.values.at(person)[i];
			if (!value.empty() && !std::ranges::contains(found->values, value) && isNew(person)) {
				found->values.push_back(value);
			}
		}
	}
	return attributes;
}

// What one import writes, worked out and checked before the session is touched.
struct Plan {
	ImportTable table;
	AttributeTable people;
	std::vector<std::string> targets;
	std::vector<Attribute> attributes;
	std::vector<std::optional<std::uint32_t>> known; // index in the session, by participant of the table
	Imported report;
};

Result<Known> readKnown(const File &file, const Plan &plan)
{
	Known known;
	known.highest.resize(plan.table.participants.all().size());
	std::vector<std::optional<std::uint32_t>> back(file.participants().size());
	for (std::uint32_t i = 0; i < plan.known.size(); ++i) {
		if (plan.known[i]) {
			back[*plan.known[i]] = i;
		}
	}
	const Result<void> read = file.responses([&](const StoredResponse &stored) {
		const Response &response = stored.response;
		if (const std::optional<std::uint32_t> participant = back[response.participant]) {
			known.highest[*participant] = std::max(known.highest[*participant], response.seq);
			if (plan.table.numbered) {
				known.rows.push_back({*participant, response.target, response.seq, response.position_ms,
						      response.pass, 0, response.value});
			}
		}
		return true;
	});
	if (!read) {
		return std::unexpected(read.error());
	}
	std::ranges::sort(known.rows, {}, [](const ImportRow &row) { return std::tuple(row.participant, row.seq); });
	return known;
}

std::vector<std::optional<std::uint32_t>> findKnown(const File &file, const Names &participants)
{
	std::vector<std::optional<std::uint32_t>> known(participants.all().size());
	for (std::uint32_t i = 0; i < file.participants().size(); ++i) {
		if (const std::optional<std::uint32_t> place = participants.find(file.participants()[i].id)) {
			known[*place] = i;
		}
	}
	return known;
}

// `file`: the session that is there, if any.
Result<Plan> makePlan(const std::string &csv, const ImportOptions &options, const Settings &settings, const File *file)
{
	if (options.hold && settings.mode != Mode::latched) {
		return fail("values are held in mode latched only");
	}
	Result<ImportTable> table = readRows(csv, options.layout, settings.scale);
	if (!table) {
		return std::unexpected(table.error());
	}
	Plan plan;
	plan.table = std::move(*table);
	if (!options.participants.empty()) {
		Result<AttributeTable> people = readAttributes(options.participants);
		if (!people) {
			return std::unexpected(people.error());
		}
		plan.people = std::move(*people);
	}
	plan.targets = placeTargets(plan.table, settings.targets, file == nullptr);
	plan.known.resize(plan.table.participants.all().size());
	Known known;
	if (file) {
		plan.known = findKnown(*file, plan.table.participants);
		Result<Known> read = readKnown(*file, plan);
		if (!read) {
			return std::unexpected(read.error());
		}
		known = std::move(*read);
	}
	plan.attributes = joinAttributes(settings.attributes, plan.people, [&plan](const std::string &person) {
		const std::optional<std::uint32_t> place = plan.table.participants.find(person);
		return place && !plan.known[*place];
	});
	const Result<std::uint64_t> ignored = dropRepeated(plan.table, known);
	if (!ignored) {
		return std::unexpected(ignored.error());
	}
	plan.report.ignored = *ignored;
	number(plan.table, known);
	if (options.hold) {
		if (const Result<void> held = hold(plan.table, known, settings.tick_ms); !held) {
			return std::unexpected(held.error());
		}
	}
	plan.report.responses = plan.table.rows.size();
	return plan;
}

Stratum stratumOf(const std::string &person, const Plan &plan)
{
	Stratum stratum(plan.attributes.size());
	const auto values = plan.people.values.find(person);
	for (std::size_t i = 0; values != plan.people.values.end() && i < plan.people.names.size(); ++i) {
		const auto place = std::ranges::find(plan.attributes, plan.people.names[i], &Attribute::name);
		stratum[static_cast<std::size_t>(place - plan.attributes.begin())] = values->second[i];
	}
	return stratum;
}

// Whether the table gives a participant who is there something else than they have.
bool differs(const std::string &person, const Stratum &has, const Plan &plan)
{
	const Stratum given = stratumOf(person, plan);
	for (std::size_t i = 0; i < has.size(); ++i) {
		const bool named = std::ranges::contains(plan.people.names, plan.attributes[i].name);
		if (named && plan.people.values.contains(person) && has[i] != given[i]) {
			return true;
		}
	}
	return false;
}

// The session's index of each participant of the table.
Result<std::vector<std::uint32_t>> addPeople(File &file, Plan &plan)
{
	std::map<Stratum, std::uint32_t> strata;
	for (std::uint32_t i = 0; i < file.strata().size(); ++i) {
		strata.emplace(file.strata()[i], i);
	}
	std::vector<std::uint32_t> indexes;
	for (std::size_t i = 0; i < plan.known.size(); ++i) {
		const std::string &id = plan.table.participants.all()[i];
		if (plan.known[i]) {
			indexes.push_back(*plan.known[i]);
			const Stratum &has = file.strata()[file.participants()[indexes.back()].stratum];
			plan.report.keptAttributes += differs(id, has, plan) ? 1 : 0;
			continue;
		}
		const Stratum stratum = stratumOf(id, plan);
		if (!strata.contains(stratum)) {
			const Result<std::uint32_t> added = file.addStratum(stratum);
			if (!added) {
				return std::unexpected(added.error());
			}
			strata.emplace(stratum, *added);
		}
		const Result<std::uint32_t> added = file.addParticipant({id, strata[stratum], false, ""});
		if (!added) {
			return std::unexpected(added.error());
		}
		indexes.push_back(*added);
		++plan.report.participants;
	}
	return indexes;
}

Result<void> addRows(File &file, const Plan &plan, const std::vector<std::uint32_t> &participants,
		     const std::function<void(double)> &progress)
{
	using namespace std::chrono;
	const std::int64_t now_ms = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
	const std::vector<ImportRow> &rows = plan.table.rows;
	std::vector<StoredResponse> some;
	for (std::size_t i = 0; i < rows.size(); ++i) {
		const ImportRow &row = rows[i];
		const Response response{
			participants[row.participant], row.target, row.seq, row.position_ms, row.pass, row.value};
		some.push_back({response, now_ms, Stamp::client});
		if (some.size() < kProgressEvery && i + 1 < rows.size()) {
			continue;
		}
		if (Result<void> added = file.addResponses(some); !added) {
			return added;
		}
		some.clear();
		if (progress) {
			progress(static_cast<double>(i + 1) / static_cast<double>(rows.size()));
		}
	}
	return {};
}

Result<void> addPlan(File &file, Plan &plan, const std::function<void(double)> &progress)
{
	Result<void> done = file.begin();
	for (std::size_t i = file.settings().targets.size(); done && i < plan.targets.size(); ++i) {
		if (const Result<std::uint32_t> added = file.addTarget(plan.targets[i]); !added) {
			done = std::unexpected(added.error());
		}
	}
	if (done && plan.attributes != file.settings().attributes) {
		done = file.setAttributes(plan.attributes);
	}
	if (!done) {
		return done;
	}
	const Result<std::vector<std::uint32_t>> participants = addPeople(file, plan);
	if (!participants) {
		return std::unexpected(participants.error());
	}
	done = addRows(file, plan, *participants, progress);
	return done ? file.commit() : done;
}

Result<Imported> importIntoNew(const std::string &csv, const std::string &session, const ImportOptions &options)
{
	Result<Settings> settings = settingsFor(options, session);
	if (!settings) {
		return std::unexpected(settings.error());
	}
	Result<Plan> plan = makePlan(csv, options, *settings, nullptr);
	if (!plan) {
		return std::unexpected(plan.error());
	}
	settings->targets = plan->targets;
	settings->attributes = plan->attributes;
	Draft draft(session);
	Result<void> done;
	{
		Result<File> file = File::create(draft.path(), *settings);
		done = file ? addPlan(*file, *plan, options.progress) : std::unexpected(file.error());
	}
	if (done && exists(session)) {
		done = fail(session + " was made by another program meanwhile; try again");
	}
	if (done) {
		done = draft.replace();
	}
	if (!done) {
		return std::unexpected(draft.named(done.error()));
	}
	return plan->report;
}

Result<Imported> importIntoOld(const std::string &csv, const std::string &session, const ImportOptions &options)
{
	Result<File> file = File::open(session, Access::write);
	if (!file) {
		return std::unexpected(file.error());
	}
	if (const Result<void> agreed = checkAgreement(*file, options); !agreed) {
		return std::unexpected(agreed.error());
	}
	Result<Plan> plan = makePlan(csv, options, file->settings(), &*file);
	if (!plan) {
		return std::unexpected(plan.error());
	}
	if (plan->table.rows.empty() && std::ranges::all_of(plan->known, &std::optional<std::uint32_t>::has_value)) {
		return plan->report; // nothing new: the file stays as it is
	}
	if (const Result<void> added = addPlan(*file, *plan, options.progress); !added) {
		return std::unexpected(added.error());
	}
	return plan->report;
}

} // namespace

Result<Settings> settingsFor(const ImportOptions &options, const std::string &session)
{
	const bool wide = options.layout == Layout::wide;
	const std::u8string stem = pathOf(session).stem().u8string();
	Settings settings;
	settings.title = options.title.value_or(std::string(stem.begin(), stem.end()));
	settings.mode = options.mode.value_or(wide ? Mode::latched : Mode::reset);
	settings.scale = options.scale.value_or(wide ? Scale{0, 100, 50} : Scale{-1, 1, 0});
	settings.tick_ms = options.tick_ms.value_or(kDefaultTick_ms);
	settings.ownTime = true; // the responses brought their positions
	if (const std::optional<Error> error = check(settings)) {
		return std::unexpected(*error);
	}
	return settings;
}

Result<Imported> importCsv(const std::string &csv, const std::string &session, const ImportOptions &options)
{
	return exists(session) ? importIntoOld(csv, session, options) : importIntoNew(csv, session, options);
}

} // namespace pulseline::session
