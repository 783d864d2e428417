#include "ingest/upstream.hpp"

#include "ingest/address.hpp"
#include "ingest/guarded.hpp"
#include "ingest/quiet_log.hpp"

#include <cstring>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace pulseline::ingest {
namespace {

constexpr const char *kProtocol = "pulseline.v1";
constexpr std::size_t kReadBuffer = 64 * 1024;
constexpr std::uint32_t kMostWaiting = 4; // messages that the session has not dealt with yet
constexpr lws_usec_t kBeat_us = 100'000;
constexpr std::chrono::seconds kGoodbye{1};

// The library sets TLS up for the whole process without a lock when contexts come and go.
std::mutex contexts;

} // namespace

struct Upstream::Impl {
	Impl(const UpstreamOptions &o, const Settings &settings, StreamPlace place, Listener &l)
		: options(o)
		, address(*parseUrl(o.url))
		, listener(l)
		, talk(o, settings, std::move(place), counting)
	{
	}

	static int callback(lws *wsi, lws_callback_reasons reason, void *user, void *in, size_t length) noexcept;
	static void beat(lws_sorted_usec_list_t *sul) noexcept;
	int dispatch(lws *which, lws_callback_reasons reason, void *in, size_t length);
	int received(std::string_view piece);
	int writable();
	void lost(std::string_view why);
	void run() noexcept;
	void serve();
	void begin();
	void open();
	void look();
	void takeInbox();
	void post(std::function<void()> task);

	// Counts what is handed over, for the flow control.
	struct Counting final : UpstreamTalk::Listener {
		explicit Counting(Impl &i)
			: impl(i)
		{
		}
		void began(const StreamAnswer &answer) override { impl.listener.began(answer); }
		void took(UpstreamMessage message) override
		{
			++impl.waiting;
			impl.listener.took(std::move(message));
		}
		Impl &impl;
	};

	const UpstreamOptions options;
	const Address address;
	Upstream::Listener &listener;
	Counting counting{*this};
	UpstreamTalk talk;
	UpstreamState told;
	std::uint32_t waiting = 0; // messages handed over and not dealt with
	QuietLog log;
	lws_context *context = nullptr;
	lws *wsi = nullptr;
	bool trying = false; // a connection is there, or being made
	bool held = false;   // it is not read from
	std::uint16_t closeCode = 0;
	std::string partial;
	std::vector<unsigned char> out;
	struct Timer {
		lws_sorted_usec_list_t sul;
		Impl *impl;
	};
	Timer timer{{}, this};

	std::mutex mutex; // of the next three
	std::vector<std::function<void()>> inbox;
	lws_context *bell = nullptr; // the context, while it may be woken
	bool stopping = false;
	std::thread thread;
};

int Upstream::Impl::callback(lws *wsi, lws_callback_reasons reason, void *, void *in, size_t length) noexcept
{
	try {
		auto *impl = static_cast<Impl *>(lws_get_opaque_user_data(wsi));
		return impl == nullptr ? 0 : impl->dispatch(wsi, reason, in, length);
	} catch (const std::exception &) {
		return -1;
	}
}

int Upstream::Impl::dispatch(lws *which, lws_callback_reasons reason, void *in, size_t length)
{
	const auto *bytes = static_cast<const char *>(in);
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		wsi = which;
		talk.connected(Clock::now());
		return lws_callback_on_writable(which) < 0 ? -1 : 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return received({bytes, length});
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		talk.heard(Clock::now());
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return writable();
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		if (length >= 2) {
			closeCode = static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
							       static_cast<unsigned char>(bytes[1]));
		}
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		lost(bytes != nullptr ? explain({bytes, length}) : "it does not answer");
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		lost("it closed the connection" +
		     (closeCode != 0 ? " (" + std::to_string(closeCode) + ")" : std::string()));
		return 0;
	default:
		return 0;
	}
}

void Upstream::Impl::lost(std::string_view why)
{
	if (!std::exchange(trying, false)) {
		return;
	}
	wsi = nullptr;
	held = false;
	closeCode = 0;
	partial = {};
	talk.lost(why, Clock::now());
}

int Upstream::Impl::received(std::string_view piece)
{
	if (talk.close()) {
		return 0;
	}
	talk.heard(Clock::now());
	if (partial.size() + piece.size() > kMaxUpstreamMessage) {
		partial = {};
		talk.tooLarge();
		return 0;
	}
	partial += piece;
	if (lws_is_final_fragment(wsi) == 0 || lws_remaining_packet_payload(wsi) != 0) {
		return 0;
	}
	talk.hear(std::exchange(partial, {}), Clock::now());
	look();
	return 0;
}

int Upstream::Impl::writable()
{
	out.resize(std::max<std::size_t>(out.size(), LWS_PRE));
	if (const Clock::time_point now = Clock::now(); talk.pingDue(now)) {
		talk.pinged(now);
		if (lws_write(wsi, out.data() + LWS_PRE, 0, LWS_WRITE_PING) < 0) {
			return -1;
		}
	}
	while (lws_send_pipe_choked(wsi) == 0) {
		const std::string text = talk.next();
		if (!text.empty()) {
			out.resize(std::max(out.size(), LWS_PRE + text.size()));
			std::memcpy(out.data() + LWS_PRE, text.data(), text.size());
			if (lws_write(wsi, out.data() + LWS_PRE, text.size(), LWS_WRITE_TEXT) < 0) {
				return -1;
			}
			continue;
		}
		if (talk.close()) {
			lws_close_reason(wsi, static_cast<lws_close_status>(talk.close()->code), nullptr, 0);
			return -1;
		}
		return 0;
	}
	return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
}

