#include "dock/dock.hpp"

#include "dock/message_bar.hpp"
#include "dock/session_view.hpp"
#include "dock/setup_form.hpp"
#include "dock/words.hpp"
#include "dock/worker.hpp"

#include <QFileInfo>
#include <QLabel>
#include <QPointer>
#include <QProgressBar>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace pulseline::dock {
namespace {

using namespace std::chrono_literals;
using studio::Started;
using studio::Status;

class Dock final : public Control {
public:
	explicit Dock(std::shared_ptr<Host> host);

	void start() override;
	void stop() override;

protected:
	void showEvent(QShowEvent *event) override;
	void hideEvent(QHideEvent *event) override;

private:
	void open(const QString &path);
	void close();
	void play(PlaybackState state);
	void ask(std::function<Result<void>(Host &)> request);
	void peek();

	// Runs the job on the worker, with `busy` on show. `done` gets what succeeded; an error is shown in `failure`.
	template <typename Job, typename Done>
	void work(const char *busy, const char *failure, Job job, Done done);
	void setBusy(const QString &what); // "": not any more
	void showBusy(bool busy);
	void poll();

	std::shared_ptr<Host> host_;
	Words words_;
	MessageBar *message_;
	QLabel *busyText_;
	QProgressBar *busy_;
	QStackedWidget *pages_;
	SetupForm *form_;
	SessionView *session_;
	QTimer timer_;
	QTimer busyTimer_;
	QPointer<QWidget> focus_; // had the keyboard before the dock got busy
	bool wasRunning_ = false;
	// Last, so that both are joined before anything else goes.
	Worker worker_;
	Worker peeker_; // looks into the file that is named in the form
};

Dock::Dock(std::shared_ptr<Host> host)
	: host_(std::move(host))
	, words_(host_)
	, message_(make<MessageBar>(this, words_, MessageBar::Kind::dismissable))
	, busyText_(make<QLabel>(this))
	, busy_(make<QProgressBar>(this))
	, pages_(make<QStackedWidget>(this))
	, form_(make<SetupForm>(pages_, host_))
	, session_(make<SessionView>(pages_, words_))
{
	auto *column = make<QVBoxLayout>(this);
	column->setContentsMargins(0, 6, 0, 0);
	column->setSpacing(4);
	auto *notices = make<QVBoxLayout>(static_cast<QWidget *>(nullptr));
	notices->setContentsMargins(8, 0, 8, 0);
	column->addLayout(notices);
	for (QWidget *each : std::initializer_list<QWidget *>{message_, busyText_, busy_}) {
		notices->addWidget(each);
	}
	column->addWidget(pages_, 1);
	pages_->addWidget(form_);
	pages_->addWidget(session_);
	busyText_->setObjectName("busy");
	busy_->setRange(0, 0);
	busy_->setTextVisible(false);
	busy_->setMaximumHeight(4);
	busyTimer_.setSingleShot(true);
	busyTimer_.setInterval(150ms);
	connect(&busyTimer_, &QTimer::timeout, this, [this] { showBusy(true); });
	showBusy(false);

	connect(form_, &SetupForm::startAsked, this, &Dock::start);
	connect(form_, &SetupForm::openAsked, this, &Dock::open);
	connect(form_, &SetupForm::fileNamed, this, &Dock::peek);
	connect(session_, &SessionView::stopAsked, this, &Dock::stop);
	connect(session_, &SessionView::closeAsked, this, &Dock::close);
	connect(session_, &SessionView::playbackAsked, this, &Dock::play);
	connect(session_, &SessionView::doorsAsked, this,
		[this](studio::Doors doors) { ask([doors](Host &host) { return host.setDoors(doors); }); });
	connect(session_, &SessionView::ticketsAsked, this, [this](int count, const QString &path) {
		ask([count, path = path.toStdString()](Host &host) {
			return host.printTickets(static_cast<std::size_t>(count), path);
		});
	});
	connect(session_, &SessionView::countsAsked, this, [this](const QString &id, bool counts) {
		ask([id = id.toStdString(), counts](Host &host) { return host.setCounts(id, counts); });
	});
	connect(&timer_, &QTimer::timeout, this, &Dock::poll);
	timer_.setInterval(250ms);
	poll();
}

void Dock::showEvent(QShowEvent *event)
{
	poll();
	timer_.start();
	QWidget::showEvent(event);
}

void Dock::hideEvent(QHideEvent *event)
{
	timer_.stop();
	QWidget::hideEvent(event);
}

template <typename Job, typename Done>
void Dock::work(const char *busy, const char *failure, Job job, Done done)
{
	if (worker_.busy()) {
		return;
	}
	message_->say({});
	setBusy(words_(busy));
	worker_.run(std::move(job), [this, failure, done = std::move(done)](const auto &result) {
		setBusy({});
		if (result) {
			done(result);
		} else {
			message_->say(words_(failure).arg(QString::fromStdString(result.error().message)));
		}
		poll();
	});
}

void Dock::start()
{
	const Result<StartRequest> request = form_->request();
	if (!request) {
		message_->say(QString::fromStdString(request.error().message));
		return;
	}
	const auto job = [host = host_, asked = *request]() -> Result<Started> {
		StartRequest request = asked;
		if (QFileInfo::exists(QString::fromStdString(request.options.path))) {
			const Result<Settings> kept = studio::settingsOf(request.options.path);
			if (!kept) {
				return std::unexpected(kept.error());
			}
			request.options.settings = *kept;
		}
		return host->start(request.options, request.follow);
	};
	work("Dock.Busy.Start", "Dock.Failed.Start", job,
	     [this](const Result<Started> &started) { session_->showKeys(started->keys); });
}

void Dock::stop()
{
	work(
		"Dock.Busy.Stop", "Dock.Failed.Stop", [host = host_] { return host->stop(); },
		[](const Result<void> &) {});
}

void Dock::open(const QString &path)
{
	work(
		"Dock.Busy.Open", "Dock.Failed.Open",
		[host = host_, path = path.toStdString()] { return host->open(path); }, [](const Result<void> &) {});
}

void Dock::close()
{
	work(
		"Dock.Busy.Close", "Dock.Failed.Close", [host = host_] { return host->close(); },
		[](const Result<void> &) {});
}

void Dock::play(PlaybackState state)
{
	work(
		"Dock.Busy.Play", "Dock.Failed.Play",
		[host = host_, state] { return host->setPlayback(state, std::nullopt); }, [](const Result<void> &) {});
}

void Dock::ask(std::function<Result<void>(Host &)> request)
{
	work(
		"Dock.Busy.Play", "Dock.Failed.Ask", [host = host_, request] { return request(*host); },
		[](const Result<void> &) {});
}

// Shows what the file named in the form holds already. The file may be far away: not on the UI thread.
void Dock::peek()
{
	const std::string path = form_->path();
	if (path.empty()) {
		form_->showExisting(std::nullopt);
		return;
	}
	if (peeker_.busy()) {
		return; // it looks again when it is done
	}
	const auto job = [path]() -> Result<std::optional<Settings>> {
		if (!QFileInfo::exists(QString::fromStdString(path))) {
			return std::nullopt;
		}
		return studio::settingsOf(path).transform([](Settings kept) { return std::optional(std::move(kept)); });
	};
	peeker_.run(job, [this, path](const Result<std::optional<Settings>> &kept) {
		if (form_->path() != path) {
			peek();
			return;
		}
		form_->showExisting(kept.value_or(std::nullopt));
		if (!kept) {
			message_->say(words_("Dock.Failed.File").arg(QString::fromStdString(kept.error().message)));
		}
	});
}

// What takes but a moment shows nothing, so that the dock does not flicker.
void Dock::setBusy(const QString &what)
{
	busyText_->setText(what);
	if (what.isEmpty()) {
		busyTimer_.stop();
		showBusy(false);
	} else {
		busyTimer_.start();
	}
}

void Dock::showBusy(bool busy)
{
	if (busy && pages_->isAncestorOf(focusWidget())) {
		focus_ = focusWidget();
	}
	busyText_->setVisible(busy);
	busy_->setVisible(busy);
	pages_->setEnabled(!busy);
	if (!busy && focus_) {
		focus_->setFocus();
		focus_ = nullptr;
	}
}

void Dock::poll()
{
	const Status status = host_->status();
	const bool running = status.state == Status::State::running;
	if (wasRunning_ && !running) {
		form_->forgetFile();
	}
	wasRunning_ = running;
	if (status.state == Status::State::idle) {
		session_->leave();
		pages_->setCurrentWidget(form_);
		return;
	}
	session_->show(status, host_->clockInWords(), std::chrono::steady_clock::now());
	pages_->setCurrentWidget(session_);
}

} // namespace

Control *createDock(std::shared_ptr<Host> host)
{
	return std::make_unique<Dock>(std::move(host)).release(); // OBS deletes it
}

} // namespace pulseline::dock
