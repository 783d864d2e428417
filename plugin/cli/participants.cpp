// `pulseline participants`: who took part, and who is left out of the count.
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "session/csv.hpp"
#include "session/store.hpp"

namespace pulseline::cli {
namespace {

struct Participants {
	std::string file, output;
	std::vector<std::string> takeOut, putBack;
};

Result<void> change(const Participants &options)
{
	Result<session::File> file = session::File::open(options.file, session::Access::write);
	Result<void> done = file ? file->begin() : std::unexpected(file.error());
	for (const auto &[ids, out] : {std::pair(&options.takeOut, true), std::pair(&options.putBack, false)}) {
		for (std::size_t i = 0; done && i < ids->size(); ++i) {
			done = file->setOut((*ids)[i], out);
		}
	}
	return done ? file->commit() : done;
}

Result<void> list(const session::File &file, std::ostream &to)
{
	std::vector<std::int64_t> responses(file.participants().size());
	const Result<void> read = file.responses([&](const session::StoredResponse &stored) {
		++responses[stored.response.participant];
		return true;
	});
	if (!read) {
		return read;
	}
	session::CsvWriter csv(to);
	csv.add("participant").add("out").add("simulated").add("responses");
	for (const Attribute &attribute : file.settings().attributes) {
		csv.add(attribute.name);
	}
	csv.endRow();
	for (std::size_t i = 0; i < responses.size(); ++i) {
		const session::Participant &person = file.participants()[i];
		csv.add(person.id).add(std::int64_t{person.out}).add(std::int64_t{person.simulated}).add(responses[i]);
		for (const std::string &answer : file.strata()[person.stratum]) {
			csv.add(answer);
		}
		csv.endRow();
	}
	return {};
}

int run(const Participants &options)
{
	if (wouldHarm(options.output, options.file)) {
		return complain("-o would overwrite the session; give another name", kUsedWrongly);
	}
	if (!options.takeOut.empty() || !options.putBack.empty()) {
		if (const Result<void> changed = change(options); !changed) {
			return complain(changed.error().message, kFailed);
		}
	}
	const Result<session::File> file = session::File::open(options.file, session::Access::read);
	if (!file) {
		return complain(file.error().message, kFailed);
	}
	Result<Output> output = Output::open(options.output);
	Result<void> done = output ? list(*file, output->stream()) : std::unexpected(output.error());
	done = done ? output->finish() : done;
	return done ? kDone : complain(done.error().message, kFailed);
}

} // namespace

void addParticipants(CLI::App &app, int &status)
{
	auto options = std::make_shared<Participants>();
	CLI::App *verb = app.add_subcommand("participants", "Who took part, as CSV; takes people out of the count");
	verb->add_option("FILE", options->file, "The session file")->required();
	verb->add_option("--take-out", options->takeOut,
			 "Leave out what this participant said, until put back; it stays in the file; may be repeated")
		->allow_extra_args(false);
	verb->add_option("--put-back", options->putBack, "Count this participant again; may be repeated")
		->allow_extra_args(false);
	verb->add_option("-o,--output", options->output, "Write to this file instead of standard output");
	verb->callback([options, &status] { status = run(*options); });
}

} // namespace pulseline::cli