// What the talk wants of the connection, and tells of itself.
void Upstream::Impl::look()
{
	if (wsi != nullptr) {
		if (talk.close() && talk.close()->code == 0) {
			lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
		} else if (talk.wantsWrite(Clock::now())) {
			lws_callback_on_writable(wsi);
		}
		const bool full = waiting >= kMostWaiting && !talk.close();
		if (full != held) {
			held = full;
			lws_rx_flow_control(wsi, held ? 0 : 1);
		}
	}
	if (talk.state() != told) {
		told = talk.state();
		listener.changed(told);
	}
}

// ---- the thread ---------------------------------------------------------------------------------------------------

void Upstream::Impl::begin()
{
	static const lws_protocols protocols[] = {{kProtocol, callback, 0, kReadBuffer, 0, nullptr, 0},
						  LWS_PROTOCOL_LIST_TERM};
	lws_context_creation_info info{};
	info.log_cx = log.get();
	info.options = address.tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0;
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.timeout_secs = 20;
	info.client_ssl_ca_filepath = address.tls && !options.ca.empty() ? options.ca.c_str() : nullptr;
	const std::lock_guard alone(contexts);
	context = lws_create_context(&info);
}

void Upstream::Impl::open()
{
	static const lws_retry_bo_t noTimers{};
	lws_client_connect_info info{};
	info.context = context;
	info.address = address.host.c_str();
	info.port = address.port;
	info.path = address.path.c_str();
	info.host = address.authority.c_str();
	info.protocol = kProtocol;
	info.retry_and_idle_policy = &noTimers; // the talk looks after that
	info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (address.tls ? LCCSCF_USE_SSL : 0);
	info.opaque_user_data = this;
	trying = true;
	talk.connecting();
	if (lws_client_connect_via_info(&info) == nullptr) {
		lost("it cannot be reached"); // unless the callback has said why
	}
}

void Upstream::Impl::beat(lws_sorted_usec_list_t *sul) noexcept
{
	lws_sul_schedule(lws_container_of(sul, Timer, sul)->impl->context, 0, sul, beat, kBeat_us);
}

void Upstream::Impl::run() noexcept
{
	try {
		begin();
		if (context == nullptr) {
			told.phase = UpstreamState::Phase::waiting;
			told.why = "the network cannot be used: libwebsockets did not start";
			listener.changed(told);
			return;
		}
		serve();
	} catch (const std::exception &problem) {
		told.phase = UpstreamState::Phase::waiting;
		told.why = problem.what();
		listener.changed(told);
	}
	{
		const std::lock_guard lock(mutex);
		bell = nullptr;
	}
	lws_sul_cancel(&timer.sul);
	trying = false; // what closes now is nobody's news
	const std::lock_guard alone(contexts);
	lws_context_destroy(context);
}

void Upstream::Impl::serve()
{
	lws_sul_schedule(context, 0, &timer.sul, beat, kBeat_us);
	{
		const std::lock_guard lock(mutex);
		bell = context;
	}
	Clock::time_point giveUp = Clock::time_point::max();
	while (true) {
		const Clock::time_point now = Clock::now();
		takeInbox();
		guarded([this, now] {
			talk.beat(now, held);
			look();
		});
		bool over = false;
		{
			const std::lock_guard lock(mutex);
			over = stopping;
		}
		if (over && giveUp == Clock::time_point::max()) {
			giveUp = now + kGoodbye;
			talk.drop("the session is over");
			look();
		}
		if (over && (wsi == nullptr || now >= giveUp)) {
			return;
		}
		if (!trying && now >= talk.retryAt()) {
			open();
		}
		if (lws_service(context, 0) < 0) {
			return;
		}
	}
}

void Upstream::Impl::takeInbox()
{
	std::vector<std::function<void()>> tasks;
	{
		const std::lock_guard lock(mutex);
		tasks.swap(inbox);
	}
	for (const std::function<void()> &task : tasks) {
		guarded(task);
	}
}

void Upstream::Impl::post(std::function<void()> task)
{
	const std::lock_guard lock(mutex);
	inbox.push_back(std::move(task));
	if (bell != nullptr && inbox.size() == 1) {
		lws_cancel_service(bell);
	}
}

// ---- for the others -----------------------------------------------------------------------------------------------

Upstream::Upstream(const UpstreamOptions &options, const Settings &settings, StreamPlace place, Listener &listener)
	: impl_(std::make_unique<Impl>(options, settings, std::move(place), listener))
{
}

void Upstream::start()
{
	impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Upstream::~Upstream()
{
	stop();
}

void Upstream::askToStop()
{
	const std::lock_guard lock(impl_->mutex);
	impl_->stopping = true;
	if (impl_->bell != nullptr) {
		lws_cancel_service(impl_->bell);
	}
}

void Upstream::stop()
{
	askToStop();
	if (impl_->thread.joinable()) {
		impl_->thread.join();
	}
}

void Upstream::taken()
{
	impl_->post([impl = impl_.get()] { --impl->waiting; });
}

void Upstream::acknowledge(std::string id, std::uint64_t batch, std::vector<RowRefusal> refused)
{
	impl_->post([impl = impl_.get(), id = std::move(id), batch, refused = std::move(refused)] {
		impl->talk.acknowledge(id, batch, refused);
	});
}

void Upstream::trouble(std::uint64_t rows, std::string what)
{
	impl_->post([impl = impl_.get(), rows, what = std::move(what)] { impl->talk.trouble(rows, what); });
}

void Upstream::drop(std::string why)
{
	impl_->post([impl = impl_.get(), why = std::move(why)] { impl->talk.drop(why); });
}

} // namespace pulseline::ingest
