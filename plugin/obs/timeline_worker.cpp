#include "obs/timeline_worker.hpp"

#include "core/utf8.hpp"

#include <util/base.h>
#include <util/threading.h>

#include <algorithm>
#include <exception>

namespace pulseline::obs {
namespace {

constexpr std::size_t kMostToSay = 300; // bytes of a problem: a setting may be of any length

} // namespace

TimelineWorker::TimelineWorker(std::shared_ptr<TimelineFeed> feed, overlay::Words words,
			       std::function<void()> onProblems)
	: feed_(std::move(feed))
	, words_(words)
	, onProblems_(std::move(onProblems))
	, made_(std::move(words))
	, thread_([this] { run(); })
{
}

TimelineWorker::~TimelineWorker()
{
	stop_ = true;
	wake_.release();
	thread_.join();
}

void TimelineWorker::connect(std::shared_ptr<const TimelineSettings> settings)
{
	connections_.put(std::move(settings));
	wake_.release();
}

void TimelineWorker::order(Order order)
{
	orders_.put(std::move(order));
	wake_.release();
}

void TimelineWorker::giveBack(std::unique_ptr<overlay::Picture> picture)
{
	if (picture) {
		used_.put(std::move(picture));
	}
}

std::unique_ptr<overlay::Picture> TimelineWorker::takePicture()
{
	const auto box = pictures_.take();
	return box ? std::move(*box) : nullptr;
}

void TimelineWorker::run()
{
	os_set_thread_name("pulseline timeline");
	while (!stop_) {
		wake_.acquire();
		used_.take();
		try {
			if (const auto settings = connections_.take()) {
				open(**settings);
			}
			if (const auto order = orders_.take(); order && !stop_) {
				make(*order);
			}
		} catch (const std::exception &error) {
			blog(LOG_ERROR, "[pulseline] cannot make the picture: %s", error.what());
		}
		std::erase_if(retired_, [](const auto &reader) { return reader.use_count() == 1; });
	}
}

void TimelineWorker::open(const TimelineSettings &settings)
{
	const bool same =
		reader_ && session_ == settings.session && follow_ == settings.follow && recut_ == settings.recut;
	if (same) {
		return;
	}
	session_ = settings.session;
	follow_ = settings.follow;
	recut_ = settings.recut;
	if (reader_) {
		retired_.push_back(std::exchange(reader_, nullptr));
	}
	reader_ = feed_->open(session_, follow_, recut_);
	wanted_of_.reset();
	readers_.put(reader_);
}

void TimelineWorker::wantSegments(const Order &order)
{
	if (!reader_ || !order.snapshot || order.snapshot->recounting || !order.snapshot->problem.empty() ||
	    (wanted_of_ == order.snapshot->settings && wanted_by_ == order.settings)) {
		return;
	}
	wanted_of_ = order.snapshot->settings;
	wanted_by_ = order.settings;
	for (const overlay::SegmentChoice &choice : order.settings->view.segments) {
		if (!choice.known && !overlay::findChoice(*order.snapshot, choice)) {
			reader_->want(overlay::askedFor(*order.snapshot, choice));
		}
	}
}

// Once for each session: the file is read anew when the setting, or the session, is another one. Statements that a
// session has give way only to a file that is chosen while it is looked at: a scene may be kept from speech to speech.
void TimelineWorker::openTranscript(const Order &order)
{
	const std::string &path = order.settings->transcript;
	if (!reader_ || !order.snapshot || !order.snapshot->problem.empty() || order.snapshot->recounting ||
	    (transcribed_ == order.snapshot->path && transcript_ == path)) {
		return;
	}
	const bool chosen = transcript_ && *transcript_ != path;
	transcribed_ = order.snapshot->path;
	transcript_ = path;
	const bool wanted = !path.empty() && (chosen || order.snapshot->annotations->statements.empty());
	const Result<void> opened = wanted ? reader_->openTranscript(path) : Result<void>{};
	untranscribed_ = opened ? "" : opened.error().message;
}

// What in the settings cannot be, or does not fit this session.
std::vector<std::string> TimelineWorker::problemsOf(const Order &order) const
{
	std::vector<std::string> found;
	for (const Correction &one : order.settings->corrected) {
		found.push_back(overlay::fillIn(words_.corrected, one.key, one.taken));
	}
	if (!order.snapshot || order.snapshot->recounting) {
		return found;
	}
	if (!order.snapshot->problem.empty()) {
		found.push_back(order.snapshot->problem);
		return found;
	}
	const Settings &session = *order.snapshot->settings;
	const overlay::View &view = order.settings->view;
	if (!view.target.empty() && !std::ranges::contains(session.targets, view.target)) {
		found.push_back(overlay::fillIn(words_.unknown_target, view.target));
	}
	for (const overlay::SegmentChoice &choice : view.segments) {
		const bool known = order.snapshot->findSegment(choice.name).has_value();
		const Result<Segment> parsed = parseSegment(choice.name, choice.expression, session.attributes);
		if (choice.known && !known) {
			found.push_back(choice.name + ": " + words_.unknown_segment);
		} else if (!choice.known && !parsed) {
			found.push_back(parsed.error().message);
		}
	}
	if (!untranscribed_.empty()) {
		found.push_back(untranscribed_);
	}
	return found;
}

void TimelineWorker::findProblems(const Order &order)
{
	std::string lines;
	for (const std::string &problem : problemsOf(order)) {
		lines += (lines.empty() ? "" : "\n") + printable(problem, kMostToSay);
	}
	const bool any = order.snapshot && order.snapshot->problem.empty();
	const std::vector<std::string> targets = any ? order.snapshot->settings->targets : std::vector<std::string>{};
	bool said = false;
	{
		const std::lock_guard lock(mutex_);
		const bool listed = targets != std::exchange(targets_, targets);
		said = lines != std::exchange(problems_, lines);
		if (!said && !listed) {
			return;
		}
	}
	if (said && !lines.empty()) {
		blog(LOG_WARNING, "[pulseline] timeline: %s", lines.c_str());
	}
	onProblems_();
}

std::string TimelineWorker::problems() const
{
	const std::lock_guard lock(mutex_);
	return problems_;
}

std::vector<std::string> TimelineWorker::targets() const
{
	const std::lock_guard lock(mutex_);
	return targets_;
}

void TimelineWorker::make(const Order &order)
{
	wantSegments(order);
	openTranscript(order);
	findProblems(order);
	// One that is still here was not painted: what has changed in it has yet to be.
	auto picture = made_.next(order.snapshot.get(), order.settings->view, order.instant, takePicture());
	overlay::Outline outline = picture->scene->outline;
	pictures_.put(std::move(picture));
	outlines_.put(std::move(outline));
}

} // namespace pulseline::obs
