#include "ingest/server.hpp"

#include "ingest/reach.hpp"
#include "ingest/server_impl.hpp"
#include "ingest/tls.hpp"

#include <utility>

namespace pulseline::ingest {
namespace {

constexpr std::size_t kReadBuffer = 1024; // a connection; a message is far shorter, a longer one comes in pieces
constexpr lws_usec_t kBeat_us = 100'000;
constexpr std::chrono::seconds kClosingTime{1};

} // namespace

// ---- the thread ---------------------------------------------------------------------------------------------------

// On libev: it asks the kernel only for what happened, where the library's own poll() asks for every connection each
// time, and it collects the changes of a round. Without the library's module for it, poll() does.
void Server::Impl::makeContext(lws_context_creation_info info)
{
	loop.reset(ev_loop_new(EVFLAG_AUTO));
	void *loops[] = {loop.get()};
	info.foreign_loops = loops;
	info.options |= LWS_SERVER_OPTION_LIBEV;
	context = loop ? lws_create_context(&info) : nullptr;
	if (context == nullptr) {
		loop.reset();
		info.foreign_loops = nullptr;
		info.options &= ~static_cast<std::uint64_t>(LWS_SERVER_OPTION_LIBEV);
		context = lws_create_context(&info);
	}
}

// Waits for something to happen, and lets the library do what is due.
bool Server::Impl::step()
{
	if (!loop) {
		return lws_service(context, 0) >= 0;
	}
	ev_run(loop.get(), EVRUN_ONCE);
	return true;
}

Result<void> Server::Impl::listen()
{
	static const lws_retry_bo_t noTimers{};
	static const lws_protocols protocols[] = {{kProtocol, callback, 0, kReadBuffer, 0, nullptr, 0},
						  {kCborProtocol, callback, 0, kReadBuffer, 0, nullptr, 0},
						  {kListener, callback, 0, 0, 0, nullptr, 0},
						  LWS_PROTOCOL_LIST_TERM};
	lws_context_creation_info info{};
	info.log_cx = log.get();
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
	const bool tls = !options.tlsCert.empty();
	info.options |= tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0;
	info.user = this;
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.timeout_secs = 10;
	info.keepalive_timeout = 20;
	info.max_http_header_data = 8192;
	info.server_string = "pulseline";
	info.retry_and_idle_policy = &noTimers; // the hub looks after that
	info.protocols = protocols;
	makeContext(info);
	if (context == nullptr) {
		return fail("the network cannot be used: libwebsockets did not start");
	}
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.vhost_name = "pulseline";
	if (tls) {
		info.ssl_cert_filepath = options.tlsCert.c_str();
		info.ssl_private_key_filepath = options.tlsKey.c_str();
		info.alpn = "http/1.1"; // the WebSocket and the pages are written for no other
	}
	vhost = lws_create_vhost(context, &info);
	if (vhost != nullptr) {
		lws_sock_file_fd_type socket{};
		socket.sockfd = static_cast<lws_sockfd_type>(listener.duplicate());
		listening = lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, socket, kListener, nullptr);
	}
	if (listening == nullptr) {
		return fail("the network cannot be used: libwebsockets does not serve");
	}
	return {};
}

void Server::Impl::beat(lws_sorted_usec_list_t *sul) noexcept
{
	Impl *impl = lws_container_of(sul, Timer, sul)->impl;
	if (!impl->closing) {
		guarded([impl] {
			const Clock::time_point now = impl->options.clock();
			impl->lobby.expire(now);
			impl->hub.beat(now);
			impl->pause(false);
		});
	}
	lws_sul_schedule(impl->context, 0, sul, beat, kBeat_us);
}

void Server::Impl::run(std::promise<Result<void>> &started)
{
	Result<void> serves = listen();
	if (serves) {
		lws_sul_schedule(context, 0, &timer.sul, beat, kBeat_us);
		{
			const std::lock_guard lock(mutex);
			bell = context;
		}
		started.set_value({});
		serve();
	}
	{
		const std::lock_guard lock(mutex);
		bell = nullptr;
	}
	if (context != nullptr) {
		lws_sul_cancel(&timer.sul);
		lws_context_destroy(context);
	}
	if (!serves) {
		started.set_value(std::move(serves));
	}
}

void Server::Impl::serve()
{
	while (!closing && step()) {
		takeInbox();
	}
	closing = true;
	guarded([this] { hub.shutdown(); });
	const Clock::time_point deadline = Clock::now() + kClosingTime;
	while (hub.size() > 0 && Clock::now() < deadline && step()) {
		takeInbox();
	}
}

