#include "ingest/simulator.hpp"

#include "ingest/address.hpp"
#include "ingest/listen.hpp"
#include "ingest/quiet_log.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

namespace pulseline::ingest {
namespace {

using std::chrono::steady_clock;
using Time = Crowd::Time;

constexpr const char *kProtocol = "pulseline.v1";
constexpr std::size_t kOpenAtOnce = 100;    // handshakes under way, so that no listen queue overflows
constexpr std::size_t kFailuresAtFirst = 3; // while nobody was let in yet
constexpr std::uint16_t kTakenOver = 4001;
constexpr std::chrono::seconds kPatience{30}; // for the last acknowledgements
constexpr std::chrono::seconds kGoodbyes{2};
constexpr std::chrono::milliseconds kProgressEvery{500};
constexpr lws_usec_t kWake_us = 20'000;

class Simulator final : public Crowd::Wires {
public:
	Simulator(const SimulateOptions &options, Address address)
		: options_(options)
		, address_(std::move(address))
		, crowd_(options.crowd, *this)
		, wires_(options.crowd.participants)
	{
	}
	~Simulator() override
	{
		if (context_ != nullptr) {
			lws_sul_cancel(&timer_.sul);
			lws_context_destroy(std::exchange(context_, nullptr));
		}
	}

	Result<Simulated> run();

	void connect(std::uint32_t person) override { toOpen_.push_back(person); }
	void cut(std::uint32_t person) override
	{
		if (lws *wsi = wires_[person].wsi) {
			lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
		}
	}
	void wantWrite(std::uint32_t person) override
	{
		if (lws *wsi = wires_[person].wsi) {
			lws_callback_on_writable(wsi);
		}
	}

private:
	struct Wire {
		lws *wsi = nullptr;
		bool opening = false;
		std::uint16_t closeCode = 0;
		std::string partial;
		bool left = false;
	};

	static int callback(lws *wsi, lws_callback_reasons reason, void *user, void *in, size_t length) noexcept;
	int dispatch(lws *wsi, std::uint32_t person, lws_callback_reasons reason, void *in, size_t length);
	int received(std::uint32_t person, lws *wsi, std::string_view piece);
	int writable(std::uint32_t person, lws *wsi);
	void lost(std::uint32_t person);
	Result<void> begin();
	void openSome();
	bool open(std::uint32_t person);
	void service(Time until);
	static void wake(lws_sorted_usec_list_t *sul) noexcept;
	void sayGoodbye();
	bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

	const SimulateOptions &options_;
	Address address_;
	QuietLog log_;
	lws_context *context_ = nullptr;
	Crowd crowd_;
	std::vector<Wire> wires_;
	std::deque<std::uint32_t> toOpen_;
	std::size_t opening_ = 0;
	std::string problem_; // of the last connection that could not be made
	std::size_t failures_ = 0;
	std::vector<unsigned char> out_;
	struct Timer {
		lws_sorted_usec_list_t sul;
		Simulator *self;
	};
	Timer timer_{{}, this};
	bool leaving_ = false;
};

int Simulator::callback(lws *wsi, lws_callback_reasons reason, void *, void *in, size_t length) noexcept
{
	try {
		auto *self = static_cast<Simulator *>(lws_context_user(lws_get_context(wsi)));
		// A person's number, plus one, so that none is null.
		const auto number = reinterpret_cast<std::uintptr_t>(lws_get_opaque_user_data(wsi));
		if (self == nullptr || number == 0) {
			return 0;
		}
		return self->dispatch(wsi, static_cast<std::uint32_t>(number - 1), reason, in, length);
	} catch (const std::exception &) {
		return -1;
	}
}

int Simulator::dispatch(lws *wsi, std::uint32_t person, lws_callback_reasons reason, void *in, size_t length)
{
	const Time now = steady_clock::now();
	Wire &wire = wires_[person];
	const auto *bytes = static_cast<const char *>(in);
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		wire.wsi = wsi;
		crowd_.connected(person, now);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return received(person, wsi, {bytes, length});
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return writable(person, wsi);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		if (length >= 2) {
			wire.closeCode = static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
								    static_cast<unsigned char>(bytes[1]));
		}
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		problem_ = explain(bytes != nullptr ? std::string_view(bytes, length) : "no answer");
		++failures_;
		lost(person);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		lost(person);
		return 0;
	default:
		return 0;
	}
}

void Simulator::lost(std::uint32_t person)
{
	Wire &wire = wires_[person];
	if (std::exchange(wire.opening, false)) {
		--opening_;
	}
	const bool forGood = wire.closeCode == kTakenOver;
	wire = {};
	if (!leaving_) {
		crowd_.lost(person, forGood, steady_clock::now());
	}
}

int Simulator::received(std::uint32_t person, lws *wsi, std::string_view piece)
{
	Wire &wire = wires_[person];
	wire.partial += piece;
	if (lws_is_final_fragment(wsi) == 0 || lws_remaining_packet_payload(wsi) != 0) {
		return 0;
	}
	if (std::exchange(wire.opening, false)) {
		--opening_; // its first message: it is in, or never will be
	}
	const std::string text = std::exchange(wire.partial, {});
	crowd_.hear(person, text, steady_clock::now());
	return 0;
}

