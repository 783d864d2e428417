// `pulseline copy`: a whole copy, also of a session that is running.
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "session/store.hpp"

namespace pulseline::cli {
namespace {

struct Copy {
	std::string from, to;
};

int run(const Copy &copy)
{
	if (isPartOf(copy.to, copy.from)) {
		return complain("-o would be taken for a part of the session; give another name", kUsedWrongly);
	}
	Progress progress("copying");
	const Result<void> done = session::File::copy(copy.from, copy.to, [&](double share) { progress.show(share); });
	return done ? kDone : complain(done.error().message, kFailed);
}

} // namespace

void addCopy(CLI::App &app, int &status)
{
	auto copy = std::make_shared<Copy>();
	CLI::App *verb = app.add_subcommand("copy", "A whole copy of a session, also of one that is running");
	verb->add_option("FILE", copy->from, "The session file")->required();
	verb->add_option("-o,--output", copy->to, "The copy; must not be there yet")->required();
	verb->callback([copy, &status] { status = run(*copy); });
}

} // namespace pulseline::cli