void Server::Impl::takeInbox()
{
	if (!rung.exchange(false)) {
		return;
	}
	Inbox taken;
	{
		const std::lock_guard lock(mutex);
		taken.tasks.swap(inbox.tasks);
		taken.durable = inbox.durable;
		taken.wake = std::exchange(inbox.wake, false);
		taken.stop = inbox.stop;
	}
	for (const std::function<void()> &task : taken.tasks) {
		guarded(task);
	}
	guarded([&] { hub.durable(taken.durable); });
	if (taken.wake && !closing) {
		guarded([this] { hub.news(); });
	}
	closing = closing || taken.stop;
}

template <typename Change>
void Server::Impl::tell(Change change)
{
	const std::lock_guard lock(mutex);
	change(inbox);
	if (!rung.exchange(true) && bell != nullptr) {
		lws_cancel_service(bell);
	}
}

// ---- for the others -----------------------------------------------------------------------------------------------

std::optional<Error> check(const ServerOptions &options)
{
	if (!isListenAddress(options.bind)) {
		return Error{"the address to listen on must be an IP address such as 127.0.0.1 or 0.0.0.0, not \"" +
			     options.bind + "\""};
	}
	if (const Result<Doorkeeper> doorkeeper = Doorkeeper::make(options.publicUrl, !options.tlsCert.empty());
	    !doorkeeper) {
		return doorkeeper.error();
	}
	if (options.tlsCert.empty() != options.tlsKey.empty()) {
		return Error{"a certificate needs its key: give --tls-cert and --tls-key together"};
	}
	return std::nullopt;
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Backend &backend)
{
	if (std::optional<Error> malformed = check(options)) {
		return std::unexpected(std::move(*malformed));
	}
	Result<Pages> pages = Pages::load(options.pages);
	if (!pages) {
		return std::unexpected(pages.error());
	}
	Result<Doorkeeper> doorkeeper = Doorkeeper::make(options.publicUrl, !options.tlsCert.empty());
	if (!doorkeeper) {
		return std::unexpected(doorkeeper.error());
	}
	Result<Listener> listener = Listener::open(options.bind, options.port);
	if (!listener) {
		return std::unexpected(listener.error());
	}
	if (const Result<void> usable = checkTls(options.tlsCert, options.tlsKey); !usable) {
		return std::unexpected(usable.error());
	}
	options.bind = options.bind == "localhost" ? "127.0.0.1" : options.bind;
	auto impl = std::make_unique<Impl>(std::move(options), std::move(*listener), backend, std::move(*pages),
					   std::move(*doorkeeper));
	std::promise<Result<void>> started;
	std::future<Result<void>> begun = started.get_future();
	impl->thread = std::thread([raw = impl.get(), &started] { raw->run(started); });
	if (Result<void> serves = begun.get(); !serves) {
		impl->thread.join();
		return std::unexpected(std::move(serves.error()));
	}
	return std::make_unique<Server>(std::move(impl));
}

Server::Server(std::unique_ptr<Impl> impl)
	: impl_(std::move(impl))
{
}

Server::~Server()
{
	impl_->tell([](Impl::Inbox &inbox) { inbox.stop = true; });
	impl_->thread.join();
}

std::uint16_t Server::port() const
{
	return impl_->listener.port();
}

std::string Server::url() const
{
	const bool tls = !impl_->options.tlsCert.empty();
	const std::vector<std::string> urls = reachableUrls(impl_->options.bind, impl_->listener.port(), tls);
	return urls.empty() ? httpUrl(impl_->options.bind, impl_->listener.port(), tls) : urls.front();
}

std::vector<std::string> Server::joinUrls() const
{
	const std::string &publicUrl = impl_->options.publicUrl;
	const bool tls = !impl_->options.tlsCert.empty();
	return publicUrl.empty() ? reachableUrls(impl_->options.bind, impl_->listener.port(), tls)
				 : std::vector{publicUrl};
}

std::uint32_t Server::connections() const
{
	return impl_->webSockets;
}

Result<void> Server::reloadTls()
{
	const ServerOptions &options = impl_->options;
	if (options.tlsCert.empty()) {
		return fail("there is no certificate to read anew; start with --tls-cert and --tls-key");
	}
	Result<void> usable = checkTls(options.tlsCert, options.tlsKey);
	if (usable) {
		post([impl = impl_.get()] {
			lws_tls_cert_updated(impl->context, impl->options.tlsCert.c_str(), impl->options.tlsKey.c_str(),
					     nullptr, 0, nullptr, 0);
		});
	}
	return usable;
}

void Server::durable(Ticket ticket)
{
	impl_->tell([ticket](Impl::Inbox &inbox) { inbox.durable = std::max(inbox.durable, ticket); });
}

void Server::wake()
{
	impl_->tell([](Impl::Inbox &inbox) { inbox.wake = true; });
}

void Server::post(std::function<void()> task)
{
	impl_->tell([&task](Impl::Inbox &inbox) { inbox.tasks.push_back(std::move(task)); });
}

} // namespace pulseline::ingest