int Simulator::writable(std::uint32_t person, lws *wsi)
{
	const auto write = [&](const std::string &text) {
		out_.resize(std::max(out_.size(), LWS_PRE + text.size()));
		std::memcpy(out_.data() + LWS_PRE, text.data(), text.size());
		return lws_write(wsi, out_.data() + LWS_PRE, text.size(), LWS_WRITE_TEXT) >= 0;
	};
	if (leaving_) {
		if (!std::exchange(wires_[person].left, true)) {
			write(leaveText());
			return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
		}
		lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, nullptr, 0);
		return -1;
	}
	while (true) {
		const std::string text = crowd_.next(person, steady_clock::now());
		if (text.empty()) {
			return 0;
		}
		if (!write(text)) {
			return -1;
		}
		if (lws_send_pipe_choked(wsi) != 0) {
			return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
		}
	}
}

Result<void> Simulator::begin()
{
	static const lws_protocols protocols[] = {{kProtocol, callback, 0, 1024, 0, nullptr, 0},
						  LWS_PROTOCOL_LIST_TERM};
	if (raiseFileLimit(options_.crowd.participants) < options_.crowd.participants) {
		return fail("this many connections are not allowed here; raise the limit of open files (ulimit -n " +
			    std::to_string(options_.crowd.participants + 1000) + ") or take fewer participants");
	}
	lws_context_creation_info info{};
	info.log_cx = log_.get();
	info.options = address_.tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0;
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.user = this;
	info.timeout_secs = 20;
	context_ = lws_create_context(&info);
	return context_ != nullptr ? Result<void>() : fail("the network cannot be used: libwebsockets did not start");
}

bool Simulator::open(std::uint32_t person)
{
	static const lws_retry_bo_t noTimers{};
	lws_client_connect_info info{};
	info.context = context_;
	info.address = address_.host.c_str();
	info.port = address_.port;
	info.path = address_.path.c_str();
	info.host = address_.authority.c_str();
	info.protocol = kProtocol;
	info.retry_and_idle_policy = &noTimers;
	info.ssl_connection = address_.tls ? LCCSCF_USE_SSL : 0;
	info.opaque_user_data = reinterpret_cast<void *>(static_cast<std::uintptr_t>(person) + 1);
	return lws_client_connect_via_info(&info) != nullptr;
}

void Simulator::openSome()
{
	while (!toOpen_.empty() && opening_ < kOpenAtOnce) {
		const std::uint32_t person = toOpen_.front();
		toOpen_.pop_front();
		wires_[person].opening = true;
		++opening_;
		// On failure the callback may have been called already, and have told so.
		if (!open(person) && wires_[person].opening) {
			++failures_;
			lost(person);
		}
	}
}

void Simulator::service(Time until)
{
	const auto wait = std::chrono::duration_cast<std::chrono::microseconds>(until - steady_clock::now());
	if (wait < std::chrono::milliseconds(1)) {
		lws_service(context_, -1); // without waiting
		return;
	}
	lws_sul_schedule(context_, 0, &timer_.sul, wake, wait.count());
	lws_service(context_, 0);
}

// Sets itself again: a timer that is due before the library begins to wait would not end that waiting.
void Simulator::wake(lws_sorted_usec_list_t *sul) noexcept
{
	lws_sul_schedule(lws_container_of(sul, Timer, sul)->self->context_, 0, sul, wake, kWake_us);
}

Result<Simulated> Simulator::run()
{
	if (const Result<void> begun = begin(); !begun) {
		return std::unexpected(begun.error());
	}
	const Time started = steady_clock::now();
	Time giveUp = Time::max();
	Time nextProgress = started;
	crowd_.start(started);
	while (crowd_.hopeless().empty()) {
		const Time now = steady_clock::now();
		if (stopped()) {
			crowd_.finish(now);
		}
		const Time next = crowd_.run(now);
		openSome();
		if (crowd_.totals().joined == 0 && failures_ >= kFailuresAtFirst) {
			break;
		}
		if (crowd_.finishing()) {
			giveUp = giveUp == Time::max() ? now + kPatience : giveUp;
			if (crowd_.settled() || now >= giveUp) {
				break;
			}
		}
		if (options_.progress && now >= nextProgress) {
			options_.progress(crowd_.totals());
			nextProgress = now + kProgressEvery;
		}
		service(next);
	}
	if (!crowd_.hopeless().empty()) {
		return fail(crowd_.hopeless());
	}
	if (crowd_.totals().joined == 0 && !stopped()) {
		return fail("cannot connect to " + options_.url + ": " + problem_ +
			    "; check the address, and that the session is running");
	}
	const std::chrono::duration<double> took = steady_clock::now() - started;
	Simulated result{crowd_.totals(), crowd_.unacknowledged(), crowd_.sessionOver(), took.count()};
	sayGoodbye();
	return result;
}

void Simulator::sayGoodbye()
{
	leaving_ = true;
	for (std::uint32_t person = 0; person < wires_.size(); ++person) {
		wantWrite(person);
	}
	const Time deadline = steady_clock::now() + kGoodbyes;
	const auto open = [](const Wire &wire) { return wire.wsi != nullptr; };
	while (std::ranges::any_of(wires_, open) && steady_clock::now() < deadline) {
		service(steady_clock::now() + std::chrono::milliseconds(50));
	}
}

} // namespace

Result<Simulated> simulate(const SimulateOptions &options)
{
	const Result<Address> address = parseUrl(options.url);
	if (!address) {
		return std::unexpected(address.error());
	}
	return Simulator(options, *address).run();
}

} // namespace pulseline::ingest
